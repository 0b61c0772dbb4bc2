"""Text and tables of strangers: in an address, an upload or a store. Shown as they are, bounded in what they cost."""

import csv
import io
import re
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from corridor.displacement.engine.size import bytes_needed
from corridor.displacement.flee import read_case, write_case
from corridor.experiments.reporting.outputs import write_life_events
from corridor.experiments.runs.store import export_csv
from corridor.experiments.runs.tables import csv_text
from corridor.model.errors import InvalidInput
from corridor.model.trace import LifeEvent
from corridor.views import displaced
from corridor.views.displaced import UploadedCase
from corridor.views.happening import Happening
from corridor.views.package import Package
from corridor.views.words import WORD_JOINER, plain
from tests import ROOT
from tests.views.questions import SECONDS
from tests.views.uploads import FILES, packed

PICTURE = "![x](https://evil.example/x.png)"
FORMULAS = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "＝1+1"]
PAGE = """
if __name__ == "__main__":
    from corridor.views import {name}
    {name}.page()
"""


def opened(name, **query):
    script = AppTest.from_string(PAGE.format(name=name), default_timeout=SECONDS)
    for key, value in query.items():
        script.query_params[key] = value
    return script.run()


def refusal(data):
    """Return the sentence with which an upload is refused."""
    order = UploadedCase(data, 0)
    with order.workplace() as folder, pytest.raises(InvalidInput) as caught:
        order.compute(folder, lambda share: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            PICTURE,
            "[x](//evil.example)",
            "<img src=x>",
            "# x",
            "**x**",
            "`x`",
            "$x$",
            ":red[x]",
            "a_b_c",
            "\\*x*",
            "a|b",
        ],
    )
    def test_every_mark_of_markdown_is_escaped(self, text):
        shown = plain(text)
        taken_off = shown.replace(WORD_JOINER, "").replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
        assert taken_off == text
        bare = shown.replace("\\\\", "")
        marks = [place for place, letter in enumerate(bare) if letter in "![]()<>#*`$:_|"]
        assert all(bare[place - 1] == "\\" for place in marks)

    @pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "a@evil.example", ":material/home:"])
    def test_what_becomes_a_link_or_picture_by_itself_is_taken_apart(self, text):
        assert WORD_JOINER in plain(text)

    def test_line_ends_and_marks_of_direction_do_not_leave_the_sentence(self):
        assert plain("a\n\n- b\u202ec\u2028d") == "a \\- b c d"

    @pytest.mark.parametrize("name", ["corridor", "packages"])
    def test_a_link_does_not_put_a_strangers_picture_into_the_apps_own_error(self, name):
        script = opened("compare", **{"corridor": "tutorial", name: PICTURE})
        assert not script.exception
        (error,) = script.error
        assert "evil" in error.value
        assert plain(PICTURE)[:20] in error.value
        assert "![" not in error.value

    def test_no_page_shows_the_text_of_an_error_as_markdown(self):
        """Whatever an error tells may be a stranger's; every page passes it through `plain`."""
        for file in (ROOT / "views").glob("*.py"):
            if file.name not in ("board.py", "workers.py"):  # these write the sentence, the pages show it
                assert not re.search(r"\{(task\.)?error\}", file.read_text(encoding="utf-8")), file.name

    def test_a_refused_upload_does_not_put_a_strangers_picture_into_the_error(self, monkeypatch):
        class Refused:
            def ask(self, *_):
                raise InvalidInput("upload", "name", PICTURE, "a plain name")

        monkeypatch.setattr("corridor.views.displacement.board", Refused)
        script = opened("displacement")
        script.file_uploader[0].upload("case.zip", packed(), "application/zip").run()
        assert plain(PICTURE) in script.error[0].value


class TestTables:
    @pytest.mark.parametrize("formula", FORMULAS)
    def test_a_formula_does_not_reach_a_spreadsheet(self, formula):
        table = pd.DataFrame({formula: [1], "text": [formula], "kind": pd.Categorical([formula])})
        header, row = csv.reader(io.StringIO(csv_text(table)))
        assert [header[0], row[1], row[2]] == [f"'{formula}"] * 3

    def test_numbers_and_ordinary_text_stay_as_they_are(self):
        table = pd.DataFrame({"number": [-1.5, 2.0], "text": ["-1.5", "a=b"], "none": [None, float("nan")]})
        assert csv_text(table) == "number,text,none\n-1.5,-1.5,\n2.0,a=b,\n"

    def test_a_formula_does_not_reach_life_events(self, tmp_path):
        event = LifeEvent(1, "2001-01-01", "=1+1", "left home", 1.0, 0.0, "@SUM(A1)")
        files = write_life_events([event], tmp_path / "store.zarr", "x")
        text = Path(files["life_events"]).read_text()
        assert text.endswith("1,2001-01-01,'=1+1,left home,1.0,0.0,'@SUM(A1)\n")

    def test_a_formula_does_not_reach_an_export(self, tmp_path):
        ds = xr.Dataset({"people": ("place", [1.0])}, coords={"place": ["=1+1"]})
        assert (export_csv(ds, tmp_path / "out") / "place.csv").read_text() == "place,people\n'=1+1,1.0\n"

    def test_a_formula_in_a_place_does_not_reach_an_exported_case(self, tmp_path):
        for name, content in FILES.items():
            file = tmp_path / "case" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content.replace("Camp_East", "=1+1"))
        again = write_case(read_case(tmp_path / "case"), tmp_path / "out")
        assert "'=1+1" in read_case(again).places.names


