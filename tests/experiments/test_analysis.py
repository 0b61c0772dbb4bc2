"""What studies say: costs per person averted, groups, sensitivity, robustness, reports, exports; known answers."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from corridor.experiments.analysis.discovery import discover
from corridor.experiments.analysis.economics import cost_effectiveness, fieller, pareto
from corridor.experiments.analysis.factors import chosen, factor, problem
from corridor.experiments.analysis.groups import winners_and_losers
from corridor.experiments.analysis.metrics import METRICS
from corridor.experiments.analysis.robust import assess, futures, holds, regret, satisficing, wilson
from corridor.experiments.analysis.sensitivity import analyse, samples
from corridor.experiments.commands.shell import main
from corridor.experiments.reporting.exports import export_study
from corridor.experiments.reporting.ranking import draw_ranking
from corridor.experiments.reporting.study_report import html_report
from corridor.experiments.runs.settings import RobustSettings
from corridor.experiments.studies.ensemble import run_ensemble
from corridor.experiments.studies.experiment import configured, robust_design
from corridor.experiments.studies.store import EnsembleStore
from corridor.experiments.studies.view import view
from corridor.model.errors import InvalidInput
from corridor.model.parameters import REGISTRY
from corridor.model.simulation import Simulation
from corridor.scenarios import load
from tests.workers import as_threads


def runs(**changes: dict[str, list[float]]) -> xr.Dataset:
    """Outcomes of a baseline of 100 everywhere, and of policies that add changes by pair."""
    policies = ["baseline", *changes]
    n = len(next(iter(next(iter(changes.values())).values())))
    variables = {}
    for metric in METRICS:
        rows = [np.full(n, 100.0)]
        rows += [100.0 + np.array(changes[policy].get(metric.name, [0.0] * n)) for policy in policies[1:]]
        variables[metric.name] = (("policy", "replicate"), np.array(rows))
    return xr.Dataset(variables, {"policy": policies, "replicate": np.arange(n)})


# --- outcomes ---------------------------------------------------------------------------------------------------------


def test_deaths_are_probabilities_added_up_and_luck_moves_them_less() -> None:
    """Over 30 seeds the outcome and the deaths drawn agree on average (error rate 1 in 1,000), with half the spread."""
    told, drawn = [], []
    world = load("tutorial")
    end = world.start.replace(year=world.start.year + 1)
    for seed in range(30):
        ds = Simulation(world, agents=500, seed=seed, end=end, parameters={"departure_rate": 0.05}).run()
        told.append(float(METRICS[0].compute(ds)))
        drawn.append(float(ds["deaths_of"].sum()))
    assert stats.ttest_rel(told, drawn).pvalue > 0.001
    assert np.std(told) < np.std(drawn) / 2


# --- cost-effectiveness -----------------------------------------------------------------------------------------------


def test_fieller_agrees_with_the_published_definition() -> None:
    """Every ratio in the interval, and none outside, passes the t test that defines it."""
    rng = np.random.default_rng(4)
    effect = rng.normal(10, 2, 30)
    cost = 5 * effect + rng.normal(0, 4, 30)
    ratio, low, high = fieller(cost, effect)
    assert ratio == pytest.approx(cost.mean() / effect.mean())

    def t(r: float) -> float:
        d = cost - r * effect
        return float(abs(d.mean()) / (d.std(ddof=1) / np.sqrt(30)))

    assert (t(low), t(high)) == pytest.approx((1.69913, 1.69913), rel=1e-4)  # t(0.95, 29 degrees of freedom)


@pytest.mark.statistical
def test_fieller_covers_the_true_ratio_as_often_as_it_says() -> None:
    """400 draws at 90 %: a count outside 337 to 380 has a probability below 1e-3 (binomial)."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(400):
        effect = rng.normal(8, 6, 12)
        cost = 3 * effect + rng.normal(2, 5, 12) - 2
        _, low, high = fieller(cost, effect)
        hits += low <= 3 <= high
    assert 337 <= hits <= 380


