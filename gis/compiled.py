"""
Machine code where numba is installed, the plain Python function where it is not.

Run as a module (`python -m gis.compiled`) it compiles all `*_kernel.py` and keeps the code.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

numba: Any
try:
    import numba
except ImportError:  # the NumPy path takes over: same answers, slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])

HAVE_NUMBA = numba is not None
HERE = Path(__file__).parent
KERNELS = sorted(HERE.rglob("*_kernel.py"))

if HAVE_NUMBA and not numba.config.CACHE_DIR:
    # numba renews kept code only when the function's own file changes, but functions of other
    # files are compiled into it: a folder for each state of all of them.
    _state = hashlib.sha256(b"".join(kernel.read_bytes() for kernel in KERNELS))
    numba.config.CACHE_DIR = str(HERE / "__pycache__" / f"kernels-{_state.hexdigest()[:12]}")


def compiled(*arguments: str) -> Callable[[Function], Function]:
    """
    Compile a function once for each machine and keep the code on disk.

    Parameters
    ----------
    arguments
        The type of each argument: a scalar as "float64", an array that is read as "in float64",
        one that is written as "out int32". Without any, the function is compiled into its callers.

    Notes
    -----
    Types are fixed here so that no request ever waits for the compiler.
    """

    def decorate(function: Function) -> Function:
        if numba is None:
            return function
        signature = tuple(_numba_type(argument) for argument in arguments)
        made: Function = numba.njit(
            [signature] if signature else None,
            error_model="numpy",
            nogil=True,
            cache=bool(signature),
        )(function)
        return made

    return decorate


def _numba_type(argument: str) -> object:
    way, _, scalar = argument.rpartition(" ")
    element = getattr(numba.types, scalar)
    return numba.types.Array(element, 1, "C", readonly=way == "in") if way else element


if __name__ == "__main__":
    for _kernel in KERNELS:
        import_module(".".join(["gis", *_kernel.relative_to(HERE).with_suffix("").parts]))
    for _old in (HERE / "__pycache__").glob("kernels-*"):
        if HAVE_NUMBA and str(_old) != numba.config.CACHE_DIR:
            shutil.rmtree(_old, ignore_errors=True)
