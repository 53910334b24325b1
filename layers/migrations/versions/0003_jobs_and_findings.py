"""Jobs and the queue that hands them out; findings of checks and their acceptance."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from layers.jobs import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FUNCTIONS = """
create function count_revision() returns trigger language plpgsql as $$
begin
    new.revision := old.revision + 1;
    return new;
end $$;

create function tell_job_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('job_changed', new.id::text);
    return null;
end $$;
"""


def upgrade() -> None:
    schema.bring_up_to_date(op.get_bind())
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column(
            "state",
            postgresql.ENUM("waiting", "running", "done", "failed", "cancelled", name="job_state"),
            nullable=False,
        ),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("steps_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("steps_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (error is not null)", name=op.f("ck_jobs_failed_says_why")
        ),
        sa.CheckConstraint(
            "(state in ('done', 'failed', 'cancelled')) = (finished_at is not null)",
            name=op.f("ck_jobs_finished_is_dated"),
        ),
        sa.CheckConstraint("kind <> '' and asked_by <> ''", name=op.f("ck_jobs_words")),
        sa.CheckConstraint(
            "result is null or state in ('done', 'cancelled')", name=op.f("ck_jobs_result")
        ),
        sa.CheckConstraint("steps_done between 0 and steps_total", name=op.f("ck_jobs_steps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_finished_at", "jobs", ["finished_at"], unique=False)
    op.create_index(
        "uq_jobs_one_in_flight",
        "jobs",
        ["kind", "fingerprint"],
        unique=True,
        postgresql_where=sa.text("state in ('waiting', 'running') and not cancel_requested"),
    )
    op.create_table(
        "finding_acceptances",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column(
            "act", postgresql.ENUM("accept", "withdraw", name="acceptance_act"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "btrim(actor) <> '' and btrim(reason) <> ''",
            name=op.f("ck_finding_acceptances_who_and_why"),
        ),
        sa.CheckConstraint("serial > 0", name=op.f("ck_finding_acceptances_serial")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_finding_acceptances_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_acceptances")),
        sa.UniqueConstraint(
            "version_id", "key", "serial", name=op.f("uq_finding_acceptances_version_id_key_serial")
        ),
    )
    op.create_table(
        "version_checks",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column(
            "checked_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("content_hash <> ''", name=op.f("ck_version_checks_content_hash")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_version_checks_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_version_checks")),
    )
    op.create_geospatial_table(
        "findings",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("owners", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("fix", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("width_m", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                "GEOMETRY",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "severity in ('blocking', 'warning', 'note')", name=op.f("ck_findings_severity")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["version_checks.version_id"],
            name=op.f("fk_findings_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "serial", name=op.f("pk_findings")),
    )
    op.create_geospatial_index(
        "idx_findings_geom",
        "findings",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_findings_key", "findings", ["version_id", "key"], unique=False)
    op.execute(FUNCTIONS)
    op.execute(
        "create trigger count_revision before update on jobs "
        "for each row execute function count_revision()"
    )
    op.execute(
        "create trigger tell after insert or update on jobs "
        "for each row execute function tell_job_changed()"
    )
    op.execute(
        "create trigger keep before update or delete on finding_acceptances "
        "for each row execute function refuse_change()"
    )


def downgrade() -> None:
    op.drop_index("ix_findings_key", table_name="findings")
    op.drop_geospatial_index(
        "idx_findings_geom", table_name="findings", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("findings")
    op.drop_table("version_checks")
    op.drop_table("finding_acceptances")
    op.drop_index("uq_jobs_one_in_flight", table_name="jobs")
    op.drop_index("ix_jobs_finished_at", table_name="jobs")
    op.drop_table("jobs")
    for function in ("count_revision", "tell_job_changed"):
        op.execute(f"drop function {function}()")
    for enum in ("job_state", "acceptance_act"):
        op.execute(f"drop type {enum}")
    schema.drop(op.get_bind())
