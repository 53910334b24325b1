"""Machine code where numba is installed, the plain Python function where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

numba: Any
try:
    import numba
except ImportError:  # the NumPy path takes over: same answers, slower
    numba = None

Function = TypeVar("Function", bound=Callable[..., Any])

HAVE_NUMBA = numba is not None


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
    Types are fixed here so that no request ever waits for the compiler. Compiled functions that
    call each other live in one file: kept code is renewed only when its own file changes.
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
