"""What the app makes of finished runs: digests, pictures, words, downloads."""

import datetime as dt
import io
import re
import shlex
import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from corridor.experiments.analysis.differences import paired_differences
from corridor.experiments.analysis.effects import MEANING
from corridor.experiments.analysis.groups import TOO_FEW
from corridor.experiments.reporting.boundaries import all_rings, boundaries
from corridor.experiments.runs.conf import configure
from corridor.experiments.runs.run import Job, simulate
from corridor.experiments.runs.settings import CompareSettings
from corridor.experiments.runs.world import World
from corridor.scenarios import load, load_policy
from corridor.scenarios.validation import validation
from corridor.views.answer import cards_html, sentences
from corridor.views.brief import brief_html
from corridor.views.charts import STATES, quarterly_table, states_table
from corridor.views.digest import SERIES, digest
from corridor.views.downloads import charts_zip, command, groups_csv, netcdf, policies_zip, series_csv, shortened
from corridor.views.evidence import evidence_on_differences, observed_table
from corridor.views.groups import DIVISIONS, groups_sentences, groups_table
from corridor.views.headline import headline_html, tone
from corridor.views.history import VERDICTS, like
from corridor.views.maps import difference_map, flow_map, legs_table
from corridor.views.package import corridor_of
from corridor.views.report import report_html
from corridor.views.results import answer_table, recorded
from corridor.views.tasks import Task
from corridor.views.trust import trust
from corridor.views.value import value_words
from tests.views.questions import PACKAGE, TITLES, question

PLACE, TODAY = "https://corridor.example/compare?x=1", dt.date(2026, 11, 29)


class TestDigest:
    def test_quarters_add_up_to_the_run(self, world):
        ds = simulate(Job(world, load_policy("baseline"), 0))
        reduced = digest(ds)
        whole = reduced["quarterly"].sum("quarter")
        for name, series in SERIES.items():
            assert float(whole.sel(series=name)) <= float(series.by_step(ds).sum()) + 1e-6
        assert reduced.sizes["quarter"] == 4

    def test_all_series_have_figures_to_draw(self, answered):
        for series in SERIES:
            table = quarterly_table(answered, series, TITLES)
            assert (table["low"] <= table["mean"] + 1e-9).all()
            assert set(table["package"]) == set(TITLES.values())

    def test_states_in_words(self, answered):
        assert set(states_table(answered)["state"]) == set(STATES.values())


class TestPictures:
    def test_headline_says_every_verdict_in_words(self, answered):
        five = answered.isel(replicate=[0, 1, 0, 1, 0]).assign_coords(replicate=range(5))
        table = paired_differences(five, "baseline")
        html = headline_html(table, TITLES)
        assert html.count("<tr>") == html.count('<th scope="row">') + 1
        assert set(table["finding"]) <= set(MEANING)
        assert all(finding in html for finding in table[table["policy"] == PACKAGE]["finding"])

    def test_only_harms_are_judged(self):
        assert [tone(name, "lower") for name in ("deaths", "cost_usd", "share_irregular")] == [
            "better",
            "lower",
            "lower",
        ]
        assert tone("victims", "higher") == "worse"

    def test_headline_escapes_what_it_is_told(self, answered):
        table = paired_differences(answered, "baseline")
        hostile = {**TITLES, PACKAGE: "<script>"}
        assert "<script>" not in headline_html(table, hostile)
        assert "<script>" not in cards_html(table, hostile, trust("tutorial"), {})

    def test_few_runs_have_no_finding(self, answered):
        table = paired_differences(answered, "baseline")
        assert set(table["finding"]) == {"too few runs"}
        assert "nothing can be said before 5 pairs" in sentences(table, TITLES)[0]
        assert "too few runs" in cards_html(table, TITLES, trust("tutorial"), {})

    @pytest.mark.parametrize("draw", [flow_map, difference_map])
    def test_map_layers_have_one_projection(self, answered, draw):
        corridor = load("tutorial")
        chart = draw(corridor, legs_table(corridor, answered, PACKAGE, "baseline")).to_dict()
        assert len(chart["layer"]) >= 3
        assert {layer["projection"]["type"] for layer in chart["layer"]} == {"mercator"}

    def test_boundaries_are_small_closed_and_not_drawn_below_an_invented_world(self):
        rings = all_rings()
        assert sum(len(ring) for ring in rings) < 6000
        for ring in rings:
            assert (ring[0] == ring[-1]).all()
            x, y = ring.T
            assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0, "clockwise"
        assert boundaries(load("tutorial")) == []
        assert len(boundaries(load("mediterranean"))) == len(rings)


