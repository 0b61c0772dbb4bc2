"""Past events that resemble a measure: observed and simulated effects, misses in red."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Mapping

import altair as alt
import pandas as pd

from corridor.experiments.reporting.language import N_, _, ngettext
from corridor.scenarios import interventions
from corridor.scenarios.validation import Answer, answers
from corridor.views.charts import readable
from corridor.views.package import corridor_of
from corridor.views.trust import is_right

EU_TURKEY, LIBYA, MOROCCO, TUNISIA = "eu_turkey", "italy_libya_2017", "morocco_2018", "eu_tunisia"
RESCUE = ("mare_nostrum", "mare_nostrum_ends", "triton_enlarged", "ports_closed")
CLOSURES = (EU_TURKEY, LIBYA, MOROCCO, TUNISIA, "niger_law", "aspida")
LIKE: Mapping[str, tuple[str, ...]] = {
    "search_and_rescue": RESCUE,
    "ngo_rescue": ("ports_closed", LIBYA),
    "border_patrols": ("aspida", "border_build_up"),
    "partner_coast_control": CLOSURES,
    "coast_deal": (LIBYA, MOROCCO, TUNISIA),
    "control_ashore": (LIBYA, TUNISIA, "niger_law"),
    "readmission": (EU_TURKEY,),
    "forced_return": (EU_TURKEY,),
    "held_on_arrival": (EU_TURKEY,),
    "craft_controls": ("channel_craft",),
    "network_investigation": ("niger_law",),
    "legal_work_places": ("parole",),
    "humanitarian_places": ("parole", "open_entry"),
    "faster_visas": ("open_entry",),
    "awareness_campaign": ("campaign_west_africa",),
    "media_campaign": ("campaign_west_africa",),
    "official_campaign": ("campaign_west_africa",),
    "online_campaign": ("campaign_west_africa",),
}
"""Measure -> natural experiments (`calibration/natural.yaml`) in which something like it was done or undone."""
FACTOR = 2.0
"""How many times too small or too large, in the logarithm, makes a miss of a size."""
INDICATORS = {
    "deaths_per_1000": N_("deaths per 1,000 arrivals"),
    "deaths_per_attempt": N_("deaths per attempt"),
    "detention_days": N_("detention days"),
    "fee": N_("fee"),
    "fee_revenue": N_("smugglers' income"),
    "interception_share": N_("share intercepted"),
    "irregular_arrivals": N_("irregular arrivals"),
    "libya_share": N_("share leaving from Libya"),
}
SEVERAL = re.compile("[;,]")
COLUMNS = ["event", "what", "simulated", "observed", "expected", "answer"]
VERDICTS = [N_("as recorded"), N_("missed"), N_("not on record")]
LABEL = 40
"""Maximum letters of an event's name next to its bar; the table has the full name."""
STYLISED = N_("Stylised, in the toy world: {event}")


def like(measures: Iterable[str], corridor: str) -> dict[str, pd.DataFrame]:
    """Return the tests of measures against real events.

    Parameters
    ----------
    measures : iterable of str
        Interventions by name.
    corridor : str

    Returns
    -------
    dict of str to DataFrame
        Title of the measure to one row a test: ``event``, ``what`` was looked at and where, ``simulated`` effect and
        ``observed`` change (shares; NaN where there is none), ``expected`` in words, ``answer`` (one of `VERDICTS`).
        Measures like which nothing was done on record are left out.
    """
    known, titles = answers(corridor), interventions()
    found = {}
    for measure in dict.fromkeys(measures):
        rows = [_row(answer, corridor) for answer in known if answer.event in LIKE.get(measure, ())]
        if rows:
            found[_(titles[measure].title)] = pd.DataFrame(rows, columns=COLUMNS)
    return found


def _row(answer: Answer, corridor: str) -> tuple[object, ...]:
    where = f", {_place(SEVERAL.split(answer.at)[0], corridor)}" if answer.at else ""
    what = _(INDICATORS.get(answer.indicator, answer.indicator.replace("_", " "))) + where
    title = _(answer.title.removesuffix(", stylised"))
    title = _(STYLISED).format(event=title) if answer.title.endswith(", stylised") else title
    expected = {-1: _("falls"), 0: _("little change"), 1: _("rises")}[answer.expected]
    return title, what, answer.effect, answer.observed, expected, _verdict(answer)


def _place(name: str, corridor: str) -> str:
    """Return a leg or place as people call it; routes have names of their own."""
    known = corridor_of(corridor)
    if name in known.legs.index:
        leg = known.legs[name]
        start, end = (known.places[place].label for place in (leg.origin, leg.destination))
        return _("{start} to {end}").format(start=start, end=end)
    return known.places[name].label if name in known.places.index else _(name.replace("_", " "))


def _verdict(answer: Answer) -> str:
    if not is_right(answer):
        return VERDICTS[1]
    if answer.observed is None or answer.effect is None:
        return VERDICTS[2]
    seen, ours = abs(_log(answer.observed)), abs(_log(answer.effect))
    close = answer.expected == 0 or (seen <= FACTOR * ours and ours <= FACTOR * seen)
    return VERDICTS[0] if close else VERDICTS[1]


def _log(share: float) -> float:
    return math.log(max(1 + share, 1e-3))


def summary(table: pd.DataFrame) -> str:
    """Summarise the tests of a measure in a sentence."""
    n, missed = len(table), int((table["answer"] == VERDICTS[1]).sum())
    events = table["event"].nunique()
    tests = ngettext("{count} test", "{count} tests", n).format(count=n)
    held = ngettext("{tests} in {count} event", "{tests} in {count} events", events).format(tests=tests, count=events)
    return _(
        "{tests}: the model missed {missed} (other direction than recorded or reported, or more than a factor of two "
        "off in the logarithm)."
    ).format(tests=held, missed=missed or _("none"))


def history_chart(table: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Draw observed and simulated changes, a row a test; missed ones in red."""
    short = [textwrap.shorten(event, LABEL, placeholder="…") for event in table["event"]]
    shown = table.assign(test=[f"{event} · {what}" for event, what in zip(short, table["what"], strict=True)])
    shown["answer"] = shown["answer"].map(_)
    for name in ("simulated", "observed"):
        shown[name] = 100 * shown[name].astype(float)
    order = list(shown["test"])
    rows = alt.Y("test:N", sort=order, title=None, axis=alt.Axis(labelLimit=420))
    colour = alt.Color(
        "answer:N",
        scale=alt.Scale(domain=[_(verdict) for verdict in VERDICTS], range=["#0072B2", "#B3261E", "#6b7783"]),
        legend=alt.Legend(title=_("simulated"), orient="bottom"),
    )  # fmt: skip
    scale = alt.Scale(domain=[-100, 200], clamp=True)
    told = {"event": " ", "what": " ", "simulated": _("simulated"), "observed": _("observed"), "answer": " "}
    base = alt.Chart(shown).encode(y=rows, tooltip=[alt.Tooltip(name, title=words) for name, words in told.items()])
    axis = alt.X("simulated:Q", title=_("change, % (beyond 200 % at the edge)"), scale=scale)
    joined = base.mark_rule(strokeWidth=1.5).encode(x=axis, x2="observed:Q", color=colour)
    ours = base.mark_point(filled=True, size=80, opacity=1).encode(x=axis, color=colour)
    seen = base.mark_tick(color="#1b2530", thickness=4, size=16).encode(x=alt.X("observed:Q", scale=scale))
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color="#8795a3").encode(x="zero:Q")
    return readable(alt.layer(zero, joined, ours, seen).properties(height=alt.Step(26)))
