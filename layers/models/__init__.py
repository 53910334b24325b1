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
from layers.models.drafts import (
    Draft,
    DraftEvent,
    DraftOperation,
    DraftState,
    GivenCode,
    GridLineage,
    Handover,
    IncidentChoice,
    OutboxMessage,
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
    "Channel",
    "Community",
    "Compound",
    "Draft",
    "DraftEvent",
    "DraftOperation",
    "DraftState",
    "FindingAcceptance",
    "GivenCode",
    "Grid",
    "GridDuty",
    "GridKind",
    "GridLineage",
    "Handover",
    "Incident",
    "IncidentChoice",
    "IncidentEvent",
    "IncidentState",
    "IssuedCode",
    "Job",
    "JobState",
    "MapArea",
    "Officer",
    "OfficerAbsence",
    "OutboxMessage",
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
