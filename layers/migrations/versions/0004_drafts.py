"""Drafts, what was done to them, and what a publish leaves: lineage, handover, messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ONLY_ADDED = ("draft_operations", "draft_events", "given_codes", "grid_lineages")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "state",
            postgresql.ENUM(
                "draft", "submitted", "approved", "published", "discarded", name="draft_state"
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("published_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'published') = (published_id is not null)", name=op.f("ck_drafts_published")
        ),
        sa.CheckConstraint("label <> '' and author <> ''", name=op.f("ck_drafts_words")),
        sa.CheckConstraint(
            "version >= 0 and (version = 0) = (hash is null)", name=op.f("ck_drafts_version")
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["boundary_versions.id"], name=op.f("fk_drafts_base_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["boundary_versions.id"], name=op.f("fk_drafts_published_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("published_id", name=op.f("uq_drafts_published_id")),
    )
    op.create_table(
        "grid_lineages",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("from_code", sa.Text(), nullable=False),
        sa.Column("to_code", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_grid_lineages_version_id")
        ),
        sa.PrimaryKeyConstraint(
            "version_id", "from_code", "to_code", name=op.f("pk_grid_lineages")
        ),
    )
    op.create_table(
        "handovers",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "choice", postgresql.ENUM("move", "keep", name="incident_choice"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kept", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=True),
        sa.CheckConstraint("(done_at is null) = (moved is null)", name=op.f("ck_handovers_done")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_handovers_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_handovers")),
    )
    op.create_index(
        "ix_handovers_due",
        "handovers",
        ["due_at"],
        unique=False,
        postgresql_where="done_at is null",
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("officer_code", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "made_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('grid_changed', 'incidents_moved')", name=op.f("ck_outbox_kind")
        ),
        sa.ForeignKeyConstraint(
            ["officer_code"], ["officers.code"], name=op.f("fk_outbox_officer_code")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_outbox_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unsent", "outbox", ["id"], unique=False, postgresql_where="sent_at is null"
    )
    op.create_table(
        "draft_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("actor <> ''", name=op.f("ck_draft_events_actor")),
        sa.CheckConstraint(
            "kind in ('open', 'submit', 'return', 'approve', 'publish', 'discard')",
            name=op.f("ck_draft_events_kind"),
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_events_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_events")),
    )
    op.create_index(op.f("ix_draft_events_draft_id"), "draft_events", ["draft_id"], unique=False)
    op.create_table(
        "draft_operations",
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("operation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reads", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("of_number", sa.Integer(), nullable=True),
        sa.Column(
            "made_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind in ('undo', 'redo')) = (of_number is not null)",
            name=op.f("ck_draft_operations_of_number"),
        ),
        sa.CheckConstraint("actor <> ''", name=op.f("ck_draft_operations_actor")),
        sa.CheckConstraint(
            "number > 0 and seen between 0 and number - 1", name=op.f("ck_draft_operations_number")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name=op.f("fk_draft_operations_draft_id")
        ),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_operations")),
    )
    op.create_table(
        "given_codes",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{15}$'", name=op.f("ck_given_codes_code")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_given_codes_draft_id")),
        sa.PrimaryKeyConstraint("scheme", "edition", "code", name=op.f("pk_given_codes")),
    )
    for table in ONLY_ADDED:
        op.execute(
            f"create trigger keep before update or delete on {table} "
            "for each row execute function refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("given_codes")
    op.drop_table("draft_operations")
    op.drop_index(op.f("ix_draft_events_draft_id"), table_name="draft_events")
    op.drop_table("draft_events")
    op.drop_index("ix_outbox_unsent", table_name="outbox", postgresql_where="sent_at is null")
    op.drop_table("outbox")
    op.drop_index("ix_handovers_due", table_name="handovers", postgresql_where="done_at is null")
    op.drop_table("handovers")
    op.drop_table("grid_lineages")
    op.drop_table("drafts")
    for enum in ("draft_state", "incident_choice"):
        op.execute(f"drop type {enum}")
