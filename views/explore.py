"""Explore, for students: change one thing in a toy world and watch the consequences."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pandas as pd
import streamlit as st
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.runs.run import Job
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.world import World
from corridor.model.errors import InvalidInput
from corridor.model.policies import Measure, Policy
from corridor.scenarios import interventions, load_policy, make_policy
from corridor.views.animation import animate
from corridor.views.board import board
from corridor.views.builder import about
from corridor.views.charts import states_chart, states_table, states_words
from corridor.views.headline import headline_html
from corridor.views.lessons import Lesson, lesson
from corridor.views.lives import follow_one
from corridor.views.maps import difference_map, difference_words, flow_map, flow_words, legs_table
from corridor.views.package import BASELINE, corridor_of
from corridor.views.page import announce, heading, session
from corridor.views.question import RESULTS
from corridor.views.results import MARKS
from corridor.views.tasks import Task
from corridor.views.words import plain
from corridor.views.workers import Order

CORRIDOR = "tutorial"
AGENTS = 24_000
SEEDS = (1, 2, 3, 4, 5)
SEEDS_OF_LESSONS = tuple(range(1, 9))  # a lesson says which way things go; that takes more pairs
FOLLOWED = 30
YOURS = "yours"
AS_IS, CHANGED = "The world as it is", "Your world"
# Knobs of the page: interventions of the catalogue, with the largest amount offered here.
KNOBS: Mapping[str, float] = {
    "border_patrols": 4.0,
    "ngo_rescue": 10.0,
    "humanitarian_places": 10.0,
    "craft_controls": 0.8,
}
PATIENCE_SECONDS = 10.0
BUSY = "The server is busy; your question is in the queue and the answer will appear here."
LEAD = (
    "An **invented world** with three origins, three ways and two destinations. Move a slider and see who is affected "
    "within seconds. All figures are toy figures: the point is *why* something happens."
)


def page() -> None:
    """Show the page."""
    heading("Explore", LEAD)
    free, guided = st.tabs(["Try it yourself", "Guided lessons"])
    with free:
        _free_play()
    with guided:
        st.fragment(lesson)(lambda chosen: _answer(_policy(list(chosen.measures)), chosen))


def _free_play() -> None:
    columns = st.columns(2)
    amounts = {name: _knob(columns[place % 2], name, most) for place, (name, most) in enumerate(KNOBS.items())}
    chosen = [Measure(what=name, amount=amount) for name, amount in amounts.items() if amount > 0]
    st.button("Back to the world as it is", icon=":material/undo:", disabled=not chosen, on_click=_reset)
    ds = _answer(_policy(chosen))
    if ds is None:
        return
    if not chosen:
        st.info("This is the world as it is. Move a slider to change it.", icon=":material/tune:")
    views = {"Pictures": _pictures, "Through the weeks": _weeks, "Follow one person": _one_life}
    view = st.pills("Look at", list(views), default="Pictures", key="view", required=True)
    views[str(view or "Pictures")](ds, bool(chosen))
    announce("The answer is on the page.")


def _pictures(ds: xr.Dataset, is_changed: bool) -> None:
    corridor, states = corridor_of(CORRIDOR), states_table(ds)
    top = float(states.groupby(["policy", "time"])["persons"].sum().max())
    legs = legs_table(corridor, ds, YOURS, BASELINE)
    left, right = st.columns(2)
    with left:
        st.header("People away from home, week by week", anchor=False)
        ours = _of(states, YOURS)
        st.altair_chart(states_chart(ours, top), alt=states_words(ours))
    with right:
        st.header("Where they travel" + (": difference to the world as it is" if is_changed else ""), anchor=False)
        drawn = difference_map(corridor, legs, 420) if is_changed else flow_map(corridor, legs, 420)
        st.altair_chart(drawn, alt=difference_words(legs) if is_changed else flow_words(legs))
        st.caption(MARKS)
    if is_changed:
        st.html(headline_html(paired_differences(ds, BASELINE), {BASELINE: AS_IS, YOURS: CHANGED}))


def _weeks(ds: xr.Dataset, is_changed: bool) -> None:
    titles = {BASELINE: AS_IS, YOURS: CHANGED} if is_changed else {BASELINE: AS_IS}
    animate(ds, corridor_of(CORRIDOR), titles)


def _one_life(ds: xr.Dataset, is_changed: bool) -> None:
    before, after = (ds.attrs["lives"][name] for name in (BASELINE, YOURS))
    follow_one(before, after if is_changed else None, {"before": AS_IS, "after": CHANGED})


def _knob(column: st.delta_generator.DeltaGenerator, name: str, most: float) -> float:
    """Draw the slider of an intervention with its unit, range and source."""
    known = interventions()[name]
    step = 0.1 if most < 1 else 0.5 if most < 5 else 1.0
    return float(column.slider(f"{known.title} ({known.unit})", 0.0, most, 0.0, step, "%g", name, about(known)))


def _reset() -> None:
    for name in KNOBS:
        st.session_state[name] = 0.0


def _policy(measures: list[Measure]) -> Policy:
    return make_policy(YOURS, CHANGED, "Chosen in the browser.", measures)


def orders(policy: Policy, chosen: Lesson | None = None) -> list[Order]:
    """Return the runs of a policy and the baseline in the toy world; in a lesson, the changed world may differ too."""
    as_is = World.of(CompareSettings(scenario=CORRIDOR, agents=AGENTS))
    changed = World.of(CompareSettings(scenario=CORRIDOR, agents=AGENTS, parameters=dict(chosen.parameters))) \
        if chosen else as_is  # fmt: skip
    return [
        Order(
            Job(world, each, seed, trace=FOLLOWED if seed == SEEDS[0] else 0),
            world.study(RESULTS),
            keep=False,
            weekly=True,
        )
        for seed in (SEEDS_OF_LESSONS if chosen else SEEDS)
        for world, each in ((as_is, load_policy(BASELINE)), (changed, policy))
    ]


def _answer(policy: Policy, chosen: Lesson | None = None) -> xr.Dataset | None:
    """Compute a policy in the toy world; None, with a word of why, if that did not work."""
    key = (policy, chosen.title if chosen else "")
    try:
        task = board().ask(f"{session()}-explore", key, lambda: orders(policy, chosen))
    except InvalidInput as error:
        st.error(f"This cannot be computed now: {plain(error)}.", icon=":material/error:")
        return None
    with st.spinner("Simulating two years …", show_time=True):
        finished = wait(task)
    if task.status == "failed":
        st.error(f"The run failed. {plain(task.error)}", icon=":material/error:")
    elif not finished:
        st.fragment(_look_again, run_every=1.0)(task)
    if task.status != "done":
        return None
    lives = {name: task.digests[name, SEEDS[0]].attrs["lives"] for name in task.policies}
    return task.dataset().assign_attrs(lives=lives)


def _look_again(task: Task) -> None:
    """Say that the answer takes longer; show it as soon as it is there."""
    board().hear(f"{session()}-explore", task)
    if not task.is_live:
        st.rerun()
    st.info(f"{BUSY} {task.progress:.0%} done.", icon=":material/hourglass:")


def wait(task: Task, patience: float = PATIENCE_SECONDS) -> bool:
    """Wait until a task is over, or patience (seconds) is at an end; tell whether it is over."""
    until = time.monotonic() + patience
    while task.is_live and time.monotonic() < until:
        time.sleep(0.05)
    return task.is_over()


def _of(table: pd.DataFrame, policy: str) -> pd.DataFrame:
    return table[table["policy"] == policy]
