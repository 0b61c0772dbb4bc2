"""The scorecard: what it prints, what is missed, and that no figure gets worse from release to release."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridor.calibration.scorecard import (
    AIMS,
    Aim,
    card,
    forecast_scores,
    journey_scores,
    last_card,
    natural_scores,
    published,
    reanalysis_scores,
    rows,
    worse,
)
from corridor.experiments.commands.shell import main
from corridor.scenarios.scores import Score, keep_scores, scores, scores_of, write_scores
from docs import make_scorecard

BACK, COVERED = (
    next(aim for aim in AIMS if aim.figure == name) for name in ("journeys_back_share", "forecast.coverage_90")
)


def score(aim: Aim, value: float, noise: float | None = None) -> dict[str, Score]:
    """Return one figure as a table of them."""
    return {aim.figure: Score(figure=aim.figure, value=value, noise=noise, command="by hand")}


def test_no_figure_is_worse_than_on_the_last_card_by_more_than_its_noise() -> None:
    kept = last_card("mediterranean")
    assert kept is not None
    assert worse(scores_of("mediterranean"), kept[1]) == []


def test_what_is_worse_is_told() -> None:
    assert worse(score(BACK, 0.10), score(BACK, 0.02))[0].startswith("journeys_back_share: 10 %, 2 % before")
    assert worse(score(BACK, 0.06), score(BACK, 0.02)) == []  # within the assumed noise of a share
    assert worse(score(BACK, 0.06, 0.001), score(BACK, 0.02, 0.001)) != []
    assert worse(score(BACK, 0.01), score(BACK, 0.02)) == []
    assert worse(score(COVERED, 0.99), score(COVERED, 0.90)) == []  # 4 % beyond its range: within the noise
    assert worse(score(COVERED, 0.75), score(COVERED, 0.94)) != []
    assert "no longer measured" in worse({}, score(BACK, 0.02))[0]


def test_misses_come_first_and_what_is_missing_before_what_is_reached() -> None:
    told = rows(score(BACK, 0.02) | score(COVERED, 0.99))
    assert [told[0]["reached"], told[1]["reached"], told[-1]["reached"]] == [False, None, True]
    assert told[0]["now"] == "99 %" and told[0]["must"] == "85 % to 95 %"


def test_figures_of_forecasts_and_events() -> None:
    means = {"corridor": 0.6, "persistence": 1.0, "seasonal_naive": 0.9, "ets": 0.8, "ar": 0.85}
    routes = {"Sea": {"mean_crps": means}, "Land": {"mean_crps": {**means, "corridor": 0.84}}}
    figures = {
        "mean_crps": means,
        "without_simulation": {"mean_crps": 0.7},
        "coverage": {"90": 0.91},
        "by_route": routes,
    }
    told = {found.figure: found.value for found in forecast_scores(figures)}
    assert told["forecast.over_best_rule"] == pytest.approx(0.75)
    assert told["forecast.worst_route"] == pytest.approx(1.05)
    assert told["forecast.ets"] == 0.8 and told["forecast.without_simulation"] == 0.7
    cells = pd.DataFrame(
        [("eu_turkey", "detections", "Eastern Mediterranean", np.log(0.1), True, -2.0, -3.0, True),
         ("aspida", "attempts", "", 0.0, False, 0.0, np.nan, None)],
        columns=["event", "indicator", "at", "effect", "right_sign", "median", "observed", "inside"],
    )  # fmt: skip
    found = {one.figure: one.value for one in natural_scores(cells)}
    assert found == {"natural.sign": 0.5, "natural.median_off": 1.0, "natural.eu_turkey": pytest.approx(-0.9)}


def test_figures_of_a_reanalysis_and_of_journeys() -> None:
    row = {"reanalysis": 1.6, "mechanisms": 3.5, "constant": 4.0, "last_year": 3.9, "coverage_90": 0.88}
    measures = pd.DataFrame({"detections_route_month": row, "detections_route_year": row}).T
    told = {found.figure: found.value for found in reanalysis_scores(measures)}
    assert told["detections_route_month.constant"] == 4.0 and told["coverage_90.detections_route_month"] == 0.88
    assert "detections_route_year.constant" not in told  # those of other years stand there
    back, soon = journey_scores(np.array([0.01, 0.03]), np.array([0.5, 0.7]))
    assert (back.value, soon.value) == pytest.approx((0.02, 0.6)) and back.noise == pytest.approx(0.0164, abs=1e-4)


def test_a_table_of_scores_keeps_what_others_measured(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    keep_scores(tmp_path / "world", score(BACK, 0.02, 0.001).values())
    keep_scores(tmp_path / "world", score(COVERED, 0.9).values())
    assert scores_of(tmp_path / "world") == score(BACK, 0.02, 0.001) | score(COVERED, 0.9)
    write_scores(tmp_path / "card.csv", score(BACK, 0.02).values())
    assert scores(tmp_path / "card.csv") == score(BACK, 0.02)


def test_the_page_is_up_to_date() -> None:
    assert make_scorecard.PAGE.read_text(encoding="utf-8") == make_scorecard.page(published("mediterranean")), (
        "run python -m docs.make_scorecard"
    )


def test_the_card_from_the_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scorecard", "report=json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == card(scores_of("mediterranean"))
    assert {"mechanisms", "reanalysis", "constant", "last_year"} <= set(told["detections_route_year"])
    assert {"sign", "median_off", "eu_turkey", "italy_libya"} <= set(told["natural"])
    assert {"corridor", "persistence", "seasonal_naive", "ets", "ar", "without_simulation"} <= set(told["forecast"])
    assert main(["scorecard"]) == 0
    assert "MISSED" in capsys.readouterr().out
    for wrong in (["scenario=tutorial"], ["recompute=true", "parts=[magic]"], ["recompute=true", "parts=[mechanisms]"]):
        assert main(["scorecard", *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