@pytest.fixture(scope="module")
def whole(orders):
    """A question with its answer: five pairs of the toy world."""
    asked = question(packages=(PACKAGE, "own~ngo_rescue:8"), last=2001, replicates=5)
    task = Task(asked, asked.orders())
    world = World.of(CompareSettings(scenario="tutorial", agents=4000, end="2001-12-31"))
    for order in list(task.open):
        task.note(order, digest(simulate(Job(world, order.job.policy, order.seed))))
    return asked, task.dataset()


class TestReading:
    def test_groups_add_up_to_the_whole(self, whole):
        asked, ds = whole
        table = groups_table(ds, "people", "victims", corridor_of("tutorial"))
        whole_change = paired_differences(ds, "baseline").set_index(["policy", "metric"])["difference"]
        sums = table.groupby("policy")["difference"].sum()
        for policy in list(asked.titles)[1:]:
            assert sums[policy] == pytest.approx(whole_change[policy, "victims"])

    @pytest.mark.parametrize("division", DIVISIONS)
    def test_every_package_has_its_sentence(self, whole, division):
        asked, ds = whole
        table = groups_table(ds, division, "deaths", corridor_of("tutorial"))
        sentences = groups_sentences(table, asked.titles)
        assert len(sentences) == len(asked.packages)
        unclear = table[(table["low"] <= 0) & (table["high"] >= 0) & (table["difference"] != 0)]
        assert set(unclear["verdict"]) <= {"unclear", TOO_FEW}

    def test_price_is_named_only_when_runs_can_tell(self, whole):
        _, ds = whole
        cheap, dear = ds.copy(deep=True), ds.copy(deep=True)
        for data, saved, cost in ((cheap, -5000.0, -5.0), (dear, -5000.0, 500_000.0)):
            data["deaths"].loc[{"policy": "baseline"}] = 9000.0
            for name, step in (("deaths", saved), ("cost_usd", cost)):
                base = data[name].sel(policy="baseline")
                noise = np.array([0.98, 0.99, 1.0, 1.01, 1.02])
                data[name].loc[{"policy": PACKAGE}] = base.to_numpy() + step * noise
        assert "less than doing without" in value_words(cheap, PACKAGE, "deaths")
        assert value_words(dear, PACKAGE, "deaths").startswith("about 100 USD")
        same = ds.assign(deaths=ds["deaths"] * 0 + 5)
        assert "cannot tell" in value_words(same, PACKAGE, "deaths")

    def test_nothing_to_hold_the_toy_world_against(self, whole):
        _, ds = whole
        assert observed_table(ds, "baseline").empty
        table = answer_table(ds, whole[0])
        assert set(table["tested"]) == {"never tested"}
        assert "never tested" in headline_html(table, whole[0].titles, trust("tutorial"))

    def test_observations_are_told_beside(self):
        world = World.of(CompareSettings(scenario="mediterranean", agents=2000, start="2014-01-01", end="2015-12-31"))
        reduced = digest(simulate(Job(world, load_policy("baseline"), 0)))
        table = observed_table(reduced.expand_dims(policy=["baseline"], replicate=[0]), "baseline")
        assert set(table["kind"]) == {"detections", "deaths"}
        asked = question("mediterranean", 2014, 2015)
        assert set(recorded(table, asked)) == {"attempts", "deaths"}
        assert recorded(table, question("mediterranean", 2013, 2015)) == {}, "not every year is simulated here"


class TestTrust:
    def test_it_is_the_same_for_every_question_and_counts_real_events_alone(self):
        known = trust("mediterranean")
        assert known["cost_usd"].word == "never tested"
        assert re.fullmatch(
            r"direction never tested; levels (poor|mixed|good): \d+ of \d+ figures missed", known["victims"].word
        )
        assert trust("tutorial")["victims"].word == "never tested"
        for outcome in ("deaths", "attempts"):
            assert re.fullmatch(r"tested, (good|mixed|poor): direction right in \d+ of \d+ tests", known[outcome].word)

    def test_history_of_a_measure_tells_every_miss(self):
        tests = like(["search_and_rescue", "border_patrols", "shelter_places"], "mediterranean")
        assert set(tests) == {"Search and rescue", "More border patrols"}
        for table in tests.values():
            wrong = table["observed"].notna() & (table["simulated"] * table["observed"] < 0)
            assert set(table.loc[wrong, "answer"]) <= {VERDICTS[1]}
            assert set(table["answer"]) <= set(VERDICTS)


