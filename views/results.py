"""Details of a comparison, a part at a time: outcomes, history, maps, money, groups, record."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.economics import LABELS
from corridor.experiments.analysis.effects import ALL, MEANING
from corridor.experiments.reporting.boundaries import attribution
from corridor.experiments.reporting.effect_words import three_digits, two_digits
from corridor.experiments.reporting.language import N_, SOURCE, _, language, speaking
from corridor.model.corridor import Corridor
from corridor.scenarios import interventions
from corridor.scenarios.posterior import has_posterior
from corridor.scenarios.validation import short_form
from corridor.views.amounts import package_words
from corridor.views.answer import cards_html, sentences, setting_words
from corridor.views.charts import quarterly_chart, series_words
from corridor.views.digest import COUNTS, SERIES
from corridor.views.downloads import downloads
from corridor.views.drawer import drawer
from corridor.views.evidence import COMPARED, KINDS, observed_chart, observed_table
from corridor.views.groups import DIVISIONS, groups_chart, groups_sentences, groups_table
from corridor.views.headline import headline_html
from corridor.views.history import history_chart, like, summary
from corridor.views.levels import planned
from corridor.views.maps import (
    CHANGES_NAMED,
    MODES_NAMED,
    difference_map,
    difference_words,
    flow_map,
    flow_words,
    legs_table,
)
from corridor.views.over_time import changes_charts
from corridor.views.package import corridor_of
from corridor.views.page import NO_FORECAST
from corridor.views.printed import listed
from corridor.views.question import Question
from corridor.views.record import record
from corridor.views.trust import NEVER, trust
from corridor.views.value import EFFECTS, value_chart, value_words
from corridor.views.words import plain

READING = N_(
    "Every round runs the baseline and each package with the same luck and the same parameters. **Change** is the "
    "median over rounds of the ratio of the two. The **90 % interval** holds the model's own median change in nine of "
    "ten such experiments, whatever the spread of the runs. It tells of chance within the model and, with "
    "a posterior, of the parameters that the fit left possible; not of what the model leaves out or assumes. That is "
    "what the line on tests is for: it is the same for every question."
)
LUCK = N_("Intervals tell of chance alone: *What it rests on* shows how far assumptions move the answer.")
SAME_BUDGET = N_(
    "Staff, vessels, shelter and legal places, and the measures themselves. To compare packages of one budget: *Change "
    "this question*, *Give all the same budget*."
)
BAND = N_("Lines: mean of the runs. Bands: from the lowest to the highest run. Each point is a quarter of a year.")
CHANGES = N_("Line: median over the pairs of runs. Band: the middle half of them. Each point is a quarter of a year.")
HISTORY = N_(
    "Black bar: recorded change. Dot: simulated effect of the same event; red where the model missed. Not a blind "
    "test: mechanisms and point values were chosen with these events in view. Recorded changes hold all else that "
    "happened then, too."
)
NEVER_TRIED = N_(
    "Nothing like these measures was tried in an event on record: their effects follow from assumptions alone."
)
MARKS = N_("● home, ■ stop on the way, ▲ destination.")
LEGS_SHOWN = 15
MAP_HEIGHT = 520
ONE_PAIR = N_("Intervals, and what rests on them, are shown once two rounds of runs are complete.")
NO_RECORDS = N_(
    "**Nothing to hold it against.** This corridor has no observations of whole years in the period: no level shown "
    "here has been checked, and only differences between packages can be discussed."
)

DRAWN = N_("Deaths by group are those that the runs drew; the outcome above adds up their probabilities.")


def show_answer(ds: xr.Dataset, question: Question, warning: str) -> None:
    """Show the answer: the question, a sentence for each package, and cards.

    Parameters
    ----------
    ds : Dataset
        From `corridor.views.tasks.Task.dataset`.
    question : Question
    warning : str
        What the answer is not, in a line.
    """
    titles = _titles(ds, question)
    table, beside = answer_table(ds, question), observed_table(ds, question.baseline)
    doubt = "" if has_posterior(question.corridor) else f" {_(LUCK)}"
    st.caption(f"{setting_words(question, ds.sizes['replicate'])} {warning}{doubt}", help=_(NO_FORECAST))
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences(table, titles)))
    if len(titles) <= len(question.packages):
        st.caption(_("The other packages follow as their first runs are complete."))
    st.html(cards_html(table, titles, trust(question.corridor), recorded(beside, question)))
    st.caption(budgets(question), help=_(SAME_BUDGET))
    record(ds, question, titles)


def budgets(question: Question) -> str:
    """Return the planned cost of the packages, in a line."""
    titles = list(question.titles.values())[1:]
    each = [
        f"{plain(title)} {two_digits(planned(package, question.period).average)}"
        for title, package in zip(titles, question.packages, strict=True)
    ]
    words = _("Planned spending, USD a year more than without: {packages}.")
    if any(package.file.rules for package in question.packages):
        words = _("Planned spending, USD a year more than without: {packages}, without what follows an indicator.")
    return words.format(packages=_("; ").join(each))


def _printed(table: pd.DataFrame, titles: dict[str, str], beside: pd.DataFrame, question: Question) -> str:
    """Return the answer for a page to print."""
    known = trust(question.corridor)
    return listed(sentences(table, titles)) + cards_html(table, titles, known, recorded(beside, question))


def _titles(ds: xr.Dataset, question: Question) -> dict[str, str]:
    present = set(ds["policy"].to_numpy())
    return {name: title for name, title in question.titles.items() if name in present}


def answer_table(ds: xr.Dataset, question: Question) -> pd.DataFrame:
    """Return the effects on every outcome, and the claims that tests support for each."""
    with speaking(SOURCE):  # it goes into files, too
        known = trust(question.corridor)
    table = paired_differences(ds, question.baseline)
    return table.assign(tested=table["metric"].map(lambda name: known[name].word))


def show_more(ds: xr.Dataset, question: Question) -> None:
    """Show the details of an answer, one part at a time.

    Parameters
    ----------
    ds, question
        As for `show_answer`.
    """
    titles, corridor = _titles(ds, question), corridor_of(question.corridor)
    table, beside = answer_table(ds, question), observed_table(ds, question.baseline)
    parts: dict[str, Callable[[], None]] = {
        N_("All outcomes"): lambda: _outcomes(table, titles, beside, question),
        N_("What it rests on"): lambda: drawer(question, titles),
        N_("When it was tried"): lambda: _history(question),
        N_("Over time"): lambda: _over_time(ds, titles),
        N_("Where"): lambda: _where(ds, titles, corridor),
        N_("What it buys"): lambda: _value(ds, titles),
        N_("Who gains, who loses"): lambda: _who(ds, titles, corridor),
        N_("How far from the record"): lambda: _evidence(beside, question.corridor),
        N_("Download"): lambda: downloads(
            ds, table, beside, titles, question, _printed(table, titles, beside, question)
        ),
    }
    if ds.sizes["replicate"] < 2:
        del parts["What it buys"], parts["Who gains, who loses"]
    chosen = st.pills(
        _("What stands behind it"), list(parts), format_func=_, default="All outcomes", key="part", required=True
    )
    parts.get(str(chosen), parts["All outcomes"])()


def recorded(beside: pd.DataFrame, question: Question) -> dict[str, str]:
    """Return the recorded totals of the period, in words, for outcomes with a record of every year."""
    years = set(range(question.first, question.last + 1))
    found = {}
    for outcome, kind in COMPARED.items():
        part = beside[beside["kind"] == kind]
        if set(part["year"]) == years:
            found[outcome] = two_digits(float(part["observed"].sum()))
    return found


def _outcomes(table: pd.DataFrame, titles: dict[str, str], beside: pd.DataFrame, question: Question) -> None:
    st.header(_("All outcomes"), anchor=False)
    st.html(headline_html(table, titles, trust(question.corridor), recorded(beside, question), ALL))
    with st.expander(_("How to read this table")):
        st.markdown(_(READING))
        st.markdown("\n".join(f"- **{_(word)}**: {_(meaning)}" for word, meaning in MEANING.items()))
    with st.expander(_("What was compared, measure by measure")):
        for package, title in zip(question.packages, list(question.titles.values())[1:], strict=True):
            st.markdown(f"**{plain(title)}.** {plain(package.description)}")
            st.markdown("\n".join(f"- {plain(words)}" for words in package_words(package, question.period)))


def _history(question: Question) -> None:
    st.header(_("What happened when something like it was tried"), anchor=False)
    measures = [what for package in question.packages for what in package.amounts]
    tests = like(measures, question.corridor)
    if not tests:
        st.info(_(NEVER_TRIED), icon=":material/history_edu:")
        return
    st.caption(_(HISTORY))
    for title, table in tests.items():
        st.markdown(f"**{title}.** {summary(table)}")
        st.altair_chart(history_chart(table), alt=f"{title}: {summary(table)}")
        with st.expander(_("{measure}: the tests as a table").format(measure=title)):
            st.dataframe(tests_to_read(table), hide_index=True)
    named = {_(interventions()[what].title) for what in measures}
    if rest := sorted(named - set(tests)):
        words = _("Nothing like these was tried in an event on record: {measures}.")
        st.caption(words.format(measures=_(", ").join(rest)))


def tests_to_read(table: pd.DataFrame) -> pd.DataFrame:
    """Return the tests of a measure with heads and answers in the reader's language."""
    heads = {
        "event": _("event"), "what": _("what"), "simulated": _("simulated"), "observed": _("observed"),
        "expected": _("expected"), "answer": _("answer"),
    }  # fmt: skip
    return table.assign(answer=table["answer"].map(_)).rename(columns=heads)


