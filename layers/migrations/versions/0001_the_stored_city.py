"""The stored city."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for extension in ("postgis", "pg_trgm", "btree_gist"):
        op.execute(f"create extension if not exists {extension}")
    op.execute(sa.schema.CreateSequence(sa.Sequence("incident_serial")))
    op.create_geospatial_table(
        "boundary_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("city_code", sa.Text(), nullable=False),
        sa.Column("city_name", sa.Text(), nullable=False),
        sa.Column("city_name_en", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("planar_srid", sa.Integer(), nullable=False),
        sa.Column(
            "frame",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column(
            "state", postgresql.ENUM("draft", "published", name="version_state"), nullable=False
        ),
        sa.Column("validity", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("base_id", sa.BigInteger(), nullable=True),
        sa.Column("restores_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("city_code"), "="),
            (sa.column("validity"), "&&"),
            where=sa.text("validity is not null"),
            using="gist",
            name="ex_boundary_versions_one_in_force",
        ),
        sa.CheckConstraint(
            "(state = 'published') = (validity is not null and published_at is not null)",
            name=op.f("ck_boundary_versions_published_is_dated"),
        ),
        sa.CheckConstraint("city_code ~ '^[0-9]{6}$'", name=op.f("ck_boundary_versions_city_code")),
        sa.CheckConstraint("edition ~ '^[0-9]{4}$'", name=op.f("ck_boundary_versions_edition")),
        sa.CheckConstraint("ST_IsValid(frame)", name=op.f("ck_boundary_versions_frame_valid")),
        sa.CheckConstraint(
            "validity is null or (not isempty(validity) and not lower_inf(validity))",
            name=op.f("ck_boundary_versions_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["boundary_versions.id"], name=op.f("fk_boundary_versions_base_id")
        ),
        sa.ForeignKeyConstraint(
            ["restores_id"], ["boundary_versions.id"], name=op.f("fk_boundary_versions_restores_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_versions")),
    )
    op.create_geospatial_index(
        "idx_boundary_versions_frame",
        "boundary_versions",
        ["frame"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "compounds",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{12}-C[0-9]{3}$'", name=op.f("ck_compounds_code")),
        sa.CheckConstraint(
            "kind in ('walled', 'open', 'institution', 'village')", name=op.f("ck_compounds_kind")
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_compounds_geom_valid")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_compounds")),
    )
    op.create_geospatial_index(
        "idx_compounds_geom",
        "compounds",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_compounds_name",
        "compounds",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_geospatial_table(
        "map_areas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('water', 'green')", name=op.f("ck_map_areas_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_areas")),
    )
    op.create_geospatial_index(
        "idx_map_areas_geom",
        "map_areas",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "officers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("duty_line", sa.Text(), nullable=False),
        sa.Column("role_name_en", sa.Text(), nullable=True),
        sa.CheckConstraint("role_name <> ''", name=op.f("ck_officers_role_name")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_officers")),
    )
    op.create_table(
        "service_regions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_regions")),
    )
    op.create_geospatial_table(
        "streets",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("bridge", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "class in ('arterial', 'collector', 'lane', 'bridge', 'path')",
            name=op.f("ck_streets_class"),
        ),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_streets_geom_valid")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_streets")),
    )
    op.create_geospatial_index(
        "idx_streets_geom",
        "streets",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_streets_name",
        "streets",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_geospatial_table(
        "blocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("compound_code", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents_60_plus", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind in ('compound', 'street', 'institution', 'green', 'water', 'fields')",
            name=op.f("ck_blocks_kind"),
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_blocks_geom_valid")
        ),
        sa.CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents",
            name=op.f("ck_blocks_people"),
        ),
        sa.ForeignKeyConstraint(
            ["compound_code"], ["compounds.code"], name=op.f("fk_blocks_compound_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("code", name=op.f("uq_blocks_code")),
    )
    op.create_geospatial_index(
        "idx_blocks_geom",
        "blocks",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "grid_duties",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("officer_code", sa.Text(), nullable=False),
        sa.Column("validity", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("stand_in_code", sa.Text(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_code"), "="),
            (sa.column("validity"), "&&"),
            using="gist",
            name="ex_grid_duties_one_officer",
        ),
        sa.CheckConstraint("grid_code ~ '^[0-9]{15}$'", name=op.f("ck_grid_duties_grid_code")),
        sa.CheckConstraint("not isempty(validity)", name=op.f("ck_grid_duties_validity")),
        sa.CheckConstraint("stand_in_code <> officer_code", name=op.f("ck_grid_duties_stand_in")),
        sa.ForeignKeyConstraint(
            ["officer_code"], ["officers.code"], name=op.f("fk_grid_duties_officer_code")
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_code"], ["officers.code"], name=op.f("fk_grid_duties_stand_in_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_duties")),
    )
    op.create_index(
        op.f("ix_grid_duties_officer_code"), "grid_duties", ["officer_code"], unique=False
    )
    op.create_table(
        "issued_codes",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "issued_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "level in ('subdistrict', 'community', 'grid')", name=op.f("ck_issued_codes_level")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_issued_codes_version_id")
        ),
        sa.PrimaryKeyConstraint("scheme", "edition", "code", name=op.f("pk_issued_codes")),
    )
    op.create_table(
        "officer_absences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("officer_code", sa.Text(), nullable=False),
        sa.Column("validity", postgresql.TSTZRANGE(), nullable=False),
        sa.CheckConstraint("not isempty(validity)", name=op.f("ck_officer_absences_validity")),
        sa.ForeignKeyConstraint(
            ["officer_code"], ["officers.code"], name=op.f("fk_officer_absences_officer_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_absences")),
    )
    op.create_index(
        op.f("ix_officer_absences_officer_code"), "officer_absences", ["officer_code"], unique=False
    )
    op.create_geospatial_table(
        "service_centres",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("opening_hours", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("step_free", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind = 'regional' or community_code ~ '^[0-9]{12}$'",
            name=op.f("ck_service_centres_community_code"),
        ),
        sa.CheckConstraint(
            "kind in ('regional', 'community')", name=op.f("ck_service_centres_kind")
        ),
        sa.CheckConstraint("opening_hours <> ''", name=op.f("ck_service_centres_opening_hours")),
        sa.ForeignKeyConstraint(
            ["region_code"], ["service_regions.code"], name=op.f("fk_service_centres_region_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_centres")),
    )
    op.create_geospatial_index(
        "idx_service_centres_geom",
        "service_centres",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        op.f("ix_service_centres_region_code"), "service_centres", ["region_code"], unique=False
    )
    op.create_geospatial_table(
        "subdistricts",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{9}$'", name=op.f("ck_subdistricts_code")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_subdistricts_name")),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_subdistricts_geom_valid")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_subdistricts_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "code", name=op.f("pk_subdistricts")),
    )
    op.create_geospatial_index(
        "idx_subdistricts_geom",
        "subdistricts",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "buildings",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("compound_code", sa.Text(), nullable=True),
        sa.Column("block_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("floors", sa.Integer(), nullable=False),
        sa.Column("entrances", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents_60_plus", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "code ~ '^[0-9]{12}-C[0-9]{3}-B[0-9]{2,5}$'", name=op.f("ck_buildings_code")
        ),
        sa.CheckConstraint(
            "compound_code is null or starts_with(code, compound_code || '-')",
            name=op.f("ck_buildings_code_in_compound"),
        ),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_buildings_geom_valid")
        ),
        sa.CheckConstraint(
            "floors between 1 and 200 and entrances between 0 and 99",
            name=op.f("ck_buildings_size"),
        ),
        sa.CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents",
            name=op.f("ck_buildings_people"),
        ),
        sa.ForeignKeyConstraint(
            ["block_code"], ["blocks.code"], name=op.f("fk_buildings_block_code")
        ),
        sa.ForeignKeyConstraint(
            ["compound_code"], ["compounds.code"], name=op.f("fk_buildings_compound_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_buildings")),
    )
    op.create_geospatial_index(
        "idx_buildings_geom",
        "buildings",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_buildings_address",
        "buildings",
        ["address"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_buildings_block_code"), "buildings", ["block_code"], unique=False)
    op.create_index(
        op.f("ix_buildings_compound_code"), "buildings", ["compound_code"], unique=False
    )
    op.create_geospatial_table(
        "communities",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subdistrict_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("official_name", sa.Text(), nullable=True),
        sa.Column("service_region_code", sa.Text(), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{12}$'", name=op.f("ck_communities_code")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_communities_name")),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_communities_geom_valid")
        ),
        sa.CheckConstraint(
            "left(code, 9) = subdistrict_code", name=op.f("ck_communities_code_in_subdistrict")
        ),
        sa.ForeignKeyConstraint(
            ["service_region_code"],
            ["service_regions.code"],
            name=op.f("fk_communities_service_region_code"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "subdistrict_code"],
            ["subdistricts.version_id", "subdistricts.code"],
            name=op.f("fk_communities_version_id_subdistrict_code"),
        ),
        sa.PrimaryKeyConstraint("version_id", "code", name=op.f("pk_communities")),
    )
    op.create_geospatial_index(
        "idx_communities_geom",
        "communities",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "grids",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            postgresql.ENUM("residential", "dedicated", "unit", name="grid_kind"),
            nullable=False,
        ),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents_60_plus", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("code ~ '^[0-9]{15}$'", name=op.f("ck_grids_code")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_grids_name")),
        sa.CheckConstraint("right(code, 3) <> '000'", name=op.f("ck_grids_serial")),
        sa.CheckConstraint(
            "ST_IsValid(geom) and not ST_IsEmpty(geom)", name=op.f("ck_grids_geom_valid")
        ),
        sa.CheckConstraint(
            "households >= 0 and residents_60_plus between 0 and residents",
            name=op.f("ck_grids_people"),
        ),
        sa.CheckConstraint(
            "left(code, 12) = community_code", name=op.f("ck_grids_code_in_community")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "community_code"],
            ["communities.version_id", "communities.code"],
            name=op.f("fk_grids_version_id_community_code"),
        ),
        sa.PrimaryKeyConstraint("version_id", "code", name=op.f("pk_grids")),
    )
    op.create_geospatial_index(
        "idx_grids_geom",
        "grids",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "incidents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            postgresql.ENUM("web", "phone", "counter", "patrol", name="channel"),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_lon", sa.Double(), nullable=False),
        sa.Column("given_lat", sa.Double(), nullable=False),
        sa.Column("datum", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("queue", postgresql.ENUM("grid", "dispatch", name="queue"), nullable=False),
        sa.Column(
            "state",
            postgresql.ENUM(
                "to_sort",
                "dispatched",
                "accepted",
                "handled",
                "closed",
                "void",
                name="incident_state",
            ),
            nullable=False,
        ),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("reported_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("building_code", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("nearest_grid_code", sa.Text(), nullable=True),
        sa.Column("nearest_distance_m", sa.Float(), nullable=True),
        sa.Column("border_distance_m", sa.Double(), nullable=True),
        sa.Column("neighbours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("officer_code", sa.Text(), nullable=True),
        sa.Column("standing_in", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=True),
        sa.Column(
            "received_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "datum in ('wgs84', 'cgcs2000', 'gcj02', 'bd09')", name=op.f("ck_incidents_datum")
        ),
        sa.CheckConstraint(
            "how in ('inside', 'edge', 'gap', 'outside', 'building', 'by_hand')",
            name=op.f("ck_incidents_how"),
        ),
        sa.CheckConstraint(
            "(nearest_grid_code is null) = (nearest_distance_m is null)",
            name=op.f("ck_incidents_nearest"),
        ),
        sa.CheckConstraint(
            "queue = 'dispatch' or grid_code is not null", name=op.f("ck_incidents_grid_queue")
        ),
        sa.CheckConstraint(
            "state <> 'to_sort' or queue = 'dispatch'", name=op.f("ck_incidents_to_sort_queue")
        ),
        sa.CheckConstraint("text <> '' and category <> ''", name=op.f("ck_incidents_words")),
        sa.CheckConstraint(
            "(idempotency_key is null) = (request_hash is null)",
            name=op.f("ck_incidents_idempotency"),
        ),
        sa.CheckConstraint(
            "given_lon between -180 and 180 and given_lat between -90 and 90",
            name=op.f("ck_incidents_given"),
        ),
        sa.ForeignKeyConstraint(
            ["building_code"], ["buildings.code"], name=op.f("fk_incidents_building_code")
        ),
        sa.ForeignKeyConstraint(
            ["officer_code"], ["officers.code"], name=op.f("fk_incidents_officer_code")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "grid_code"],
            ["grids.version_id", "grids.code"],
            name=op.f("fk_incidents_version_id_grid_code"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["boundary_versions.id"], name=op.f("fk_incidents_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_incidents_idempotency_key")),
        sa.UniqueConstraint("number", name=op.f("uq_incidents_number")),
    )
    op.create_geospatial_index(
        "idx_incidents_geom",
        "incidents",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_incidents_grid_id", "incidents", ["grid_code", "id"], unique=False)
    op.create_index("ix_incidents_state_id", "incidents", ["state", "id"], unique=False)
    op.create_table(
        "version_blocks",
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["blocks.id"], name=op.f("fk_version_blocks_block_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "grid_code"],
            ["grids.version_id", "grids.code"],
            name=op.f("fk_version_blocks_version_id_grid_code"),
        ),
        sa.PrimaryKeyConstraint("version_id", "block_id", name=op.f("pk_version_blocks")),
    )
    op.create_index(
        "ix_version_blocks_grid", "version_blocks", ["version_id", "grid_code"], unique=False
    )
    op.create_table(
        "incident_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "state",
            postgresql.ENUM(
                "to_sort",
                "dispatched",
                "accepted",
                "handled",
                "closed",
                "void",
                name="incident_state",
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("officer_code", sa.Text(), nullable=True),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_events_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_code"], ["officers.code"], name=op.f("fk_incident_events_officer_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_events")),
        sa.UniqueConstraint(
            "incident_id", "serial", name=op.f("uq_incident_events_incident_id_serial")
        ),
    )


def downgrade() -> None:
    op.drop_table("incident_events")
    op.drop_index("ix_version_blocks_grid", table_name="version_blocks")
    op.drop_table("version_blocks")
    op.drop_index("ix_incidents_state_id", table_name="incidents")
    op.drop_index("ix_incidents_grid_id", table_name="incidents")
    op.drop_geospatial_index(
        "idx_incidents_geom", table_name="incidents", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("incidents")
    op.drop_geospatial_index(
        "idx_grids_geom", table_name="grids", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("grids")
    op.drop_geospatial_index(
        "idx_communities_geom",
        table_name="communities",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("communities")
    op.drop_index(op.f("ix_buildings_compound_code"), table_name="buildings")
    op.drop_index(op.f("ix_buildings_block_code"), table_name="buildings")
    op.drop_index(
        "ix_buildings_address",
        table_name="buildings",
        postgresql_using="gin",
        postgresql_ops={"address": "gin_trgm_ops"},
    )
    op.drop_geospatial_index(
        "idx_buildings_geom", table_name="buildings", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("buildings")
    op.drop_geospatial_index(
        "idx_subdistricts_geom",
        table_name="subdistricts",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("subdistricts")
    op.drop_index(op.f("ix_service_centres_region_code"), table_name="service_centres")
    op.drop_geospatial_index(
        "idx_service_centres_geom",
        table_name="service_centres",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("service_centres")
    op.drop_index(op.f("ix_officer_absences_officer_code"), table_name="officer_absences")
    op.drop_table("officer_absences")
    op.drop_table("issued_codes")
    op.drop_index(op.f("ix_grid_duties_officer_code"), table_name="grid_duties")
    op.drop_table("grid_duties")
    op.drop_geospatial_index(
        "idx_blocks_geom", table_name="blocks", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("blocks")
    op.drop_index(
        "ix_streets_name",
        table_name="streets",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_geospatial_index(
        "idx_streets_geom", table_name="streets", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("streets")
    op.drop_table("service_regions")
    op.drop_table("officers")
    op.drop_geospatial_index(
        "idx_map_areas_geom", table_name="map_areas", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("map_areas")
    op.drop_index(
        "ix_compounds_name",
        table_name="compounds",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_geospatial_index(
        "idx_compounds_geom", table_name="compounds", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("compounds")
    op.drop_geospatial_index(
        "idx_boundary_versions_frame",
        table_name="boundary_versions",
        postgresql_using="gist",
        column_name="frame",
    )
    op.drop_geospatial_table("boundary_versions")
    for enum in ("version_state", "grid_kind", "channel", "queue", "incident_state"):
        op.execute(f"drop type {enum}")
    op.execute("drop sequence incident_serial")