class TestCosts:
    @pytest.fixture
    def large(self):
        """A small upload with many days and roads: in one table a cell for every day and road."""
        days, places = 20_000, 400
        names = [f"P{number}" for number in range(places)]
        places_csv = FILES["input_csv/locations.csv"] + "".join(f"{name},A,Home,0,30,town,,\n" for name in names)
        roads = "#name1,name2,distance\n" + "".join(f"{a},{b},500\n" for a in names[:20] for b in names[20:])
        conflicts = "#Day,Alta\n" + "0,1\n" * days
        return packed(
            locations=places_csv, routes=roads, conflicts=conflicts, sim_period=f"StartDate,2015-05-01\nLength,{days}\n"
        )

    def test_a_small_upload_does_not_take_gigabytes(self, large):
        assert len(large) < 100_000
        tracemalloc.start()
        try:
            sentence = refusal(large)
            assert "MB of memory" in sentence
            assert "20,000 days" in sentence
            assert tracemalloc.get_traced_memory()[1] < 100_000_000
        finally:
            tracemalloc.stop()

    def test_a_file_of_short_lines_does_not_take_gigabytes(self):
        data = packed(next_east="0,1\n" * 4_000_000)
        assert len(data) < 100_000
        assert "4,000,001 lines" in refusal(data)

    def test_one_file_named_for_many_series_does_not_take_gigabytes(self, monkeypatch):
        monkeypatch.setattr(displaced, "MOST_CASE_BYTES", 3_000_000)
        many = FILES["source_data/data_layout.csv"] + "".join(f"Other_{n},next-east.csv\n" for n in range(100))
        rows = "2015-05-01,0\n" + "".join(f"{2016 + n // 12}-{n % 12 + 1:02}-01,{n}\n" for n in range(2000))
        assert "counts so far" in refusal(packed(data_layout=many, next_east=rows))

    def test_memory_is_reckoned_as_it_is_taken(self, monkeypatch):
        """What a case needs by `bytes_needed` is what it takes at most; its people and the reading come on top."""
        days, names = 400, [f"P{number}" for number in range(200)]
        places_csv = FILES["input_csv/locations.csv"] + "".join(f"{name},A,Home,0,30,town,,\n" for name in names)
        roads = FILES["input_csv/routes.csv"] + "".join(f"{a},{b},500\n" for a in names[:40] for b in names[40:])
        data = packed(
            locations=places_csv, routes=roads, conflicts="#Day,Alta\n" + "0,1\n" * days,
            sim_period=f"StartDate,2015-05-01\nLength,{days}\n",
        )  # fmt: skip
        reckoned = bytes_needed(days, 204, 2 * (3 + 40 * 160), 2, 3)
        order, tiny = UploadedCase(data, 0), UploadedCase(packed(), 0)
        with tiny.workplace() as folder:
            tiny.compute(folder, lambda share: None)  # compiling takes memory of its own
        tracemalloc.start()
        try:
            with order.workplace() as folder:
                order.compute(folder, lambda share: None)
            taken = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        # The page runs the case without capacities and by Flee's rule, too.
        assert 0.4 * reckoned < taken < 1.5 * reckoned + 30_000_000


class TestNonsense:
    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"sim_period": "StartDate,9999-05-01\nLength,300\n"}, "StartDate is"),
            ({"sim_period": "StartDate,9999-12-31\nLength,20000\n"}, "StartDate is"),
            ({"sim_period": "StartDate,0001-01-01\nLength,30\n"}, "StartDate is"),
            ({"sim_period": "StartDate,2200-12-25\nLength,30\n"}, "StartDate is"),
            ({"locations": FILES["input_csv/locations.csv"].replace("100000", "1e308")}, "population is '1e308'"),
            ({"locations": FILES["input_csv/locations.csv"].replace("31.5", "2900")}, "longitude is '2900'"),
            ({"locations": FILES["input_csv/locations.csv"].replace("0.0,30.5", "91,30.5")}, "latitude is '91'"),
            ({"locations": FILES["input_csv/locations.csv"].replace("50000", "50_000")}, "population is '50_000'"),
            ({"routes": FILES["input_csv/routes.csv"].replace("170", "1e300")}, "distance is '1e300'"),
            ({"conflicts": FILES["input_csv/conflicts.csv"].replace("3,1", "3,1e308")}, "Alta is '1e308'"),
            ({"next_east": "2015-05-01,0\n2015-05-30,1e15\n"}, "count is '1e15'"),
            ({"next_east": f'2015-05-01,0\n2015-05-30,"{"1" * 140_000}"\n'}, "next-east.csv, line 2"),
        ],
    )
    def test_nonsense_in_an_upload_is_one_sentence_not_a_traceback(self, changed, words):
        assert words in refusal(packed(**changed))

    def test_corrections_that_explode_are_one_sentence_not_a_traceback(self):
        dates = [f"2015-05-{day:02}" for day in range(1, 22)]
        rows = "".join(f"{date},{10_000_000_000 if day % 2 else 1}\n" for day, date in enumerate(dates))
        corrections = "".join(f"Camp_East,{date}\n" for date in dates[1::2])
        assert "people in Camp_East" in refusal(packed(next_east=rows, registration_corrections=corrections))

    @pytest.mark.parametrize(
        "text", ["drought:1:2001:9999", "drought:1:9999:1", "drought:1:2001:201", "drought:1:2001.5:1"]
    )
    def test_a_shock_near_the_year_9999_is_one_sentence_not_a_traceback(self, text):
        with pytest.raises(InvalidInput, match="shock: year"):
            Happening.of_text("tutorial", text)

    def test_a_measure_twice_in_a_link_is_refused(self):
        with pytest.raises(InvalidInput, match="each measure once"):
            Package.of_text("tutorial", "own~ngo_rescue:1~ngo_rescue:2")
