"""Uploads: small text tables in a zip file, checked before anything is written to disk.

A directory is packed into a zip file first, so that all uploads take one way. Nothing in an upload is run. Names decide
where files go only after they have been taken apart and checked; sizes are counted while reading, because a zip file
may lie about them.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from corridor.model.errors import InvalidInput

MOST_BYTES = 5_000_000
MOST_ENTRIES = 300
MOST_UNPACKED_BYTES = 60_000_000
MOST_FILE_BYTES = 20_000_000
MOST_DEPTH = 4
KINDS = (".csv", ".yml", ".yaml", ".txt", ".md")
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .'-]{0,79}")
# What operating systems and editors leave behind; not read.
LITTER = re.compile(r"(^|/)(__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*|\.~lock[^/]*)(/|$)|~$")
CHUNK = 65_536
# What Python's readers of zip files raise at damaged ones.
DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError, EOFError, OSError,
    ValueError, RuntimeError,
)  # fmt: skip
WHAT = "upload"


def unpack(data: bytes, folder: Path) -> Path:
    """Write the files of an uploaded zip below a folder, or refuse it whole.

    Parameters
    ----------
    data : bytes
        The zip file.
    folder : path
        An empty directory.

    Returns
    -------
    path
        The directory that holds the files: the folder, or the only directory in it.

    Raises
    ------
    InvalidInput
        If the upload is no zip file, too large, or holds anything but small text files with plain names: one sentence
        that says what and what is allowed. Nothing has been written then.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInput(WHAT, "size", f"{len(data):,} bytes", f"up to {MOST_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _contents(archive)
    except InvalidInput:
        raise
    except DAMAGED as error:
        raise InvalidInput(WHAT, "file", f"not readable ({type(error).__name__})", "an undamaged zip file") from None
    for path, content in files.items():
        target = folder.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    tops = {path.parts[0] for path in files if len(path.parts) > 1}
    return folder / tops.pop() if len(tops) == 1 and all(len(path.parts) > 2 for path in files) else folder


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file of files by path; the same files always make the same zip file.

    Raises
    ------
    InvalidInput
        If there are more files, or more bytes in all, than `unpack` would take.
    """
    size = sum(len(content) for content in files.values())
    if len(files) > MOST_ENTRIES:
        raise InvalidInput(WHAT, "entries", len(files), f"1 to {MOST_ENTRIES} files and folders")
    if size > MOST_UNPACKED_BYTES:
        raise InvalidInput(WHAT, "size", f"{size:,} bytes", f"up to {MOST_UNPACKED_BYTES:,} bytes")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def folders_with(data: bytes, file: str) -> list[str]:
    """Return the names of the folders of a zip file in which there is a file; nothing is unpacked.

    Parameters
    ----------
    data : bytes
        The zip file.
    file : str
        A path within the folder, such as ``input_csv/sim_period.csv``.

    Returns
    -------
    list of str
        Names without the way to them, sorted; none if the zip file is damaged, which `unpack` will tell.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[: MOST_ENTRIES + 1]
    except DAMAGED:
        return []
    folders = {name.removesuffix(f"/{file}").split("/")[-1] for name in names if name.endswith(f"/{file}")}
    return sorted(folder for folder in folders if PART.fullmatch(folder))


def _contents(archive: zipfile.ZipFile) -> dict[PurePosixPath, bytes]:
    """Return the files of an archive by checked path."""
    entries = [entry for entry in archive.infolist() if not LITTER.search(entry.filename)]
    if not 0 < len(entries) <= MOST_ENTRIES:
        raise InvalidInput(WHAT, "entries", len(entries), f"1 to {MOST_ENTRIES} files and folders")
    files: dict[PurePosixPath, bytes] = {}
    left = MOST_UNPACKED_BYTES
    for entry in entries:
        path = _checked(entry)
        if entry.is_dir():
            continue
        if any(_collide(path, other) for other in files):
            raise InvalidInput(WHAT, "name", str(path), "each name once, of a file or of a folder")
        files[path] = _read(archive, entry, min(left, MOST_FILE_BYTES))
        left -= len(files[path])
    return files


def _collide(one: PurePosixPath, other: PurePosixPath) -> bool:
    """Return whether two files cannot both be there, on a disk that takes capitals for small letters too."""
    a, b = PurePosixPath(str(one).lower()), PurePosixPath(str(other).lower())
    return a == b or a in b.parents or b in a.parents


def _checked(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Return the path of an entry, once it is a plain file or folder with a harmless name."""
    shown = ascii(entry.filename[:100])
    parts = entry.filename.rstrip("/").split("/")
    if len(parts) > MOST_DEPTH or not all(PART.fullmatch(part) for part in parts):
        allowed = f"a path inside the zip file: up to {MOST_DEPTH} names of letters, digits, spaces and . _ - '"
        raise InvalidInput(WHAT, "name", shown, allowed)
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise InvalidInput(WHAT, "entry", shown, "files and folders, no links or devices")
    if entry.flag_bits & 0x1:
        raise InvalidInput(WHAT, "entry", shown, "files without a password")
    path = PurePosixPath(*parts)
    if not entry.is_dir() and path.suffix.lower() not in KINDS:
        raise InvalidInput(WHAT, "file", shown, f"text files ({', '.join(KINDS)})")
    return path


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Return the content of a file, counted while it unpacks."""
    content = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            content += chunk
            if len(content) > most:
                raise InvalidInput(WHAT, "file", ascii(entry.filename), f"files that unpack to {most:,} bytes or less")
    if b"\0" in content or bytes(content[:4]) == b"PK\x03\x04":
        raise InvalidInput(WHAT, "file", ascii(entry.filename), "text, nothing packed or binary")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(WHAT, "file", ascii(entry.filename), "text in UTF-8") from None
    return bytes(content)
