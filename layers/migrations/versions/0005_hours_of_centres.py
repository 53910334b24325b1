"""Centres: days with other hours, and how many people each is meant to serve."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("service_centres", sa.Column("capacity", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_service_centres_capacity"), "service_centres", "capacity > 0"
    )
    op.create_table(
        "centre_exceptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("centre_code", sa.Text(), nullable=False),
        sa.Column("days", postgresql.DATERANGE(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "not isempty(days) and not lower_inf(days) and not upper_inf(days)"
            " and upper(days) - lower(days) <= 3660",
            name=op.f("ck_centre_exceptions_days"),
        ),
        sa.CheckConstraint(
            "reason_zh <> '' and reason_en <> ''", name=op.f("ck_centre_exceptions_reason")
        ),
        sa.CheckConstraint("hours <> ''", name=op.f("ck_centre_exceptions_hours")),
        postgresql.ExcludeConstraint(
            (sa.column("centre_code"), "="),
            (sa.column("days"), "&&"),
            using="gist",
            name="ex_centre_exceptions_one_a_day",
        ),
        sa.ForeignKeyConstraint(
            ["centre_code"],
            ["service_centres.code"],
            name=op.f("fk_centre_exceptions_centre_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_exceptions")),
    )
    op.execute(
        "create trigger tell after insert or update or delete on centre_exceptions "
        "for each statement execute function tell_city_changed()"
    )


def downgrade() -> None:
    op.drop_table("centre_exceptions")
    op.drop_constraint(op.f("ck_service_centres_capacity"), "service_centres")
    op.drop_column("service_centres", "capacity")
