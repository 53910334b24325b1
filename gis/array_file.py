"""Arrays in one file that programs map into memory and share; appears whole or not at all."""

from __future__ import annotations

import json
import mmap
import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gis.errors import JingweiError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Arrays = dict[str, NDArray[Any]]

_MAGIC = b"JINGWEI2"
_ALIGNMENT = 4096


def save_arrays(
    path: Path, about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """
    Write one-dimensional arrays and what is to be known about them.

    Parameters
    ----------
    about
        Anything JSON can hold.
    """
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = (end, array.dtype.str, len(array))
        end += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    header = json.dumps({"about": about, "arrays": places}).encode()
    start = _start(len(header))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(_MAGIC + len(header).to_bytes(8, "little") + header)
            for name, array in arrays.items():
                file.seek(start + places[name][0])
                file.write(array.data)
            file.truncate(start + end)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_arrays(path: Path) -> tuple[dict[str, Any], Arrays]:
    """
    Map a file; what is written to its arrays stays with this program.

    Raises
    ------
    JingweiError
        If the file is not there or of another kind.
    """
    try:
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        raise JingweiError(f"{path} cannot be read: {error}") from None
    if whole[: len(_MAGIC)] != _MAGIC:
        raise JingweiError(f"{path} is no index of this program: make it again")
    size = int.from_bytes(whole[8:16], "little")
    header = json.loads(whole[16 : 16 + size])
    start = _start(size)
    arrays = {
        name: np.frombuffer(whole, dtype, count, start + at)
        for name, (at, dtype, count) in header["arrays"].items()
    }
    return header["about"], arrays


def _start(header_size: int) -> int:
    """Where the first array is."""
    return -(-(16 + header_size) // _ALIGNMENT) * _ALIGNMENT
