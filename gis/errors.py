"""What a user can get wrong: every message says what, which value and what to do."""


class JingweiError(ValueError):
    """The request or the input is wrong; nothing was changed."""


class CoordinateError(JingweiError):
    """A coordinate is not finite, out of range, swapped or in another place."""


class DatumError(JingweiError):
    """The datum is missing or unknown."""


class CrsError(JingweiError):
    """The coordinate reference system is missing, unknown or not the expected one."""


class GeometryError(JingweiError):
    """A geometry is empty, of the wrong kind or invalid."""


class CodeError(JingweiError):
    """A division, grid, compound or building code is malformed or in the wrong place."""


class SettingsError(JingweiError):
    """A setting is missing, malformed or cannot be used."""


class BalanceError(JingweiError):
    """A plan of grids was asked for that cannot exist, or from blocks that do not fit together."""
