"""A dataset as keys of a Zarr store of version 2, and back, without Zarr.

Zarr spends a millisecond on each array, and a run has some 140: a quarter of a second to write it, and a tenth to read
it. Here each array is one compressed chunk of known form, as Zarr and xarray would write it and as every tool reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numcodecs
import numpy as np
import xarray as xr
from xarray.backends.zarr import encode_zarr_variable
from xarray.conventions import encode_dataset_coordinates

_COMPRESSOR = numcodecs.Blosc(cname="lz4", clevel=5, shuffle=numcodecs.Blosc.SHUFFLE)
_DIMENSIONS = "_ARRAY_DIMENSIONS"
_FILL = "_FillValue"


def encoded(ds: xr.Dataset) -> dict[str, bytes]:
    """Return the keys of a dataset, one chunk for each array."""
    variables, attributes = encode_dataset_coordinates(ds)
    keys = {".zgroup": _text({"zarr_format": 2}), ".zattrs": _text(_plain(attributes))}
    for name, variable in variables.items():
        part = encode_zarr_variable(variable, name=name)
        values = np.asarray(part.values, order="C")
        attrs = _plain(part.attrs)
        about = {
            "shape": values.shape,
            "chunks": [max(length, 1) for length in values.shape],
            "dtype": values.dtype.str,
            "fill_value": _told(attrs.pop(_FILL, None)),
            "order": "C",
            "filters": None,
            "dimension_separator": ".",
            "compressor": _COMPRESSOR.get_config(),
            "zarr_format": 2,
        }
        keys[f"{name}/.zarray"] = _text(about)
        keys[f"{name}/.zattrs"] = _text({**attrs, _DIMENSIONS: list(part.dims)})
        if values.size:
            keys[f"{name}/{_only_chunk(values.ndim)}"] = bytes(_COMPRESSOR.encode(values))
    return keys


def decoded(keys: Mapping[str, bytes]) -> xr.Dataset | None:
    """Return the dataset of keys; None if an array has another form than `encoded` gives it."""
    variables = {}
    for key in keys:
        name, _, part = key.rpartition("/")
        if part == ".zarray":
            values = _values(keys, name, json.loads(keys[key]))
            if values is None:
                return None
            attrs = json.loads(keys[f"{name}/.zattrs"])
            fill = json.loads(keys[key])["fill_value"]
            if fill is not None:
                attrs[_FILL] = values.dtype.type(fill)
            variables[name] = xr.Variable(attrs.pop(_DIMENSIONS), values, attrs)
    return xr.decode_cf(xr.Dataset(variables, attrs=json.loads(keys.get(".zattrs", b"{}")))).load()


def _values(keys: Mapping[str, bytes], name: str, about: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    """Return an array of one chunk; None for any other."""
    shape, chunk = tuple(about["shape"]), keys.get(f"{name}/{_only_chunk(len(about['shape']))}")
    is_whole = chunk is not None and list(about["chunks"]) == list(shape) and about["order"] == "C"
    dtype = np.dtype(about["dtype"])
    if chunk is None or not is_whole or about["filters"] or about["compressor"] is None or dtype.hasobject:
        return None
    content = numcodecs.get_codec(about["compressor"]).decode(chunk)
    return np.frombuffer(content, dtype).reshape(shape).copy()


def _only_chunk(dimensions: int) -> str:
    return ".".join("0" * max(dimensions, 1))


def _plain(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return attributes as JSON has them."""
    lists = (np.generic, np.ndarray)
    return {str(name): value.tolist() if isinstance(value, lists) else value for name, value in attrs.items()}


def _told(fill: Any) -> Any:
    """Return a fill value as the format spells it."""
    return "NaN" if isinstance(fill, float) and np.isnan(fill) else fill


def _text(content: Any) -> bytes:
    return json.dumps(content, indent=2).encode()
