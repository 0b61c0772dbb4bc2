"""Files that commands write for people, without overwriting files that Corridor did not write.

A hidden folder next to the files keeps the SHA-256 of each. A file that is not recorded there, or that was changed
since, is not overwritten: the new file gets a number in its name.
"""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

RECORDS = ".corridor"


def keep(path: Path, write: Callable[[Path], object], instead: bool = False) -> Path:
    """Write a file, which appears only when complete.

    Parameters
    ----------
    path : path
        Where it goes unless somebody's file is there.
    write : callable
        Called with a path of the same ending, to write to.
    instead : bool, default False
        Whether it must have this very name: then it is somebody's file that goes beside.

    Returns
    -------
    path
        Where it went.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        write(aside)
        target = next(place for place in _places(path) if not place.exists() or is_ours(place))
        if instead and target != path:
            path.rename(next(place for place in _places(path) if not place.exists()))
            target = path
        record(target, aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return target


def keep_text(path: Path, text: str) -> Path:
    """Write a text file, as `keep` does."""
    return keep(path, lambda file: file.write_text(text, encoding="utf-8"))


def own_folder(path: Path) -> Path:
    """Return a folder for several files: this one, or a new one if it is not Corridor's."""
    return next(place for place in _places(path) if _is_free(place) or (place / RECORDS).is_dir())


def is_ours(file: Path) -> bool:
    """Return whether Corridor wrote a file and it is unchanged."""
    note = _note(file)
    return file.is_file() and note.is_file() and _sha256(file) in note.read_text().split()


def record(file: Path, content: Path) -> None:
    """Record the content that a file is going to have; the earlier record holds until then."""
    note = _note(file)
    note.parent.mkdir(exist_ok=True)
    before = note.read_text().split()[-1:] if note.is_file() else []
    note.write_text("\n".join([*before, _sha256(content)]))


def _note(file: Path) -> Path:
    return file.parent / RECORDS / file.name


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _places(path: Path) -> Iterator[Path]:
    yield path
    for number in itertools.count(2):
        yield path.with_stem(f"{path.stem}-{number}")
