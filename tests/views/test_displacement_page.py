"""The Displacement page, and what a worker does with an upload."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from corridor.model.errors import InvalidInput
from corridor.views.board import Board
from corridor.views.camps import camp_chart, camp_map, camp_words, map_words
from corridor.views.displaced import UploadedCase, bundled_case, cases_of
from corridor.views.workers import RunFailed, Worker
from tests import ROOT
from tests.views.uploads import FILES, packed

PAGE = """
if __name__ == "__main__":
    from corridor.views import displacement
    displacement.page()
"""


TWO = packed(folders=("flee/inland", "flee/coast"))


def computed(data, seed=0, case=""):
    order = UploadedCase(data, seed, case)
    with order.workplace() as folder:
        ds = order.compute(folder, lambda share: None)
    assert not folder.exists()
    return ds


def test_a_case_is_run_and_scored_beside_a_naive_rule():
    ds = computed(packed())
    assert set(ds["camp"].to_numpy()) == {"Camp_East", "Camp_West"}
    assert ds["simulated"].isel(day=-1).sum() <= ds.attrs["people"] == 3000
    assert ds["error"] >= 0
    # 2000 and 1000 observed at the end, each 500 from the mean: a third of all counted, on every day with people.
    assert float(ds["naive_error"].sel(rule="equal")) == pytest.approx(1 / 3, abs=0.02)


def test_the_bundled_case_runs_and_is_the_same_upload_every_time():
    assert bundled_case() == bundled_case()
    assert computed(bundled_case()).attrs["people"] > 0


def test_same_upload_same_result_other_seed_other_result():
    assert computed(packed()).equals(computed(packed()))
    assert UploadedCase(packed(), 0).identity != UploadedCase(packed(), 1).identity


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"locations": "#x\nA,B\n"}, "locations.csv, line 2"),
        ({"sim_period": None}, "a case"),
        ({"routes": "#a,b,c\nAlta,Nowhere,60\n"}, "routes.csv, line 2"),
        ({"conflicts": "#Day,Alta\n0,high\n"}, "conflicts.csv: rows"),
        ({"next_east": None}, "next-east.csv"),
    ],
)
def test_a_broken_case_is_one_sentence_without_the_servers_directories(changed, words):
    with pytest.raises(InvalidInput) as caught:
        computed(packed(**changed))
    assert words in str(caught.value)
    assert "corridor-upload-" not in str(caught.value)
    assert "/tmp" not in str(caught.value)


def test_one_of_several_cases_is_chosen():
    assert cases_of(TWO) == ["coast", "inland"]
    assert computed(TWO, case="inland").attrs["case"] == "inland"
    for case in ("", "elsewhere"):
        with pytest.raises(InvalidInput, match="one of coast, inland"):
            computed(TWO, case=case)
    assert UploadedCase(TWO, 0, "coast").identity != UploadedCase(TWO, 0, "inland").identity


def test_pictures_of_a_case():
    ds = computed(packed()).expand_dims(replicate=[0])
    spec = camp_map(ds, 10).to_dict()
    tables = [rows for rows in spec["datasets"].values() if "which" in rows[0]]
    rows = {(row["camp"], row["which"]) for row in tables[0]}
    assert rows == {(camp, which) for camp in ("Camp_East", "Camp_West") for which in ("observed", "simulated")}
    assert "Alta" in str(spec["datasets"])  # where people flee from has a name
    assert camp_chart(ds, "Camp_East").to_dict()["title"]["text"] == "Camp_East"
    assert "2,000 observed" in camp_words(ds, "Camp_East")
    assert map_words(ds, 29).startswith("Map of camps on 30 May 2015, the largest: Camp_East 2,000 observed")


@pytest.mark.slow
def test_a_worker_survives_broken_uploads_and_bugs(monkeypatch):
    worker = Worker()
    try:
        with pytest.raises(InvalidInput):
            worker.run(UploadedCase(b"no zip", 0), lambda share: None, lambda: False)
        with pytest.raises(RunFailed, match="TypeError"):
            worker.run(UploadedCase("not bytes", 0), lambda share: None, lambda: False)
        assert "error" in worker.run(UploadedCase(packed(), 0), lambda share: None, lambda: False)
    finally:
        worker._process.kill()


class Here(Worker):
    """Computes in the thread that asks."""

    def __init__(self):
        pass

    def run(self, order, news, is_stopped):
        with order.workplace() as folder:
            return order.compute(folder, news)


def give(script, data):
    """Upload a zip file, or the files of a folder."""
    if isinstance(data, bytes):
        script.file_uploader[0].upload("case.zip", data, "application/zip").run()
    else:
        script.radio[0].set_value("a folder").run()
        script.file_uploader[0].set_value(data).run()


def wait(script):
    until = time.monotonic() + 60
    while script.session_state["displacement-task"].is_live and time.monotonic() < until:
        time.sleep(0.05)


class TestPage:
    @pytest.fixture
    def uploaded(self, monkeypatch, tmp_path):
        board = Board(1, Here)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(ROOT))
        monkeypatch.setattr("corridor.views.displacement.board", lambda: board)

        def look(data):
            script = AppTest.from_string(PAGE, default_timeout=120).run()
            if data is None:
                script.button[0].click().run()
            else:
                give(script, data)
            wait(script)
            return script.run()

        return look

    def test_a_good_case(self, uploaded):
        script = uploaded(packed())
        assert not script.exception
        assert script.header[0].value == "tiny"
        assert "naive rules" in " ".join(markdown.value for markdown in script.markdown)

    def test_a_case_of_several(self, uploaded):
        script = uploaded(TWO)
        assert script.header[0].value == "coast"
        script.selectbox[0].select("inland").run()
        wait(script)
        assert script.run().header[0].value == "inland"

    def test_a_folder(self, uploaded):
        files = [(f"tiny/{name}", content.encode(), "text/csv") for name, content in FILES.items()]
        assert uploaded(files).header[0].value == "tiny"

    def test_a_folder_with_too_many_files_is_told(self, monkeypatch):
        monkeypatch.syspath_prepend(str(ROOT))
        monkeypatch.setattr("corridor.views.upload.MOST_ENTRIES", 2)
        script = AppTest.from_string(PAGE, default_timeout=120).run()
        give(script, [(f"tiny/{name}", content.encode(), "text/csv") for name, content in FILES.items()])
        assert "1 to 2 files" in script.error[0].value

    @pytest.mark.parametrize("data", [packed(locations="#x\nA,B\n"), b"PK no zip"])
    def test_a_bad_one_is_told(self, uploaded, data):
        script = uploaded(data)
        assert not script.exception
        assert "cannot be run" in script.error[0].value

    def test_nothing_uploaded(self, monkeypatch):
        monkeypatch.syspath_prepend(str(ROOT))
        script = AppTest.from_string(PAGE, default_timeout=120).run()
        assert not script.exception
        assert any("No case yet" in info.value for info in script.info)

    def test_the_invented_case(self, uploaded):
        script = uploaded(None)
        assert not script.exception
        assert script.header[0].value == r"displacement\_tutorial"
        assert any("Judge by the error without capacities" in warning.value for warning in script.warning)
        assert not any("Natural Earth" in caption.value for caption in script.caption)
        rules = script.table[0].value["error (ARD)"].astype(float)
        assert rules["Corridor, knowing the camps' capacities"] < rules["Corridor, without capacities"]
        assert rules["Flee's rule"] > 0

    def test_a_date_far_away_is_told(self, uploaded):
        script = uploaded(packed(sim_period="StartDate,9999-05-01\nLength,30\n"))
        assert not script.exception
        assert "1900" in script.error[0].value
