"""Cases against exploiters: evidence, suspects, prosecution, conviction."""

from __future__ import annotations

from corridor.model.parameters.row import Parameter

_RATIO = "UNODC GLOTIP tables, countries of the corridor, 2011 to 2016"

# fmt: off
ROWS = (
    Parameter("contact_weight", 0.5, 0.0, 3.0, "cases per person", "cases", "assumed",
        "assumed",
        "evidence from a victim met by authorities or inspectors, without testimony"),
    Parameter("advert_weight", 0.2, 0.0, 2.0, "cases per person", "cases", "assumed",
        "assumed",
        "evidence on recruiters from adverts taken down by platforms, per person recruited to a job or by deception"),
    Parameter("unserved_testimony", 0.1, 0.0, 0.5, "share", "cases", "assumed",
        "assumed, a third of testimony_share",
        "identified victims without assistance who testify"),
    Parameter("aid_testimony", 2.0, 1.0, 4.0, "odds ratio", "cases", "assumed",
        "assumed; cooperation is decisive (UNODC case files), effect of lawyers on it unmeasured",
        "odds that an assisted victim testifies against exploiters with legal aid, relative to without"),
    Parameter("testimony_abroad", 0.05, 0.0, 0.5, "share", "cases", "assumed",
        "assumed",
        "testimony given abroad that police in the country of exploitation can use without further cooperation"),
    Parameter("suspects_per_case", 1.8, 0.1, 4.0, "persons per case", "cases", "estimated",
        f"so that a run of the Mediterranean has 0.9 suspects per victim identified ({_RATIO})",
        "suspects eventually identified per case of evidence, where police are not short of staff"),
    Parameter("suspects_per_officer", 10.0, 1.0, 40.0, "persons per year", "cases", "assumed",
        "assumed",
        "suspects whom an officer can investigate"),
    Parameter("investigation_months", 12.0, 3.0, 36.0, "months", "cases", "assumed",
        "assumed",
        "mean time from suspicion to a prosecutor's decision, where prosecutors are not short of time"),
    Parameter("prosecution_share", 0.8, 0.4, 1.0, "share", "cases", "estimated",
        f"0.83 persons prosecuted per suspect ({_RATIO})",
        "suspects who are prosecuted"),
    Parameter("defendants_per_prosecutor", 30.0, 5.0, 100.0, "persons per year", "cases", "assumed",
        "assumed; one keeps up with three officers",
        "suspects about whom a prosecutor can decide"),
    Parameter("trial_months", 12.0, 3.0, 48.0, "months", "cases", "assumed",
        "assumed",
        "mean time from prosecution to judgement, where courts are not short of time"),
    Parameter("trafficking_conviction", 0.35, 0.1, 0.8, "share", "cases", "estimated",
        f"0.35 persons convicted per person prosecuted ({_RATIO})",
        "defendants convicted without victims' testimony"),
    Parameter("defendants_per_judge", 30.0, 5.0, 100.0, "persons per year", "cases", "assumed",
        "assumed; one keeps up with three officers",
        "defendants whom a judge can try"),
    Parameter("other_victims", 1.0, 0.0, 2.0, "ratio", "cases", "measured",
        f"{_RATIO}: other_suspects of justice.csv",
        "cases of victims outside the corridor, relative to justice.csv"),
    Parameter("convicted_per_exploiter", 3.0, 1.0, 10.0, "persons", "cases", "assumed",
        "assumed",
        "convictions that end one organisation of exploiters"),
)
