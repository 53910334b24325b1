"""The stored city, one table a class. Geometry is CGCS2000 lon/lat (EPSG:4490)."""

from layers.models.base import SRID, Base, naming
from layers.models.boundaries import (
    Block,
    BoundaryVersion,
    Community,
    Grid,
    GridKind,
    IssuedCode,
    Subdistrict,
    VersionBlock,
    VersionState,
)
from layers.models.incidents import (
    Channel,
    Incident,
    IncidentEvent,
    IncidentState,
    Queue,
    incident_serial,
)
from layers.models.places import Building, Compound, MapArea, Street
from layers.models.services import (
    GridDuty,
    Officer,
    OfficerAbsence,
    ServiceCentre,
    ServiceRegion,
)

__all__ = [
    "SRID",
    "Base",
    "Block",
    "BoundaryVersion",
    "Building",
    "Channel",
    "Community",
    "Compound",
    "Grid",
    "GridDuty",
    "GridKind",
    "Incident",
    "IncidentEvent",
    "IncidentState",
    "IssuedCode",
    "MapArea",
    "Officer",
    "OfficerAbsence",
    "Queue",
    "ServiceCentre",
    "ServiceRegion",
    "Street",
    "Subdistrict",
    "VersionBlock",
    "VersionState",
    "incident_serial",
    "naming",
]
