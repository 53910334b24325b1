"""
The repair of a partition: what a check found, mended where nothing has to be guessed.

    repaired = repair(partition, frame, parents=communities)

Every change is an operation that names the finding it mends; `apply` carries operations out, all
or one by one. The frame and the level above are never changed.
"""

from gis.repair.applying import Applied, apply
from gis.repair.operations import Operation, Refused
from gis.repair.proposals import propose
from gis.repair.rounds import Repaired, repair

__all__ = ["Applied", "Operation", "Refused", "Repaired", "apply", "propose", "repair"]
