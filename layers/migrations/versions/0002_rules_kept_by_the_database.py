"""Rules kept by the database: published versions, issued codes and events never change."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNITS = {"subdistricts": "subdistrict", "communities": "community", "grids": "grid"}
OF_A_VERSION = (*UNITS, "version_blocks")
TOLD = (
    "boundary_versions",
    "officers",
    "grid_duties",
    "officer_absences",
    "compounds",
    "buildings",
    "streets",
    "map_areas",
    "service_centres",
)

FUNCTIONS = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% rows are only ever added', tg_table_name
        using errcode = 'restrict_violation';
end $$;

create function refuse_change_when_published() returns trigger language plpgsql as $$
declare
    touched bigint[] := case tg_op when 'INSERT' then array[new.version_id]
                                   when 'DELETE' then array[old.version_id]
                                   else array[old.version_id, new.version_id] end;
begin
    if exists (select from boundary_versions where id = any (touched) and state = 'published') then
        raise exception 'boundary version % is published and never changes', touched[1]
            using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create function keep_published_version() returns trigger language plpgsql as $$
begin
    if old.state <> 'published' then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    -- only the end of validity may be set, when the next version takes over
    if tg_op = 'DELETE' or new.state <> 'published' or lower(new.validity) <> lower(old.validity)
        or (to_jsonb(new) - 'validity') <> (to_jsonb(old) - 'validity') then
        raise exception 'boundary version % is published and never changes', old.id
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create function keep_published_block() returns trigger language plpgsql as $$
begin
    if (tg_op = 'DELETE' or new.code <> old.code or not new.geom ~= old.geom
        or not ST_Equals(new.geom, old.geom))
        and exists (select from version_blocks vb join boundary_versions v on v.id = vb.version_id
                    where vb.block_id = old.id and v.state = 'published') then
        raise exception 'block % is part of a published version and keeps its shape', old.code
            using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create function register_code() returns trigger language plpgsql as $$
declare
    v boundary_versions;
    known issued_codes;
begin
    select * into strict v from boundary_versions where id = new.version_id;
    insert into issued_codes (scheme, edition, code, level, version_id)
        values (v.scheme, v.edition, new.code, tg_argv[0], v.id) on conflict do nothing;
    select * into strict known from issued_codes
        where (scheme, edition, code) = (v.scheme, v.edition, new.code);
    if known.retired_at is not null and v.restores_id is null then
        raise exception 'code % was retired on % and is never used again', new.code,
            known.retired_at::date using errcode = 'restrict_violation',
            hint = 'give the unit a new serial';
    end if;
    return new;
end $$;

create function tell_city_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('city_changed', tg_table_name);
    return null;
end $$;

create function keep_issued_code() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (to_jsonb(new) - 'retired_at') <> (to_jsonb(old) - 'retired_at') then
        raise exception 'code % was issued and is kept for ever', old.code
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    for table in OF_A_VERSION:
        op.execute(
            f"create trigger keep_published before insert or update or delete on {table} "
            "for each row execute function refuse_change_when_published()"
        )
    for table, level in UNITS.items():
        op.execute(
            f"create trigger register_code after insert or update of code on {table} "
            f"for each row execute function register_code('{level}')"
        )
    for table, function in {
        "boundary_versions": "keep_published_version",
        "blocks": "keep_published_block",
        "issued_codes": "keep_issued_code",
        "incident_events": "refuse_change",
    }.items():
        op.execute(
            f"create trigger keep before update or delete on {table} "
            f"for each row execute function {function}()"
        )
    for table in TOLD:
        op.execute(
            f"create trigger tell after insert or update or delete on {table} "
            "for each statement execute function tell_city_changed()"
        )


def downgrade() -> None:
    for table in TOLD:
        op.execute(f"drop trigger tell on {table}")
    for table in OF_A_VERSION:
        op.execute(f"drop trigger keep_published on {table}")
    for table in UNITS:
        op.execute(f"drop trigger register_code on {table}")
    for table in ("boundary_versions", "blocks", "issued_codes", "incident_events"):
        op.execute(f"drop trigger keep on {table}")
    for function in (
        "refuse_change",
        "refuse_change_when_published",
        "keep_published_version",
        "keep_published_block",
        "register_code",
        "keep_issued_code",
        "tell_city_changed",
    ):
        op.execute(f"drop function {function}()")
