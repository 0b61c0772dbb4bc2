"""Method: the model's mechanisms, every parameter with its source, its limits, and responsible use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

import pandas as pd
import streamlit as st

from corridor.experiments.reporting.listing import entries
from corridor.experiments.runs.tables import csv_text
from corridor.model import processes
from corridor.views.builder import corridor_titles
from corridor.views.package import corridor_of
from corridor.views.page import VALIDATION, heading, notice, show_published

LEAD = "What the model does, where each figure comes from, and what it must not be used for."
COLUMNS = {
    "name": "parameter",
    "meaning": "meaning",
    "default": "default",
    "low": "lowest",
    "high": "highest",
    "unit": "unit",
    "process": "process",
    "obtained": "how obtained",
    "source": "source",
}
OBTAINED = {
    "measured": "taken from a measurement",
    "estimated": "taken from a published estimate, sometimes of another place or time",
    "calibrated": "fitted to observations",
    "assumed": "nothing is known; sweep the range before you quote a result",
}
# As in Simulation.step, helpers beside the process that they belong to.
ORDER = [
    *("governance", "education", "drivers", "patrols", "market", "networks", "conduct", "beliefs", "choice"),
    *("aspiration", "families", "pathways", "departure", "crossing", "settlement", "exploitation", "demand"),
    *("protection", "investigation", "adaptation", "observation", "costs"),
]
CORRIDOR_HELP = "Some parameters have values of their own in a corridor; they stand beside the default."
FILE_NAME = re.compile(r" \([\w/]+\.py\)")
LIMITS = """
- **Fitted in part, validated in part.** The Mediterranean was fitted to 2011 to 2018, the toy world to nothing. What
  was earned by tests stands under *Validation*. No result is a forecast; levels may be off by a large factor.
- **Verdicts tell of luck and of fitted parameters.** An interval does not cover what is assumed, or left out.
- **Statistics record part of the truth.** Deaths, victims and irregular crossings go unseen; the model keeps what
  happens apart from what would be recorded.
- **People are more than a utility.** Choices are described by costs, risks, ties and prospects; courage, love and
  chance meetings are noise here.
- **Costs are public costs.** What migrants, families and employers gain or lose is shown as outcomes, not as money.
"""
RESPONSIBLE = """
- The model is for weighing policies, never for judging, finding or stopping a person or a group.
- Smuggling is a paid service across a border; trafficking is exploitation. Someone smuggled is not thereby a victim,
  and a victim need not have crossed a border. Keep the two apart when you report.
- Fewer arrivals are not a success in themselves: look at deaths, exploitation, detention and people sent back to danger
  beside them.
- Quote the interval and the word *unclear* where it stands, name the corridor, the period and the version, and say that
  it is not a forecast.
- People with experience of migration and those who work with them should have a say in what is asked of it.
"""


def page() -> None:
    """Show the page."""
    heading("Method", LEAD)
    notice()
    what, figures, checked, limits, use = st.tabs(
        ["Mechanisms", "Parameters", "Validation", "Limits", "Responsible use"]
    )
    with what:
        _mechanisms()
    with figures:
        _parameters()
    with checked:
        show_published(VALIDATION)
    limits.markdown(LIMITS)
    use.markdown(RESPONSIBLE)


def mechanisms() -> list[tuple[str, str]]:
    """Return the name and description of every process, in the order of a step, from its module."""
    told = []
    modules = [module.name for module in iter_modules(processes.__path__)]
    for module in sorted(modules, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        text = (import_module(f"{processes.__name__}.{module}").__doc__ or "").strip()
        head, _, rest = FILE_NAME.sub("", text).partition("\n\n")
        name, _, summary = head.partition(":")
        told.append((name.strip(), " ".join(f"{summary} {rest}".split())))
    return told


def _mechanisms() -> None:
    st.markdown(
        "Everyone is in exactly one state: at home, preparing, on a leg, waiting, detained, exploited, assisted, "
        "settled, returned or dead. At every step the processes below move people between states, and every move is "
        "counted. Numbers of equations refer to the model's description (ODD protocol)."
    )
    for name, text in mechanisms():
        st.markdown(f"**{name}.** {text[:1].upper()}{text[1:]}".replace(" * ", " × "))


def select(records: Sequence[dict[str, object]], words: str, obtained: Sequence[str]) -> pd.DataFrame:
    """Return the parameters in which every word occurs, obtained in one of the given ways (all if none is given)."""
    table = pd.DataFrame(records)[list(COLUMNS)].rename(columns=COLUMNS)
    text = table.astype(str).agg(" ".join, axis=1).str.lower().str.replace("_", " ")
    for word in words.lower().replace("_", " ").split():
        table = table[text[table.index].str.contains(word, regex=False)]
    return table[table["how obtained"].isin(obtained)] if obtained else table


def own_values(corridor: str) -> pd.DataFrame:
    """Return the parameters for which a corridor has a value of its own.

    Returns
    -------
    DataFrame
        Columns ``parameter, in this corridor, how obtained there``.
    """
    rows = [(row.parameter, row.value, row.obtained) for row in corridor_of(corridor).parameters]
    return pd.DataFrame(rows, columns=["parameter", "in this corridor", "how obtained there"])


def _parameters() -> None:
    records = entries("parameters")
    titles = corridor_titles()
    corridor = st.selectbox(
        "Corridor", list(titles), list(titles).index("mediterranean"), titles.__getitem__, help=CORRIDOR_HELP
    )
    left, right = st.columns(2)
    words = left.text_input("Search", placeholder="for instance: death, fee, assumed", max_chars=80)
    obtained = right.multiselect(
        "How obtained", list(OBTAINED), help="; ".join(f"{k}: {v}" for k, v in OBTAINED.items())
    )
    table = select(records, words, obtained).merge(own_values(corridor), "left", "parameter")
    if table.empty:
        st.info("No parameter has all these words. Try fewer.", icon=":material/search_off:")
        return
    st.caption(f"{len(table)} of {len(records)} parameters. Every one can be set in the shell, within its range.")
    st.dataframe(
        table, hide_index=True, height=460, column_config={"meaning": st.column_config.TextColumn(width="large")}
    )
    st.download_button("These parameters (CSV)", csv_text(table), "parameters.csv", "text/csv", on_click="ignore")
