"""Off switches: the mechanisms that can be disabled, and the parameter and lever values that disable them.

A mechanism is disabled by values at which it has no effect, so that there is no second code path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from corridor.model.errors import InvalidInput
from corridor.model.states import Form


@dataclass(frozen=True)
class Mechanism:
    """A mechanism that can be switched off.

    Attributes
    ----------
    meaning : str
        What a run without it omits.
    parameters : mapping of str to float
        Values of parameters at which it has no effect.
    levers : mapping of str to float
        Values of levers, for all targets and the whole run, at which it has no effect.
    """

    meaning: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    levers: Mapping[str, float] = field(default_factory=dict)


_FORMS = tuple(form.name.lower() for form in Form)
CAMPAIGNS = ("campaign_returnees", "campaign_media", "campaign_online", "campaign_official")
MECHANISMS: Mapping[str, Mechanism] = {
    "conflict": Mechanism(
        "conflict, displacement and instability do not push people out",
        {"conflict_effect": 0, "displaced_effect": 0, "instability_effect": 0},
    ),
    "climate": Mechanism(
        "climate stress neither pushes people out nor costs them income", {"climate_effect": 0, "climate_income": 0}
    ),
    "economic_shocks": Mechanism("falls in income at home do not push people out", {"wage_effect": 0}),
    "ties": Mechanism(
        "compatriots abroad neither attract nor lend", {"ties_effect": 1, "ties_utility": 0, "ties_credit": 0}
    ),
    "stocks": Mechanism("everyone is at home when the run begins", {"stocks_share": 0}),
    "families": Mechanism(
        "everyone travels alone, children too, and unaccompanied children are in no greater danger",
        {"lone_child_share": 1, "accompanied_adult_share": 0, "lone_child_effect": 1},
    ),
    "legal_pathways": Mechanism("there are no places on legal pathways", levers={"pathway_places": 0}),
    "learning": Mechanism("no news reaches home: beliefs follow public knowledge", {"news_share": 0}),
    "shared_news": Mechanism("news stays among people of one origin", {"news_passed_on": 0}),
    "public_knowledge": Mechanism("risks become known only through news from travellers", {"public_delay": 1e9}),
    "survivor_bias": Mechanism("deaths become known at home like any other news", {"death_news_share": 1}),
    "foreseen_interception": Mechanism(
        "people do not take into account where an interception would leave them", {"interception_foresight": 0}
    ),
    "valued_waiting": Mechanism("waiting for a passage does not deter", {"waiting_utility": 0}),
    "advertising": Mechanism("smugglers' advertising does not sway beliefs", {"advertising_bias": 0}),
    "schooling": Mechanism("schooling changes nothing", {"schooling_effect": 1, "schooling_income": 1}),
    "training": Mechanism("training changes nothing", {"training_effect": 0, "training_income": 0}),
    "eligibility": Mechanism(
        "work, study and family places are open regardless of schooling and ties", {"eligibility_strictness": 0}
    ),
    "campaigns": Mechanism("information campaigns reach nobody", levers={name: 0 for name in CAMPAIGNS}),
    "scarcity_pricing": Mechanism("fees do not move with demand over capacity", {"scarcity_exponent": 0}),
    "risk_pricing": Mechanism("fees do not move with the chance of success", {"fee_success_exponent": 0}),
    "crowding": Mechanism("craft are never loaded beyond design", {"max_load": 1, "max_load_desert": 1}),
    "smugglers_credit": Mechanism("smugglers do not lend", {"smuggler_credit_share": 0}),
    "escrow": Mechanism("nobody pays on arrival (no escrow)", {"escrow_share": 0}),
    "entry": Mechanism("no new smuggling organisations enter", {"entry_rate": 0}),
    "enforcement": Mechanism("there are no patrols", levers={"patrol_units": 0}),
    "control_ashore": Mechanism("nobody is stopped before setting out", levers={"control_ashore": 0}),
    "held_on_arrival": Mechanism("nobody is held after crossing a border", levers={"held_days": 0}),
    "readmission": Mechanism("nobody who was held after crossing a border is sent back", levers={"readmitted": 0}),
    "coast_control": Mechanism("no part of a coast or border is denied to smugglers", levers={"coast_control": 0}),
    "patrol_learning": Mechanism("patrols stay where they are", {"patrol_learning": 0}),
    "swamping": Mechanism("agencies intercept the same share of any number of people", {"swamping": 0}),
    "corruption": Mechanism("nothing leaks", levers={"corruption": 0}),
    "bribes": Mechanism("smugglers do not buy officials", {"bribe_price": 0, "bribe_effectiveness": 0}),
    "craft_lost": Mechanism("interceptions at sea cost no craft", {"craft_loss": 0, "craft_cost": 0}),
    "leg_switching": Mechanism("organisations do not move capacity between legs", {"leg_switching": 0}),
    "cartels": Mechanism("no mergers, no market power", {"merger_rate": 0, "concentration_exponent": 0}),
    "splits": Mechanism("organisations do not split", {"split_rate": 0}),
    "missing_members": Mechanism(
        "members who are arrested are replaced at once", {"network_recovery": 1e6, "organiser_recovery": 1}
    ),
    "healing": Mechanism("members who are arrested are not replaced", {"network_recovery": 0}),
    "care": Mechanism("safety does not depend on how organisations work", {"care_effect": 0, "care_cost": 0}),
    "craft_substitution": Mechanism(
        "organisations do not respond to rescue with worse craft (contested)", {"craft_substitution": 0}
    ),
    "reach": Mechanism("everybody hears of every offer", {"reach_weight": 0, "advert_share": 0}),
    "deterrence": Mechanism("convictions do not deter new organisations", {"sentence_years": 0}),
    "shared_intelligence": Mechanism("agencies keep evidence to themselves", {"intelligence_sharing": 0}),
    "investigator_training": Mechanism("investigators are not trained", levers={"investigator_training": 0}),
    "money_tracing": Mechanism("no financial investigations", levers={"money_tracing": 0}),
    "evasion": Mechanism("patrols do not drive people onto more dangerous routes", {"evasion_exponent": 0}),
    "rescue": Mechanism("nobody is rescued", {"rescue_per_vessel": 0}),
    "hope_of_return": Mechanism("people who flee from war do not wait next door for its end", {"return_utility": 0}),
    "settling_on_the_way": Mechanism("people settle only at destinations", {"host_utility": -1000}),
    "exploitation": Mechanism("no exploitation", {"recruitment_rate": 0, "abduction_rate": 0}, {"exploitation": 0}),
    "debt_bondage": Mechanism("debt to smugglers does not expose people to exploitation", {"debt_effect": 0}),
    "employers_demand": Mechanism("employers have no demand for exploitable labour", levers={"exploitable_jobs": 0}),
    "deception": Mechanism("nobody is recruited by deception", {"recruitment_rate": 0}),
    "abduction": Mechanism("nobody is recruited by force at home", {"abduction_rate": 0}),
    "recruiting_networks": Mechanism("no network recruits people before they leave", {"network_reach": 0}),
    "second_victimisation": Mechanism("an episode does not raise the hazard of another", {"repeat_effect": 1}),
    "support_effect": Mechanism("assistance does not protect from another episode", {"assisted_effect": 1}),
    "recognition": Mechanism("authorities always look for victims", {"recognition_effect": 0}),
    "forms_seen": Mechanism(
        "authorities meet and recognise victims of all forms alike",
        {f"{form}_contact": 1.0 for form in (*_FORMS, "domestic")} | {f"{form}_recognised": 1.0 for form in _FORMS},
    ),
    "interviews": Mechanism("asylum authorities identify no victims", {"interview_share": 0}),
    "referral": Mechanism("all people in whom screening sees signs are identified", {"referral_share": 1}),
    "screening": Mechanism("arrivals are not screened for signs of exploitation", {"screening_share": 0}),
    "punishment_of_victims": Mechanism("no victim is detained as a migrant", {"handover_share": 0}),
    "service_queue": Mechanism("victims who find no place at once are not assisted", {"service_patience_months": 0}),
    "reintegration": Mechanism("assisted return does not lower the wish to leave again", {"reintegration_success": 0}),
    "assisted_returns": Mechanism(
        "only victims are helped to return home and start again", levers={"assisted_return": 0}
    ),
    "assistance": Mechanism("identified victims find no place", levers={"shelter_places": 0}),
    "under_recording": Mechanism(
        "every identified victim, asylum claim and return is recorded",
        {"victims_recorded": 1, "claims_recorded": 1, "returns_recorded": 1},
        {"recording": 1},
    ),
    "statistical_delay": Mechanism(
        "statistics are known at once",
        {"detections_delay": 0, "deaths_delay": 0, "victims_delay": 0, "claims_delay": 0, "returns_delay": 0},
    ),
    "investigation": Mechanism("there are no investigators", levers={"investigators": 0}),
    "exploiters_capacity": Mechanism("exploiters can always hold more", {"capacity_bite": 0}),
    "diversion": Mechanism("smugglers who lose clients do not turn to captivity", {"diversion": 0}),
    "selling_on": Mechanism("smugglers do not sell clients", {"sold_share": 0}),
    "exploiters_deterrence": Mechanism("convictions do not deter exploiters", {"exploiter_sentence": 0}),
    "other_cases": Mechanism("police, prosecutors and courts have no other cases", {"other_victims": 0}),
    "cases": Mechanism("nobody builds cases against exploiters", levers={"case_officers": 0}),
}


def without(names: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the parameter and lever values that disable mechanisms.

    Parameters
    ----------
    names : iterable of str
        Keys of `MECHANISMS`.

    Raises
    ------
    InvalidInput
        If a name is unknown.
    """
    parameters: dict[str, float] = {}
    levers: dict[str, float] = {}
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidInput("run", "without", names, "a list of names")
    for name in names:
        if not isinstance(name, str) or name not in MECHANISMS:
            raise InvalidInput("run", "without", name, f"names among {', '.join(MECHANISMS)}")
        parameters |= MECHANISMS[name].parameters
        levers |= MECHANISMS[name].levers
    return parameters, levers
