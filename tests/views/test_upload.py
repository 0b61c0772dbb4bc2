import io
import stat
import struct
import zipfile

import pytest

from corridor.model.errors import InvalidInput
from corridor.views import upload
from corridor.views.upload import unpack

TABLE = b"#name,region,country\nA,B,C\n"


def packed(files, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def refused(data, folder, match):
    with pytest.raises(InvalidInput, match=match):
        unpack(data, folder)
    assert list(folder.iterdir()) == []
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    return inside


@pytest.mark.parametrize("top", ["", "mali2012/"])
def test_good_zip_is_unpacked_and_its_only_folder_found(folder, top):
    files = [(f"{top}input_csv/locations.csv", TABLE), (f"{top}source_data/data_layout.csv", b"a,b\n")]
    root = unpack(packed(files), folder)
    assert (root / "input_csv" / "locations.csv").read_bytes() == TABLE
    assert (root / "source_data" / "data_layout.csv").exists()


def test_litter_of_operating_systems_is_left_out(folder):
    files = [("input_csv/a.csv", TABLE), ("__MACOSX/input_csv/._a.csv", b"\0\0"), ("input_csv/.DS_Store", b"\0")]
    unpack(packed(files), folder)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["a.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "../escape.csv", "a/../../escape.csv", "/etc/escape.csv", "C:/escape.csv", "a\\..\\escape.csv", "a//b.csv",
        "./a.csv", "a/.hidden.csv", "~/a.csv", "a\n.csv", "%s.csv", "{0}.csv", "a;ls.csv", "$(ls).csv", "ä.csv",
        "a/b/c/d/e.csv", "x" * 200 + ".csv", "-rf.csv",
    ],
)  # fmt: skip
def test_names_that_are_not_plain_are_refused(folder, name):
    refused(packed([("a.csv", TABLE), (name, TABLE)]), folder, "upload: name")


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644])
def test_links_and_devices_are_refused(folder, mode):
    refused(packed([(entry("a.csv", mode), b"/etc/passwd")]), folder, "no links")


@pytest.mark.parametrize("name", ["run.py", "a.zip", "a.sh", "a", "a.csv.pkl", "a.xlsx"])
def test_only_text_tables_are_taken(folder, name):
    refused(packed([(name, TABLE)]), folder, "text files")


def test_packed_and_binary_contents_are_refused_whatever_their_name(folder):
    refused(packed([("a.csv", packed([("b.csv", TABLE)]))]), folder, "nothing packed")
    refused(packed([("a.csv", b"\x7fELF\0\0")]), folder, "nothing packed")
    refused(packed([("a.csv", b"\xff\xfe,1\n")]), folder, "UTF-8")


def test_bombs_are_refused(folder, monkeypatch):
    monkeypatch.setattr(upload, "MOST_UNPACKED_BYTES", 3_000_000)
    monkeypatch.setattr(upload, "MOST_FILE_BYTES", 1_000_000)
    bomb = packed([("a.csv", b"0" * 50_000_000)])
    assert len(bomb) < 100_000
    refused(bomb, folder, "1,000,000 bytes or less")
    refused(packed([(f"{n}.csv", b"0" * 900_000) for n in range(4)]), folder, "300,000 bytes or less")


def test_a_size_that_lies_does_not_help(folder, monkeypatch):
    """The header says ten bytes; what unpacks is counted."""
    monkeypatch.setattr(upload, "MOST_FILE_BYTES", 1_000_000)
    data = bytearray(packed([("a.csv", b"0" * 5_000_000)]))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    refused(bytes(data), folder, "allowed")


def test_too_many_entries_and_too_many_bytes_are_refused(folder, monkeypatch):
    refused(packed([(f"{n}.csv", b"") for n in range(upload.MOST_ENTRIES + 1)]), folder, "entries")
    refused(packed([]), folder, "entries")
    monkeypatch.setattr(upload, "MOST_BYTES", 100)
    refused(packed([("a.csv", TABLE * 20)]), folder, "size")


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_zip_is_refused(folder, data):
    refused(data, folder, "undamaged zip")


def test_a_damaged_zip_is_refused(folder):
    data = packed([("a.csv", bytes(range(1, 128)) * 400)])
    refused(data[: len(data) // 2], folder, "undamaged zip")
    broken = bytearray(data)
    broken[60:90] = b"\xff" * 30
    refused(bytes(broken), folder, "undamaged zip")


def test_names_that_differ_in_case_only_are_refused(folder):
    refused(packed([("a.csv", TABLE), ("A.csv", TABLE)]), folder, "each name once")


@pytest.mark.parametrize("names", [("a.csv", "a.csv/b.csv"), ("a.csv/b.csv", "a.csv"), ("A.csv", "a.csv/b/c.csv")])
def test_a_file_and_a_folder_of_one_name_are_refused_not_a_traceback(folder, names):
    refused(packed([(name, TABLE) for name in names]), folder, "each name once")


def test_password_is_refused(folder):
    data = bytearray(packed([("a.csv", TABLE)], zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    refused(bytes(data), folder, "password")


def test_a_folder_is_packed_the_same_every_time_and_comes_out_as_it_was(folder):
    files = {"mali/input_csv/locations.csv": TABLE, "mali/source_data/data_layout.csv": b"a,b\n"}
    data = upload.packed(files)
    assert data == upload.packed(dict(reversed(files.items())))
    root = unpack(data, folder)
    assert {f"mali/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*.csv")} == files


@pytest.mark.parametrize(
    ("limit", "match"), [("MOST_ENTRIES", "upload: entries"), ("MOST_UNPACKED_BYTES", "upload: size")]
)
def test_a_folder_too_large_is_refused(monkeypatch, limit, match):
    monkeypatch.setattr(upload, limit, 1)
    with pytest.raises(InvalidInput, match=match):
        upload.packed({"a.csv": TABLE, "b.csv": TABLE})


def test_folders_that_hold_a_file_are_found_by_name_alone():
    names = ["flee/car/in/p.csv", "flee/mali/in/p.csv", "flee/mali/in/q.csv", "p.csv", "flee/$(ls)/in/p.csv"]
    assert upload.folders_with(packed([(name, TABLE) for name in names]), "in/p.csv") == ["car", "mali"]
    assert upload.folders_with(b"PK no zip", "in/p.csv") == []