def test_a_denominator_that_may_be_zero_gives_no_ratio() -> None:
    values = runs(
        pays={"deaths": [-10, -12, -11, -10, -12], "cost_usd": [100, 110, 105, 100, 110]},
        saves={"deaths": [-10, -12, -11, -10, -12], "cost_usd": [-20, -22, -21, -20, -22]},
        unclear={"deaths": [-10, 12, -1, 3, -4], "cost_usd": [100, 110, 105, 100, 110]},
        harms={"deaths": [10, 12, 11, 10, 12], "cost_usd": [100, 110, 105, 100, 110]},
    )
    table = cost_effectiveness(values, "baseline")
    deaths = table[table["per"] == "death averted"].set_index("policy")
    assert deaths["reading"].to_dict() == {"pays": "costs", "saves": "saves", "unclear": "unclear", "harms": "harms"}
    assert deaths.loc["pays", "usd_per_averted"] == pytest.approx(525 / 55)
    assert deaths.loc["pays", "low"] < 525 / 55 < deaths.loc["pays", "high"]
    assert deaths.loc[["saves", "unclear", "harms"], ["usd_per_averted", "low", "high"]].isna().all(axis=None)


def test_one_pair_gives_no_ratio() -> None:
    table = cost_effectiveness(runs(other={"deaths": [-5], "cost_usd": [10]}), "baseline")
    assert set(table["reading"]) == {"no interval"}


def test_the_pareto_front_leaves_out_what_is_beaten() -> None:
    values = runs(
        good={"deaths": [-10, -10], "cost_usd": [5, 5]},
        bad={"deaths": [-5, -20], "cost_usd": [9, 9]},
        worst={"deaths": [5, 5], "cost_usd": [9, 9]},
    )
    table = pareto(values).set_index("policy")
    assert table["on_front"].to_dict() == {"baseline": True, "good": True, "bad": True, "worst": False}
    assert table.loc["bad", "share_on_front"] == 0.5
    assert table.loc["worst", "beaten_by"] == "baseline, good, bad"


# --- sensitivity ------------------------------------------------------------------------------------------------------


def test_sobol_indices_of_a_linear_model_are_its_shares_of_variance() -> None:
    factors = [factor("foresight", [0.7, 1.0]), factor("drought", [0.0, 4.0]), factor("markup")]
    inputs = samples("sobol", factors, 512, 0)
    y = 20 * inputs["foresight"] + 3 * inputs["drought"]
    table = analyse("sobol", factors, inputs, pd.DataFrame({"deaths": y})).set_index("factor")
    share = (20 * 0.3) ** 2 / ((20 * 0.3) ** 2 + (3 * 4) ** 2)
    for index in ("S1", "ST"):
        assert table.loc["foresight", index] == pytest.approx(share, abs=0.02)
        assert table.loc["markup", index] == pytest.approx(0, abs=0.01)
    assert (table["ST_conf"] >= 0).all()


def test_morris_ranks_factors_and_leaves_out_broken_trajectories() -> None:
    factors = [factor("foresight", [0.7, 1.0]), factor("drought", [0.0, 4.0])]
    inputs = samples("morris", factors, 8, 0)
    outputs = pd.DataFrame({"deaths": 100 * inputs["foresight"] + inputs["drought"], "victims": 1.0})
    outputs.loc[4, "deaths"] = np.nan
    table = analyse("morris", factors, inputs, outputs)
    assert table["factor"].tolist() == ["foresight", "drought"]
    assert table["mu_star"].tolist() == pytest.approx([30.0, 4.0])
    assert set(table["used"]) == {7}
    figure = draw_ranking(table, "morris", ["deaths", "victims"])
    assert len(figure.axes) == 1


def test_samples_stay_in_the_range_of_the_registry() -> None:
    factors = chosen(["market"], {})
    for method, number in (("morris", 4), ("sobol", 4)):
        table = samples(method, factors, number, 1)  # type: ignore[arg-type]
        for f in factors:
            assert table[f.name].between(f.low, f.high).all()


def test_salib_drives_simulation_directly() -> None:
    """The example of docs/experiments.md."""
    from SALib.analyze import morris
    from SALib.sample.morris import sample

    factors = [factor("departure_rate"), factor("foresight")]
    x = sample(problem(factors), 2, seed=1)
    corridor = load("tutorial")

    def deaths(row: np.ndarray) -> float:
        values = dict(zip([f.name for f in factors], map(float, row), strict=True))
        simulation = Simulation(corridor, seed=1, agents=1500, end=pd.Timestamp("2001-06-30").date(), parameters=values)
        return float(simulation.run()["departures"].sum())

    found = morris.analyze(problem(factors), x, np.array([deaths(row) for row in x]))
    assert found["mu_star"][0] > 0


