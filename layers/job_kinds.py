"""Which kinds of long work there are; a new one gets a line here."""

from collections.abc import Mapping
from typing import Any

from layers.check_job import CHECK
from layers.drafts.balance_job import BALANCE
from layers.jobs.kinds import Kind

KINDS: Mapping[str, Kind[Any, Any]] = {kind.name: kind for kind in (CHECK, BALANCE)}
