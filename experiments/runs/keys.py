"""Keys common to all Zarr stores of results: creating, recognising and verifying a store.

A group is assembled in memory as keys (file names) and their bytes, sealed with a checksum among its attributes, and
written key by key, the attributes last. Creating a store therefore never removes anything and can be interrupted and
repeated; two processes that create the same store at the same time write the same content.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import fsspec
import xarray as xr
from fsspec.implementations.local import LocalFileSystem
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import FsspecStore, LocalStore, MemoryStore

from corridor.model.errors import InvalidInput

# Version 3 of the Zarr format has no agreed form for arrays of names yet; version 2 is read by every tool.
ZARR_FORMAT: Literal[2] = 2
ATTRIBUTES, GROUP, CONSOLIDATED = ".zattrs", ".zgroup", ".zmetadata"
SEAL = "checksum"
"""Attribute that holds the SHA-256 of everything else in a group."""
_BEING_WRITTEN = ".partial"
_PART = re.compile(r"\.zattrs|\.zgroup|\.zarray|\.zmetadata|[0-9]+(\.[0-9]+)*|\..*\.partial")
"""Names of the files of a group."""
_READERS = 16

Keys = dict[str, bytes]


class Damaged(InvalidInput):
    """Stored data differ from what was written."""


def located(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a directory or URL, and the path in it."""
    try:
        files, path = fsspec.core.url_to_fs(url)
    except (OSError, ValueError, ImportError, TypeError) as error:  # whatever the makers of file systems let through
        raise InvalidInput("command line", "study", url, f"a directory, or a URL that fsspec opens ({error})") from None
    return files, str(path)


def opened(url: str) -> Any:
    """Open a location for Zarr; local files are renamed when complete, so that none is seen incomplete."""
    files, path = located(url)
    if isinstance(files, LocalFileSystem):
        return LocalStore(path)
    return FsspecStore.from_url(url)


def packed(fill: Callable[[MemoryStore], object]) -> Keys:
    """Return the keys that a function writes to a store."""
    content: dict[str, Any] = {}
    fill(MemoryStore(content))
    return {key: value.to_bytes() for key, value in content.items()}


def unpacked(keys: Mapping[str, bytes]) -> xr.Dataset:
    """Return the dataset stored in keys, in memory."""
    buffer = default_buffer_prototype().buffer
    store = MemoryStore({key: buffer.from_bytes(value) for key, value in keys.items()}, read_only=True)
    with xr.open_zarr(store, consolidated=False, chunks=None) as ds:
        loaded: xr.Dataset = ds.load()
    return loaded


def sealed(keys: Mapping[str, bytes]) -> Keys:
    """Return the keys of a group or array with their checksum among its attributes."""
    attributes = json.loads(keys.get(ATTRIBUTES, b"{}"))
    attributes[SEAL] = _checksum(keys, attributes)
    return {**keys, ATTRIBUTES: json.dumps(attributes, indent=2).encode()}


def is_intact(keys: Mapping[str, bytes]) -> bool:
    """Return whether keys are complete and unchanged since they were sealed."""
    try:
        attributes = json.loads(keys[ATTRIBUTES])
        return bool(attributes[SEAL] == _checksum(keys, attributes))
    except (KeyError, ValueError, TypeError):
        return False


def _checksum(keys: Mapping[str, bytes], attributes: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for key in sorted(keys.keys() - {ATTRIBUTES, CONSOLIDATED}):
        digest.update(f"{key}\0{len(keys[key])}\0".encode())
        digest.update(keys[key])
    others = {name: value for name, value in attributes.items() if name != SEAL}
    digest.update(json.dumps(others, sort_keys=True).encode())
    return digest.hexdigest()


def consolidated(keys: Mapping[str, bytes]) -> Keys:
    """Return keys with consolidated metadata added, where readers of Zarr look first."""
    names = (ATTRIBUTES, GROUP, ".zarray")
    metadata = {key: json.loads(value) for key, value in keys.items() if key.rpartition("/")[2] in names}
    text = json.dumps({"metadata": metadata, "zarr_consolidated_format": 1}, indent=2)
    return {**keys, CONSOLIDATED: text.encode()}


def fetched(url: str, keys: Iterable[str]) -> Keys:
    """Return those among some keys that exist in a store."""
    files, path = located(url)
    if isinstance(files, LocalFileSystem):
        found = [(key, _read_local(f"{path}/{key}")) for key in keys]
    else:
        with ThreadPoolExecutor(_READERS) as pool:
            found = list(pool.map(lambda key: (key, _read_remote(files, f"{path}/{key}")), keys))
    return {key: value for key, value in found if value is not None}


def _read_local(file: str) -> bytes | None:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _read_remote(files: fsspec.AbstractFileSystem, path: str) -> bytes | None:
    try:
        return bytes(files.cat_file(path))
    except (FileNotFoundError, KeyError):
        return None


def put(url: str, keys: Mapping[str, bytes]) -> None:
    """Write, in order, the keys that are missing or different in a store."""
    here = fetched(url, keys)
    files, path = located(url)
    for key, content in keys.items():
        if here.get(key) == content:
            continue
        if isinstance(files, LocalFileSystem):
            write_whole(Path(path) / key, content)
        else:
            files.pipe_file(f"{path}/{key}", content)


def write_whole(file: Path, content: bytes) -> None:
    """Write a local file so that it is never seen incomplete."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{uuid.uuid4().hex}{_BEING_WRITTEN}")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def is_free(url: str) -> bool:
    """Return whether a location has no files, except remains of an interrupted writer."""
    files, path = located(url)
    if files.isfile(path):
        return False
    names = (name for _, _, inside in files.walk(path) for name in inside)
    return all(name.endswith(_BEING_WRITTEN) for name in names)


def strangers(folder: Path) -> list[str]:
    """Return the files below a local group that do not belong to it."""
    found = []
    for inside, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(inside, name))]
        names = [name for name in files if not _PART.fullmatch(name)]
        found += [os.path.relpath(os.path.join(inside, name), folder) for name in links + names]
    return sorted(found)