def test_ema_workbench_drives_simulation_directly() -> None:
    """The example of docs/experiments.md."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator

    def corridor_model(departure_rate: float = 0.01, foresight: float = 0.9) -> dict[str, float]:
        values = {"departure_rate": departure_rate, "foresight": foresight}
        simulation = Simulation(
            load("tutorial"), seed=1, agents=300, end=pd.Timestamp("2001-03-31").date(), parameters=values
        )
        ds = simulation.run()
        return {"departures": float(ds["departures"].sum()), "deaths": float(ds["deaths_of"].sum())}

    model = Model("corridor", function=corridor_model)
    names = ("departure_rate", "foresight")
    model.uncertainties = [RealParameter(name, REGISTRY[name].low, REGISTRY[name].high) for name in names]
    model.outcomes = [ScalarOutcome("departures"), ScalarOutcome("deaths")]
    with SequentialEvaluator(model) as evaluator:
        experiments, outcomes = evaluator.perform_experiments(scenarios=4)
    assert len(experiments) == 4
    assert np.corrcoef(experiments["departure_rate"], outcomes["departures"])[0, 1] > 0


# --- robustness -------------------------------------------------------------------------------------------------------


def table_of(deaths: dict[str, list[float]]) -> pd.DataFrame:
    rows = []
    for policy, values in deaths.items():
        for sample, value in enumerate(values):
            for seed in (0, 1):
                outcomes = {metric.name: value for metric in METRICS}
                row = {
                    "scenario": "toy",
                    "future": "none",
                    "policy": policy,
                    "sample": sample,
                    "seed": seed,
                    **outcomes,
                }
                rows.append(row)
    return pd.DataFrame(rows)


def test_regret_is_the_distance_to_the_best_of_each_future() -> None:
    means = futures(table_of({"baseline": [10, 10, 10], "a": [8, 12, 10], "b": [9, 9, 9]}), ["deaths"])
    found = regret(means).set_index("policy")
    assert found.loc["a", ["mean", "largest", "best_share"]].tolist() == pytest.approx([4 / 3, 3, 1 / 3])
    assert found["largest"].idxmin() == "b"


def test_a_future_that_a_policy_lacks_is_left_out() -> None:
    table = table_of({"baseline": [10, 10], "a": [8, 12]})
    table.loc[(table["policy"] == "a") & (table["sample"] == 1), "deaths"] = np.nan
    assert len(futures(table, ["deaths"])) == 1


def test_thresholds_are_changes_against_the_baseline_of_the_same_future() -> None:
    means = futures(table_of({"baseline": [10, 20, 0], "a": [9, 19, 0], "b": [8, 8, 1]}), ["deaths"])
    held = holds(means, {"deaths": -0.1})
    assert held["a"].tolist() == [True, False, True]
    assert held["b"].tolist() == [True, True, False]
    assert satisficing(held).set_index("policy").loc["a", "share"] == pytest.approx(2 / 3)


def test_wilson_matches_its_textbook_value() -> None:
    assert wilson(8, 10) == pytest.approx((0.5407, 0.9314), abs=5e-4)
    assert wilson(0, 10)[0] == 0.0


def test_scenario_discovery_finds_the_box_that_was_put_there() -> None:
    rng = np.random.default_rng(3)
    x = pd.DataFrame({"departure_rate": rng.uniform(0, 0.1, 400), "foresight": rng.uniform(0.7, 1, 400)})
    x["future"] = rng.choice(["relief", "deterioration", "none"], 400)
    failing = (x["departure_rate"] > 0.06).to_numpy() & (x["future"] != "relief").to_numpy()
    found = discover("rescue", x, failing)
    assert [condition.name for condition in found.box] == ["departure_rate", "future"]
    assert found.box[0].low == pytest.approx(0.06, abs=0.004)
    assert found.density > 0.9
    assert found.coverage > 0.9
    assert "departure_rate is at least 0.06" in found.words()
    assert "future is deterioration or none" in found.words()


@pytest.mark.statistical
def test_scenario_discovery_seldom_finds_a_box_in_noise() -> None:
    """20 draws; a rate of one in ten would give more than 6 with probability below 0.003."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = pd.DataFrame({"departure_rate": rng.uniform(0, 0.1, 200), "foresight": rng.uniform(0.7, 1, 200)})
        found += bool(discover("rescue", x, rng.random(200) < 0.3).box)
    assert found <= 6


@pytest.mark.parametrize(("share", "word"), [(0.0, "never"), (1.0, "always")])
def test_what_fails_always_or_never_needs_no_box(share: float, word: str) -> None:
    x = pd.DataFrame({"foresight": np.linspace(0.7, 1, 50)})
    assert word in discover("rescue", x, np.full(50, share == 1.0)).words()


