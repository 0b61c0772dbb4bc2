"""The Experiments page and what it reads of studies."""

import shlex

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from corridor.experiments.runs.settings import EnsembleSettings
from corridor.experiments.studies.design import Plan
from corridor.experiments.studies.ensemble import run_ensemble
from corridor.experiments.studies.experiment import configured, ensemble_design
from corridor.experiments.studies.store import EnsembleStore
from corridor.model.errors import InvalidInput
from corridor.views import learnt
from corridor.views.studies import listed, opened, ranks, recipe, sensitivity_table
from tests import ROOT
from tests.workers import as_threads

PAGE = """
if __name__ == "__main__":
    from corridor.views import research
    research.page()
"""
SETTINGS = [
    "scenarios=[tutorial]", "policies=[baseline,rescue]", "vary=[departure_rate]", "samples=12", "agents=300",
    "end=2001-03-31", 'title="What if, and why?"',
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory with one finished study and one with no run."""
    place = tmp_path_factory.mktemp("server")
    design = ensemble_design(configured(EnsembleSettings, SETTINGS))
    with as_threads():
        run_ensemble(design, place / "results" / "done.zarr", number=1)
    EnsembleStore.prepare(place / "results" / "begun.zarr", Plan(design))
    (place / "results" / "broken.zarr").mkdir()
    (place / "results" / "broken.zarr" / ".zattrs").write_text("{")
    return place


@pytest.fixture
def page(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(ROOT))

    def look(study):
        script = AppTest.from_string(PAGE, default_timeout=120)
        script.query_params["study"] = study
        return script.run()

    return look


@pytest.mark.slow
class TestStudies:
    def test_only_studies_of_the_folder_are_listed_and_opened(self, folder):
        assert {study.name for study in listed(folder / "results")} == {"done.zarr", "begun.zarr"}
        assert listed(folder / "nowhere") == []
        for name in ("../results/done.zarr", "/etc", "broken.zarr", ""):
            with pytest.raises(InvalidInput, match="allowed: "):
                opened(name, folder / "results")

    def test_the_command_makes_the_same_study(self, folder):
        store = opened("done.zarr", folder / "results")
        command, text = recipe(store)
        program, verb, *settings = shlex.split(command)
        assert (program, verb) == ("corridor", "ensemble")
        again = Plan(ensemble_design(configured(EnsembleSettings, settings)))
        assert {**store.attrs["identity"]} == {**again.identity, "worlds": store.attrs["identity"]["worlds"]}
        assert again.design.title == "What if, and why?"
        assert "departure_rate" in text

    def test_ranks_find_what_drives_departures(self, folder):
        table = ranks(opened("done.zarr", folder / "results"), "baseline")
        attempts = table.set_index("outcome").loc["attempts"]
        # Twelve samples over two decades of the rate: the correlation is near 1, far from its error of 0.3.
        assert attempts["correlation"] > 0.5
        assert attempts["low"] <= attempts["correlation"] <= attempts["high"]
        assert ranks(opened("begun.zarr", folder / "results"), "baseline").empty

    def test_indices_of_a_sensitivity_are_read_beside_the_study(self, tmp_path):
        assert sensitivity_table("one.zarr", tmp_path) is None
        pd.DataFrame({"factor": ["a"], "mu_star": [1.0]}).to_csv(tmp_path / "one-sensitivity.csv", index=False)
        assert list(sensitivity_table("one.zarr", tmp_path)["factor"]) == ["a"]


@pytest.mark.slow
class TestPage:
    @pytest.mark.parametrize("study", ["done.zarr", "begun.zarr", "../../etc"])
    @pytest.mark.parametrize("view", ["Policies", "Sensitivity", "Robustness", "Reproduce"])
    def test_every_view_of_every_study(self, page, study, view):
        script = page(study)
        script.pills(key="study-view").set_value(view).run()
        assert not script.exception
        assert not script.error
        if (study, view) == ("done.zarr", "Reproduce"):
            assert script.code[0].value.startswith("corridor ensemble")

    def test_progress_is_told(self, page):
        figures = {metric.label: metric.value for metric in page("begun.zarr").metric}
        assert (figures["Finished"], figures["Missing"]) == ("0", "24")

    def test_no_study_yet(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(ROOT))
        script = AppTest.from_string(PAGE, default_timeout=120).run()
        assert not script.exception
        assert "No study yet" in script.info[0].value


def test_posterior_beside_its_range(tmp_path, monkeypatch):
    assert learnt.posterior_table("tutorial").empty
    monkeypatch.setattr(learnt, "scenario_directory", lambda name: tmp_path)
    draws = [0.001 * step for step in range(1, 101)]
    pd.DataFrame({"departure_rate": draws, "unknown": draws}).to_csv(tmp_path / learnt.POSTERIOR, index=False)
    row = learnt.posterior_table("tutorial").iloc[0]
    assert row["5 %"] < row["median"] < row["95 %"]
