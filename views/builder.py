"""The builder of the Compare page: packages from the catalogue by pillar, and the shocks that they must stand."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from corridor.experiments.reporting.language import N_, _, country_words, figure
from corridor.experiments.reporting.listing import entries
from corridor.model.errors import InvalidInput
from corridor.model.policies import CatalogueEntry, Intervention, Pillar
from corridor.scenarios import shocks
from corridor.views.amounts import budget_words, cost_words, when_words, where_words
from corridor.views.budget import of_budget
from corridor.views.happening import Happening, places_for
from corridor.views.levels import Period, planned, real_amount
from corridor.views.package import OWN, Package, changes_to, measure_in, measures_for, packages_for
from corridor.views.place import EVERYWHERE, countries_for
from corridor.views.question import MOST_PACKAGES, MOST_SHOCKS, Question

PILLARS: tuple[str, ...] = get_args(Pillar)
START_HELP = N_(
    "A ready package to start from, or nothing. Whatever you start from, you can add, change and leave out."
)
MEASURES_HELP = N_(
    "Measures of the catalogue under this pillar. What you add acts everywhere and moves in within a year."
)
COUNTRY_HELP = N_(
    "Patrols, places, services and coasts in one country, or rescue on the ways that land there. Visas by kind, and "
    "measures of the whole corridor, cannot be limited to one."
)
SINCE_HELP = N_("First year of the package; its measures move in from there. Before it the world is as without it.")
BUDGET_HELP = N_(
    "What the measures themselves and more staff, vessels, shelter and legal places are planned to cost. Detention, "
    "claims and returns follow from what people do: the simulation counts them in public cost."
)
SHOCKS_HELP = N_("Something that happens in every run, in those of the baseline too: how do the packages stand it?")
NOTHING_THERE = N_("Nothing of this package acts in that country.")
EMPTY = N_("This package is empty: choose a measure.")
MILLION = 1e6
AT_ONCE = 0
KEPT = "kept"
"""Session: the last value of every control; Streamlit forgets those of controls that are not drawn."""
CONTROLS = ("corridor", "detail", "runs")


def recall() -> None:
    """Give controls that were out of sight the value that they had."""
    for key, value in st.session_state.get(KEPT, {}).items():
        st.session_state.setdefault(key, value)


def remember() -> None:
    """Note the value of every control."""
    starts = ("future-", "years-", "count-", "shocks-", "budget-", *(f"{name}-" for name in corridor_titles()))
    now = {
        str(key): value
        for key, value in st.session_state.items()
        if key in CONTROLS or (str(key).startswith(starts) and value is not None)
    }
    st.session_state[KEPT] = {**st.session_state.get(KEPT, {}), **now}


def load(question: Question) -> None:
    """Set packages and shocks as a question has them."""
    state, corridor = st.session_state, question.corridor
    state[f"count-{corridor}"] = len(question.packages)
    for slot, package in enumerate(question.packages):
        _fill(f"{corridor}-{slot}", package)
    state[f"shocks-{corridor}"] = [shock.shock for shock in question.shocks]
    for shock in question.shocks:
        prefix = f"{corridor}-shock-{shock.shock}"
        state[f"{prefix}-amount"], state[f"{prefix}-where"] = float(shock.amount), shock.where
        ends = min(shock.year + shock.years - 1, question.last)
        state[f"{prefix}-years-{question.first}-{question.last}"] = (shock.year, ends)


def prepare(usual: Question) -> None:
    """Set defaults for controls that were never set in a corridor."""
    state, corridor = st.session_state, usual.corridor
    if f"count-{corridor}" not in state:
        load(usual)
    bases = [*(package.base for package in usual.packages), *packages_for(corridor)]
    for slot, base in enumerate(list(dict.fromkeys(bases))[:MOST_PACKAGES]):
        if f"{corridor}-{slot}-base" not in state:
            _fill(f"{corridor}-{slot}", Package(corridor, base))


def packages(corridor: str, period: Period) -> list[Package]:
    """Draw one tab a package; return those that hold something."""
    count = st.segmented_control(
        _("How many packages"),
        list(range(1, MOST_PACKAGES + 1)),
        key=f"count-{corridor}",
        help=_("Each is compared with what happens without it, and with each other."),
        required=True,
    )
    tabs = st.tabs([_("Package {number}").format(number=number) for number in range(1, int(count or 1) + 1)])
    built = []
    for slot, tab in enumerate(tabs):
        with tab:
            package = _package(corridor, slot, period)
        if package is not None:
            built.append(package)
    if len(built) > 1 and len(built) == len(tabs):
        _same_budget(built, period)
    return built


def _same_budget(built: list[Package], period: Period) -> None:
    """Draw the budget that all packages can be given, and the button that does it."""
    state, key = st.session_state, f"budget-{built[0].corridor}"
    spent = [planned(package, period).average / MILLION for package in built]
    state.setdefault(key, max(1.0, float(f"{max(spent):.2g}")))

    def give() -> None:
        failed = []
        for slot, package in enumerate(built):
            found = of_budget(package, float(state[key]) * MILLION, period)
            if found is None:
                failed.append((slot, package))
            else:
                _fill(f"{package.corridor}-{slot}", found)
        state["budget-failed"] = failed

    left, right = st.columns([2, 3], vertical_alignment="bottom")
    left.number_input(
        _("Budget for every package (million USD a year)"),
        0.1,
        1e6,
        step=10.0,
        format="%g",
        key=key,
        help=_(BUDGET_HELP),
    )
    right.button(
        _("Give all the same budget"), icon=":material/balance:", on_click=give, key="same-budget",
        help=_("All amounts of a package grow or shrink by one factor, until it is planned to cost so much."),
    )  # fmt: skip
    if failed := state.pop("budget-failed", None):
        name = _("package {number} ({title})")
        named = _(", ").join(name.format(number=slot + 1, title=package.title) for slot, package in failed)
        words = _(
            "Left as it was, for it cannot cost that much, or so little, within the ranges of its measures: {packages}."
        )
        st.warning(words.format(packages=named), icon=":material/balance:")


def _package(corridor: str, slot: int, period: Period) -> Package | None:
    """Draw the controls of one package; None while it is empty."""
    prefix = f"{corridor}-{slot}"
    ready = packages_for(corridor)
    base = st.selectbox(
        _("Start from"),
        [*ready, OWN],
        format_func=lambda name: _(ready[name].title) if name in ready else _("Nothing: choose every measure"),
        key=f"{prefix}-base",
        on_change=lambda: _restart(prefix, corridor),
        help=_(START_HELP),
    )
    if base in ready:
        st.caption(_(ready[base].description))
    wanted: dict[str, float] = {}
    with st.expander(_("Measures in this package: change, add, leave out"), icon=":material/tune:"):
        for pillar in PILLARS:
            wanted |= _pillar(corridor, base, prefix, pillar, period)
    country, since = _place_and_year(corridor, prefix, period)
    try:
        package = Package(corridor, base, changes_to(base, corridor, wanted), country, since)
    except InvalidInput:
        st.caption(_(NOTHING_THERE if wanted and country else EMPTY))
        return None
    if country or since:
        st.caption(package.description)
    st.caption(f"**{budget_words(package, period)}**", help=_(BUDGET_HELP))
    return package


def _place_and_year(corridor: str, prefix: str, period: Period) -> tuple[str, int | None]:
    """Draw where a package acts and from which year; return both."""
    countries = [(code, country_words(code, label)) for code, label in countries_for(corridor).items()]
    names = {EVERYWHERE: _("wherever its measures act"), **dict(sorted(countries, key=lambda pair: pair[1]))}
    left, right = st.columns(2)
    country = left.selectbox(
        _("Country"), list(names), format_func=names.__getitem__, key=f"{prefix}-country", help=_(COUNTRY_HELP)
    )
    years = [AT_ONCE, *range(period.first + 1, period.last + 1)]
    if st.session_state.get(f"{prefix}-since") not in years:
        st.session_state[f"{prefix}-since"] = AT_ONCE
    since = right.selectbox(
        _("Begins"), years, key=f"{prefix}-since", help=_(SINCE_HELP),
        format_func=lambda year: str(year or _("with the comparison, {year}").format(year=period.first)),
    )  # fmt: skip
    return str(country or EVERYWHERE), since or None


def _pillar(corridor: str, base: str, prefix: str, pillar: str, period: Period) -> dict[str, float]:
    """Draw the measures under a pillar; return the amounts chosen."""
    known = {name: entry for name, entry in measures_for(corridor).items() if entry.pillar == pillar}
    chosen = st.multiselect(
        _(pillar).capitalize(),
        list(known),
        format_func=lambda name: _(known[name].title),
        key=f"{prefix}-{pillar}",
        placeholder=_("none"),
        help=_(MEASURES_HELP),
    )
    wanted = {}
    for name in chosen:
        wanted[name] = _amount(known[name], f"{prefix}-{name}")
        measure = measure_in(corridor, base, name, wanted[name])
        real = real_amount(corridor, measure, period)
        words = _("**{amount}** ({years}, {place}); {time}.").format(
            amount=_capital(real or _("acts")), years=period.words, place=where_words(measure), time=when_words(measure)
        )
        st.caption(words)
    return wanted


def _amount(entry: CatalogueEntry, key: str) -> float:
    """Draw the slider of a measure or shock with its unit, range, cost and source."""
    st.session_state.setdefault(key, entry.default)
    step = slider_step(entry)
    value = float(
        st.slider(
            _("{measure} ({unit})").format(measure=_(entry.title), unit=_(entry.unit)),
            float(entry.low),
            float(entry.high),
            step=step,
            format="%g",
            key=key,
            help=about(entry),
        )
    )
    said = [_("{low} to {high}").format(low=figure(f"{entry.low:g}"), high=figure(f"{entry.high:g}"))]
    if isinstance(entry, Intervention):
        said.append(_capital(cost_words(entry, value)))
    said.append(_("Source: {source}").format(source=entry.source))
    st.caption(f"{'. '.join(said)}.")
    return value


def slider_step(entry: CatalogueEntry) -> float:
    """Return a step that lets a slider name the default and about a hundred other amounts."""
    width = entry.high - entry.low
    return next(step for step in (0.005, 0.01, 0.05, 0.1, 0.5, 1.0) if width / step <= 100 or step == 1.0)


def about(entry: CatalogueEntry) -> str:
    """Describe a measure or shock, with the range and the source of its sizes."""
    return _(
        "{description} Unit: {unit}. Range: {low} to {high}. Acts through: {mechanism}. Source of sizes: {source}."
    ).format(
        description=_(entry.description), unit=_(entry.unit), low=figure(f"{entry.low:g}"),
        high=figure(f"{entry.high:g}"), mechanism=_(entry.mechanism), source=entry.source,
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _fill(prefix: str, package: Package) -> None:
    """Set the controls of a package."""
    state, known = st.session_state, measures_for(package.corridor)
    state[f"{prefix}-base"] = package.base
    for pillar in PILLARS:
        state[f"{prefix}-{pillar}"] = [what for what in package.amounts if known[what].pillar == pillar]
    for what, amount in package.amounts.items():
        state[f"{prefix}-{what}"] = float(amount)
    state[f"{prefix}-country"], state[f"{prefix}-since"] = package.country, package.since or AT_ONCE


def _restart(prefix: str, corridor: str) -> None:
    """Fill the controls from the ready package that was chosen; empty them for none."""
    base = st.session_state[f"{prefix}-base"]
    if base != OWN:
        _fill(prefix, Package(corridor, base))
        return
    for pillar in PILLARS:
        st.session_state[f"{prefix}-{pillar}"] = []


def happenings(corridor: str, first: int, last: int) -> list[Happening]:
    """Draw the shocks; return those chosen."""
    known = shocks()
    chosen = st.multiselect(
        _("Shocks (up to {count})").format(count=MOST_SHOCKS),
        list(known),
        format_func=lambda name: f"{_(known[name].title)} ({_(known[name].kind)})",
        max_selections=MOST_SHOCKS,
        key=f"shocks-{corridor}",
        placeholder=_("none"),
        help=_(SHOCKS_HELP),
    )
    return [_happening(corridor, name, first, last) for name in chosen]


def _happening(corridor: str, name: str, first: int, last: int) -> Happening:
    """Draw how hard a shock is, where it hits, and when."""
    entry, places, prefix = shocks()[name], places_for(corridor, name), f"{corridor}-shock-{name}"
    how, where, when = st.columns(3)
    with how:
        amount = _amount(entry, f"{prefix}-amount")
    place = where.selectbox(
        _("Where"), list(places), format_func=places.__getitem__, key=f"{prefix}-where", help=_("Whom or what it hits.")
    )
    years = list(range(first, last + 1))
    key = f"{prefix}-years-{first}-{last}"
    st.session_state.setdefault(key, (years[min(1, len(years) - 1)],) * 2)
    if len(years) > 1:
        when.select_slider(_("Years"), years, key=key, help=_("First and last year of the shock."))
    begins, ends = st.session_state[key]
    return Happening(corridor, name, max(amount, slider_step(entry)), begins, ends - begins + 1, place)


def corridor_titles() -> dict[str, str]:
    """Return the bundled corridors, name to title."""
    return {record["name"]: _(record["title"]) for record in entries("scenarios")}


def future_titles() -> dict[str, str]:
    """Return the futures on which a comparison can run past the data, with none first."""
    futures = {record["name"]: _(record["title"]) for record in entries("futures")}
    return {"": _("None: stop where the data end"), **futures}
