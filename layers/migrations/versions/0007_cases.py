"""Cases: states from intake to feedback, owners, clocks; what a step was given and whom it told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

OLD_STATES = ("to_sort", "dispatched", "accepted", "handled", "closed", "void")
STATES = (
    "received", "verified", "filed", "to_sort", "dispatched", "accepted", "mediating", "backlog",
    "handled", "inspected", "closed", "fed_back", "void",
)  # fmt: skip
OLD_CHANNELS = ("web", "phone", "counter", "patrol")
CHANNELS = (*OLD_CHANNELS, "open311", "wecom")
BACK = {  # what a state of now was called before
    "received": "to_sort", "verified": "to_sort", "filed": "to_sort", "mediating": "accepted",
    "backlog": "accepted", "inspected": "handled", "fed_back": "closed",
}  # fmt: skip
RUNNING = "'received', 'verified', 'filed', 'to_sort', 'dispatched', 'accepted', 'mediating'"
TIME = postgresql.TIMESTAMP(timezone=True)


def _redefine(enum: str, values: tuple[str, ...], columns: dict[str, str], back: str = "") -> None:
    """Give columns an enum of other values; a value added in place could not be used at once."""
    op.execute(f"alter type {enum} rename to {enum}_before")
    op.execute(f"create type {enum} as enum ({', '.join(repr(value) for value in values)})")
    for table, column in columns.items():
        told = f"{column}::text" if not back else back.format(column)
        op.execute(f"alter table {table} alter column {column} type {enum} using ({told})::{enum}")
    op.execute(f"drop type {enum}_before")


def _redefine_states(values: tuple[str, ...], back: str = "") -> None:
    op.drop_constraint(op.f("ck_incidents_to_sort_queue"), "incidents")
    op.drop_index("ix_incidents_state_id", table_name="incidents")
    columns = {"incidents": "state", "incident_events": "state"}
    _redefine("incident_state", values, columns, back)
    op.create_check_constraint(
        op.f("ck_incidents_to_sort_queue"), "incidents", "state <> 'to_sort' or queue = 'dispatch'"
    )
    op.create_index("ix_incidents_state_id", "incidents", ["state", "id"])


def upgrade() -> None:
    _redefine_states(STATES)
    _redefine("channel", CHANNELS, {"incidents": "channel"})
    for name in ("due_at", "warn_at", "paused_at", "supervised_at"):
        op.add_column("incidents", sa.Column(name, TIME, nullable=True))
    for name in ("owner", "first_owner", "unit"):
        op.add_column("incidents", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("incidents", sa.Column("satisfaction", sa.Integer(), nullable=True))
    # What came in before had no limit: it is given a week; what is done was done at its last event.
    op.execute(
        "update incidents i set owner = 'dispatch_centre', first_owner = 'dispatch_centre', "
        "due_at = reported_at + interval '7 days', warn_at = reported_at + interval '5 days', "
        "paused_at = case when state in ('to_sort', 'dispatched', 'accepted') then null "
        "else coalesce((select max(at) from incident_events e where e.incident_id = i.id), "
        "reported_at) end"
    )
    for name in ("due_at", "warn_at", "owner", "first_owner"):
        op.alter_column("incidents", name, nullable=False)
    for name, rule in {
        "owner": "owner <> '' and first_owner <> ''",
        "clock": "warn_at <= due_at",
        "paused": f"(paused_at is null) = (state in ({RUNNING}))",
        "satisfaction": "satisfaction between 1 and 5",
    }.items():
        op.create_check_constraint(op.f(f"ck_incidents_{name}"), "incidents", rule)
    op.create_index(
        "ix_incidents_due", "incidents", ["due_at"], postgresql_where=sa.text("paused_at is null")
    )
    op.add_column("incident_events", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column(
        "incident_events",
        sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.add_column("incident_events", sa.Column("idempotency_key", sa.Text(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_incident_events_idempotency_key"), "incident_events", ["idempotency_key"]
    )
    op.alter_column("outbox", "officer_code", nullable=True)
    op.add_column(
        "outbox", sa.Column("receiver", sa.Text(), server_default="officer", nullable=False)
    )
    op.drop_constraint(op.f("ck_outbox_kind"), "outbox")
    for name, rule in {
        "kind": "kind in ('grid_changed', 'incidents_moved', 'case')",
        "officer": "kind = 'case' or officer_code is not null",
        "receiver": "receiver in ('officer', 'owner', 'centre', 'reporter')",
    }.items():
        op.create_check_constraint(op.f(f"ck_outbox_{name}"), "outbox", rule)


def downgrade() -> None:
    op.execute("delete from outbox where kind = 'case'")
    for name in ("kind", "officer", "receiver"):
        op.drop_constraint(op.f(f"ck_outbox_{name}"), "outbox")
    op.create_check_constraint(
        op.f("ck_outbox_kind"), "outbox", "kind in ('grid_changed', 'incidents_moved')"
    )
    op.drop_column("outbox", "receiver")
    op.alter_column("outbox", "officer_code", nullable=False)
    op.drop_constraint(op.f("uq_incident_events_idempotency_key"), "incident_events")
    for name in ("owner", "detail", "idempotency_key"):
        op.drop_column("incident_events", name)
    op.drop_index("ix_incidents_due", table_name="incidents")
    for name in ("owner", "clock", "paused", "satisfaction"):
        op.drop_constraint(op.f(f"ck_incidents_{name}"), "incidents")
    for name in (
        "due_at", "warn_at", "paused_at", "supervised_at", "owner", "first_owner", "unit",
        "satisfaction",
    ):  # fmt: skip
        op.drop_column("incidents", name)
    back = "case when {0}::text in ('open311', 'wecom') then 'web' else {0}::text end"
    _redefine("channel", OLD_CHANNELS, {"incidents": "channel"}, back)
    op.execute(
        "update incidents set queue = 'dispatch' where state in ('received', 'verified', 'filed')"
    )
    cases = " ".join(f"when '{new}' then '{old}'" for new, old in BACK.items())
    _redefine_states(OLD_STATES, f"case {{0}}::text {cases} else {{0}}::text end")
