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
from layers.models.findings import (
    AcceptanceAct,
    FindingAcceptance,
    StoredFinding,
    VersionCheck,
)
from layers.models.incidents import (
    Channel,
    Incident,
    IncidentEvent,
    IncidentState,
    Queue,
    incident_serial,
)
from layers.models.jobs import Job, JobState
from layers.models.places import Building, Compound, MapArea, Street
from layers.models.services import (
    CentreException,
    GridDuty,
    Officer,
    OfficerAbsence,
    ServiceCentre,
    ServiceRegion,
)

__all__ = [
    "SRID",
    "AcceptanceAct",
    "Base",
    "Block",
    "BoundaryVersion",
    "Building",
    "CentreException",
    "Channel",
    "Community",
    "Compound",
    "FindingAcceptance",
    "Grid",
    "GridDuty",
    "GridKind",
    "Incident",
    "IncidentEvent",
    "IncidentState",
    "IssuedCode",
    "Job",
    "JobState",
    "MapArea",
    "Officer",
    "OfficerAbsence",
    "Queue",
    "ServiceCentre",
    "ServiceRegion",
    "StoredFinding",
    "Street",
    "Subdistrict",
    "VersionBlock",
    "VersionCheck",
    "VersionState",
    "incident_serial",
    "naming",
]