# --- a study, reported and exported -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> EnsembleStore:
    path = tmp_path_factory.mktemp("study") / "s.zarr"
    overrides = ["scenario=tutorial", "agents=400", "end=2001-12-31", "policies=[baseline,rescue]", "samples=6"]
    settings = configured(RobustSettings, [*overrides, "vary=[departure_rate,foresight]", "question='Is <it> robust?'"])
    with as_threads():
        return run_ensemble(robust_design(settings), path, number=1).store


def test_groups_add_up_to_the_whole(study: EnsembleStore) -> None:
    ds = study.details()
    table = winners_and_losers(ds, "baseline")
    whole = float(
        (ds["deaths_of"].sel(policy="rescue") - ds["deaths_of"].sel(policy="baseline")).mean("replicate").sum()
    )
    for by in ("sex", "age", "origin"):
        part = table[(table["by"] == by) & (table["outcome"] == "deaths")]
        assert part["difference"].sum() == pytest.approx(whole)
    assert set(table["by"]) == {"sex", "age", "origin", "route"}


def test_robustness_is_told_from_a_study(study: EnsembleStore) -> None:
    found = assess(study.table(), study.factors, {"cost_usd": 0.0})
    shares = found.satisficing.set_index("policy")["share"]
    assert shares["baseline"] == 1.0
    assert shares["rescue"] < 0.5  # rescue costs more, but for the luck of few agents
    assert "Too few futures" in found.discoveries[0].words()


def test_a_report_is_one_file_that_fetches_nothing(study: EnsembleStore) -> None:
    text = html_report(study.url)
    assert "Is &lt;it&gt; robust?" in text
    for heading in (
        "Question",
        "What was run",
        "averted",
        "Who wins",
        "travel",
        "Validation status",
        "Limits",
        "reproduce",
    ):
        assert heading in text
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:)""", text)
    assert not re.findall(r"<script|<link|@import|url\(", text)
    assert "not a forecast" in text
    assert "corridor robust experiment=./study.yaml" in text
    assert str(study.attrs["identity"]["model_hash"]) in text


@pytest.mark.usefixtures("threads")
def test_a_comparison_can_be_reported_and_exported_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "scenario=tutorial",
        "agents=400",
        "end=2001-12-31",
        "replicates=2",
        "compute.workers=1",
        "figure=false",
    ]
    assert main(["compare", *arguments, f"results={tmp_path}", "report=json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["per"] for row in found["cost_effectiveness"]} == {"death averted", "victim averted"}
    assert main(["report", found["files"]["store"], str(tmp_path / "report.html")]) == 0
    assert "replicates=2" in (tmp_path / "report.html").read_text()
    assert main(["export", f"study={found['files']['store']}", f"path={tmp_path / 'out'}"]) == 0
    assert (tmp_path / "out" / "tutorial.nc").exists()


def test_exports_hold_what_the_study_holds(study: EnsembleStore, tmp_path: Path) -> None:
    world = view(study.url)
    for form in ("netcdf", "csv", "parquet"):
        export_study(study.url, form, tmp_path / form)
    with xr.open_dataset(tmp_path / "netcdf" / "tutorial.nc") as back:
        np.testing.assert_array_equal(back["deaths"], world.ds["deaths"])
        assert back["deaths"].attrs["units"] == "persons"
        assert json.loads(back.attrs["configuration"])["policies"] == ["baseline", "rescue"]
        assert len(back.attrs["scenario_hash"]) == 64
        assert back["time"].dt.year.to_numpy().tolist() == [2001]
    csv = pd.read_csv(tmp_path / "csv" / "tutorial" / "policy-replicate-time-leg.csv")
    parquet = pd.read_parquet(tmp_path / "parquet" / "tutorial" / "policy-replicate-time-leg.parquet")
    assert csv["attempts"].sum() == parquet["attempts"].sum() == float(world.ds["attempts"].sum())
    table = pd.read_csv(tmp_path / "csv" / "runs.csv")
    assert table["result_hash"].str.len().eq(64).all()
    assert table["departure_rate"].nunique() == 6


@pytest.mark.parametrize("verb", ["status", "report"])
def test_no_study_is_one_sentence(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "nowhere.zarr"]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert "nowhere.zarr" in complaint


def test_a_robust_question_needs_two_policies_and_something_uncertain() -> None:
    for overrides, words in ((["vary=[market]"], "baseline and at least"), (["policies=[baseline,rescue]"], "vary")):
        with pytest.raises(InvalidInput, match=words):
            robust_design(configured(RobustSettings, overrides))