class TestDownloads:
    @pytest.fixture(scope="class")
    def report(self, whole):
        asked, ds = whole
        table, beside = paired_differences(ds, "baseline"), observed_table(ds, "baseline")
        return report_html(ds, table, beside, asked.titles, asked, PLACE, TODAY)

    def test_report_is_one_page_that_asks_for_nothing(self, report):
        html = report
        assert html.count('<svg role="img" aria-label=') == html.count("<svg") >= 5
        assert "*Method*" not in html
        assert "29 November 2026" in html
        assert "https://corridor.example/compare?corridor=tutorial&amp;years=" in html
        assert not re.search(r"""src=["']?http|@import|<script|<link""", html)
        for words in (
            "Not a forecast",
            "Border enforcement",
            "vessels: 2 without it, 10 with it",
            "Agreements with rescue organisations",
        ):
            assert words in html

    def test_a_caption_is_not_read_as_the_title_of_the_next_chart(self, report):
        figures = re.findall(r"<figure>(.*?)</figure>", report, re.DOTALL)
        assert figures
        assert all(figure.startswith("<figcaption>") for figure in figures)
        assert "<figcaption>Deaths, persons a quarter</figcaption>" in report
        assert all("Source: Corridor" in figure for figure in figures)

    def test_a_brief_has_question_answer_chart_and_map_and_no_code_of_its_author(self, whole):
        asked, ds = whole
        author = "<script>alert(1)</script> For the minister."
        html = brief_html(ds, asked.titles, asked, "<p>The answer.</p>", PLACE, author, TODAY)
        assert html.index("What if: ") < html.index("The answer.") < html.index("<svg") < html.index("Not a forecast")
        assert html.count("<figure>") == 2
        assert "&lt;script&gt;alert(1)&lt;/script&gt; For the minister." in html
        assert "corridor=tutorial" in html

    def test_pictures_of_charts_and_figures_that_people_can_read(self, whole, monkeypatch):
        asked, ds = whole
        monkeypatch.setattr("corridor.views.downloads.SERIES", {"deaths": SERIES["deaths"]})
        with zipfile.ZipFile(io.BytesIO(charts_zip(ds, asked.titles))) as archive:
            assert archive.read("deaths.png").startswith(b"\x89PNG")
        assert shortened(pd.DataFrame({"a": [357939.7079999999, np.nan]}))["a"].tolist()[0] == 357900

    def test_the_verdict_on_differences_is_not_dropped_from_its_sentence(self):
        sentence = evidence_on_differences("mediterranean").sentence
        for claim in validation("mediterranean"):
            if claim.claim in ("direction", "size") and claim.verdict == "not tested":
                assert "have not been held against the outcome of any real policy" in sentence
            elif claim.claim in ("direction", "size"):
                assert f"{claim.verdict.capitalize()}: {claim.use}" in sentence

    def test_netcdf_holds_every_run(self, whole, tmp_path):
        asked, ds = whole
        (tmp_path / "all.nc").write_bytes(netcdf(ds, asked))
        with xr.open_dataset(tmp_path / "all.nc") as back:
            assert back["deaths"].dims == ("policy", "replicate")
            np.testing.assert_array_equal(back["deaths"], ds["deaths"])
            assert "corridor=tutorial" in back.attrs["address"]

    def test_netcdf_says_the_unit_of_every_figure(self, whole, tmp_path):
        asked, ds = whole
        (tmp_path / "all.nc").write_bytes(netcdf(ds, asked))
        with xr.open_dataset(tmp_path / "all.nc") as back:
            assert len(back.data_vars) > 15
            for name, variable in back.data_vars.items():
                assert {"units", "long_name"} <= set(variable.attrs), name
            assert back["deaths"].attrs["units"] == "persons"
            assert dict(zip(back["series"].values, back["series_unit"].values, strict=True))["cost_usd"] == "USD"
            assert all("long_name" in back[name].attrs for name in ("policy", "replicate", "quarter"))

    def test_tables_have_all_packages(self, whole):
        asked, ds = whole
        for text in (series_csv(ds, asked.titles), groups_csv(ds, asked.titles, asked)):
            table = pd.read_csv(io.StringIO(text))
            assert set(asked.titles.values()) - {"Baseline"} <= set(table["package"])

    def test_command_and_files_compute_the_same_runs(self, whole, tmp_path, monkeypatch):
        asked, _ = whole
        with zipfile.ZipFile(io.BytesIO(policies_zip(asked))) as archive:
            archive.extractall(tmp_path)
        monkeypatch.chdir(tmp_path)
        _, _, *settings = shlex.split(command(asked, is_ready=False))
        told = configure(CompareSettings, settings)
        assert World.of(told).study(tmp_path).path.name == asked.world.study(tmp_path).path.name
        assert [load_policy(name) for name in told.policies] == asked.policies