def _over_time(ds: xr.Dataset, titles: dict[str, str]) -> None:
    st.header(_("Over time"), anchor=False)
    series = st.selectbox(_("Show"), list(SERIES), format_func=lambda name: _(SERIES[name].label), key="series")
    shown = _(SERIES[series].label).lower()
    charts = changes_charts(ds, series, titles)
    for column, (title, chart) in zip(_columns(len(charts)), charts.items(), strict=True):
        with column:
            st.markdown(_("**{package}**: {series}, against doing nothing more").format(package=title, series=shown))
            words = _("Change of {series} by quarter under {package}").format(series=shown, package=title)
            st.altair_chart(chart, alt=words)
    st.caption(_(CHANGES))
    with st.expander(_("Levels: the baseline and every package")):
        st.altair_chart(quarterly_chart(ds, series, titles), alt=series_words(ds, series, titles))
        st.caption(_(BAND))


def _where(ds: xr.Dataset, titles: dict[str, str], corridor: Corridor) -> None:
    st.header(_("Where people travel, and where the flow moves"), anchor=False)
    kinds = [N_("Where the flow moved"), N_("Flow under each package")]
    kind = st.pills(_("Maps"), kinds, format_func=_, default=kinds[0], key="maps", required=True)
    baseline, *packages = titles
    tables = {name: legs_table(corridor, ds, name, baseline) for name in titles}
    if kind == kinds[1]:
        widest = max(table["flow"].max() for table in tables.values())
        drawn = {name: flow_map(corridor, tables[name], MAP_HEIGHT, widest) for name in titles}
        unit = _("{number} passages a year")
    elif ds.sizes["replicate"] < 2:
        st.info(_(ONE_PAIR), icon=":material/hourglass:")
        return
    else:
        widest = max(tables[name]["difference"].abs().max() for name in packages)
        drawn = {name: difference_map(corridor, tables[name], MAP_HEIGHT, widest) for name in packages}
        unit = _("{number} passages a year more or fewer")
    for name, chart in drawn.items():
        st.markdown(f"**{titles[name]}**")
        finding = flow_words(tables[name]) if kind == kinds[1] else difference_words(tables[name])
        st.altair_chart(chart, alt=f"{titles[name]}. {finding}")
    scale = _("All maps have one scale; the widest line is {flow}.").format(
        flow=unit.format(number=three_digits(widest))
    )
    st.caption(f"{scale} {_(MARKS)} {_(attribution(corridor))}")
    with st.expander(_("The legs that change most, as a table")):
        for name in packages:
            st.markdown(_("**{package}**, persons a year").format(package=titles[name]))
            st.dataframe(legs_to_read(tables[name]), hide_index=True)


