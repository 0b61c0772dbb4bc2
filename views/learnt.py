"""Results of calibration: the posterior of parameters, and forecasts scored against later data."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from corridor.calibration.priors import ends as prior_ends
from corridor.calibration.priors import units
from corridor.model.parameters import REGISTRY
from corridor.scenarios.posterior import CONSTANT, ORIGIN
from corridor.scenarios.reader import scenario_directory
from corridor.views.builder import corridor_titles
from corridor.views.page import VALIDATION, show_published

NO_POSTERIOR = (
    "**No posterior is published for this corridor.** Its values are defaults, or were brought to the right order of "
    "magnitude by a coarse fit (page *Method*, *Parameters*). `corridor calibrate` makes one."
)
POSTERIOR = "posterior.csv"


def posterior_table(corridor: str) -> pd.DataFrame:
    """Tabulate the published posterior of a corridor with its prior ranges.

    Returns
    -------
    DataFrame
        Columns ``parameter, unit, lowest, highest`` (central 90 % of the prior), ``5 %, median, 95 %`` (of the draws)
        and ``narrowed`` (share by which the draws' interval is narrower than the prior's, in probability of the prior).
        Origin effects and route constants are rows too. Empty if there is none.
    """
    columns = ["parameter", "unit", "lowest", "highest", "5 %", "median", "95 %", "narrowed"]
    file = scenario_directory(corridor) / POSTERIOR
    if not file.is_file():
        return pd.DataFrame(columns=columns)
    draws = pd.read_csv(file, comment="#")
    rows = []
    for name in (name for name in map(str, draws.columns) if name in REGISTRY or name.startswith((ORIGIN, CONSTANT))):
        ends, middle = draws[name].quantile([0.05, 0.95]), draws[name].median()
        low, high = (units({name: value}, [name])[0] for value in ends)
        unit = REGISTRY[name].unit if name in REGISTRY else "times" if name.startswith(ORIGIN) else "utils"
        rows.append([name, unit, *prior_ends(name), ends.iloc[0], middle, ends.iloc[1], 1 - (high - low) / 0.9])
    return pd.DataFrame(rows, columns=columns)


def learnt() -> None:
    """Show the posterior of a corridor, and published results on forecasts."""
    titles = corridor_titles()
    names = list(titles)
    corridor = st.selectbox("Corridor", names, names.index("mediterranean"), titles.__getitem__, key="learnt-corridor")
    st.markdown("**Posterior**: what the observations say about parameters")
    table = posterior_table(corridor)
    if table.empty:
        st.info(NO_POSTERIOR, icon=":material/query_stats:")
    else:
        shown = {name: st.column_config.NumberColumn(format="%.3g") for name in table.columns[2:7]}
        shown["narrowed"] = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
        st.dataframe(table, hide_index=True, column_config=shown)
        st.caption(
            "Narrowed: how much narrower the 90 % interval is than the range. Near 0: the data say nothing. "
            "*departure_factor* of an origin: how many times likelier its people leave than the drivers explain. "
            "*utility_constant* of an embarkation (country left, country reached, mode): what draws people to it "
            "beside cost, distance and danger."
        )
    st.markdown("**Hindcasts and other tests**, as published with this version")
    show_published(VALIDATION)