def _columns(count: int) -> list[st.delta_generator.DeltaGenerator]:
    """Return places for charts, two in a row."""
    rows = [st.columns(2) for _ in range(0, count, 2)]
    return [column for row in rows for column in row][:count]


def legs_to_read(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs whose flow changes most, in words and figures rounded as people read them."""
    order = legs["difference"].abs().sort_values(ascending=False).index[:LEGS_SHOWN]
    table = legs.loc[order, ["from", "to", "mode", "flow", "difference", "low", "high", "change"]]
    table["flow"] = table["flow"].map(three_digits)
    for name in ("difference", "low", "high"):
        table[name] = table[name].map(lambda value: three_digits(value, signed=True))
    for name, words in (("mode", MODES_NAMED), ("change", CHANGES_NAMED)):
        table[name] = [_(words[value]) for value in table[name]]
    heads = {
        "from": _("from"), "to": _("to"), "mode": _("mode"), "flow": _("flow"), "difference": _("difference"),
        "low": _("interval from"), "high": _("interval to"), "change": _("change"),
    }  # fmt: skip
    return table.rename(columns=heads)


def _value(ds: xr.Dataset, titles: dict[str, str]) -> None:
    st.header(_("What it buys"), anchor=False)
    effect = st.segmented_control(
        _("Public money for each"), list(EFFECTS), default="deaths", format_func=lambda name: _(EFFECTS[name].fewer),
        key="effect", required=True,
        help=_("Extra public cost over the whole period, divided by what is avoided in it."),
    )  # fmt: skip
    chosen = str(effect or "deaths")
    packages = list(titles)[1:]
    st.markdown("\n".join(f"- **{titles[name]}**: {value_words(ds, name, chosen)}." for name in packages))
    words = _("Extra public cost against {outcome} avoided, a mark a pair of runs").format(outcome=_(LABELS[chosen]))
    st.altair_chart(value_chart(ds, chosen, titles), alt=words)
    st.caption(
        _(
            "Each mark is one pair of runs. Right of the line: avoided; below it: cheaper than doing without. Costs "
            "are public costs, part of them assumed; what migrants, families and employers gain or lose is not money "
            "here."
        )
    )


def _who(ds: xr.Dataset, titles: dict[str, str], corridor: Corridor) -> None:
    st.header(_("Who gains, who loses"), anchor=False)
    left, right = st.columns(2)
    divisions = list(DIVISIONS)
    division = left.selectbox(_("By"), divisions, format_func=lambda name: _(DIVISIONS[name].label), key="division")
    counts = [str(name) for name in ds[DIVISIONS[division].counts].to_numpy()]
    first = counts.index("deaths")
    count = right.selectbox(_("What"), counts, first, format_func=lambda name: _(COUNTS[name]), key=f"count-{division}")
    table, counted = groups_table(ds, division, count, corridor), _(COUNTS[count])
    if table.empty:
        st.info(_("No {count} in these runs.").format(count=counted), icon=":material/person_off:")
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in groups_sentences(table, titles)))
    words = _("Difference in {count} by {division}, with 90 % intervals")
    st.altair_chart(groups_chart(table, titles), alt=words.format(count=counted, division=_(DIVISIONS[division].label)))
    reading = _(
        "{count} over the whole period, difference to the baseline. Marks: mean of the pairs of runs; lines: 90 % "
        "interval of all of them together, so that none looks clear by chance among many. Where the line crosses "
        "zero, the runs cannot tell."
    )
    drawn = f" {_(DRAWN)}" if count == "deaths" else ""
    st.caption(f"{reading.format(count=counted.capitalize())}{drawn}")


def tests_in_words(corridor: str) -> list[str]:
    """Return the test results of each outcome, and one sentence on those never tested."""
    known = {_(metric.label): trust(corridor)[metric.name] for metric in ALL}
    tested = dict.fromkeys(each.sentence for each in known.values() if each.grade != "never")
    untested = [label for label, each in known.items() if each.grade == "never"]
    never = _(NEVER).format(outcome=_(", ").join(untested))
    return [*tested, never] if untested else list(tested)


def _evidence(beside: pd.DataFrame, corridor: str) -> None:
    st.header(_("How far from what was recorded"), anchor=False)
    with st.expander(_("What this corridor may be used for")):
        if language() != SOURCE:
            st.caption(_("This text is in English only."))
        st.markdown(short_form(corridor))
    if beside.empty:
        st.info(_(NO_RECORDS), icon=":material/visibility_off:")
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in tests_in_words(corridor)))
    with st.expander(_("Observed beside simulated, by route and year")):
        for kind in beside["kind"].drop_duplicates():
            words = _("**{count}**: the baseline beside the record")
            st.markdown(words.format(count=_(KINDS[kind]).capitalize()))
            parts = list(beside[beside["kind"] == kind].groupby("route", sort=False))
            for column, (route, part) in zip(_columns(len(parts)), parts, strict=True):
                with column:
                    st.caption(_(str(route)))
                    words = _("{count} on {route}, observed and simulated")
                    st.altair_chart(observed_chart(part), alt=words.format(count=_(KINDS[kind]), route=_(str(route))))
        st.caption(_("Equal steps upwards are equal factors; one is added to every count so that zeros can be drawn."))
