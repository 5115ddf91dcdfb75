"""The tables that a load fills, in the order in which they may point at each other."""

from __future__ import annotations

from typing import Final

from baoji.kernel.base.sql import TODAY
from baoji.systems.urban.city.merge import Column, Sheet
from baoji.systems.urban.rules.everyday import PREFIX

DIVISION: Final = "SELECT id, code AS key FROM organisations_division"
ORGANISATION: Final = "SELECT id, code AS key FROM organisations_organisation"
POST: Final = (
    "SELECT p.id, p.kind || '@' || o.code AS key FROM organisations_post p "
    "JOIN organisations_organisation o ON o.id = p.organisation_id"
)
PERSON: Final = "SELECT id, code AS key FROM identity_person"
EDITION: Final = "SELECT id, code AS key FROM urban_edition"
CONDITION: Final = "SELECT id, kind || '/' || class_code || '/' || n AS key FROM urban_condition"


def columns(plain: str, *others: Column) -> tuple[Column, ...]:
    """Text columns by their names, then the others."""
    return (*(Column(name) for name in plain.split()), *others)


def days(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "date") for name in names)


LIMIT: Final = (Column("n", "int"), Column("limit_value", "numeric(6,2)"), Column("limit_unit"))

DIVISIONS = Sheet(
    "divisions",
    "organisations_division",
    ("code",),
    columns(
        "code name level successor kind source",
        Column("name_en", later=True),
        Column("parent", ref=DIVISION),
        *days("valid_from", "valid_to"),
    ),
    retire=f"valid_to = {TODAY}",
)
ORGANISATIONS = Sheet(
    "organisations",
    "organisations_organisation",
    ("code",),
    columns(
        "code name short_name name_en kind division duties phone source",
        Column("parent", ref=ORGANISATION),
        Column("body", ref=ORGANISATION),
    ),
    new={"path": "'{}'"},
    retire=f"valid_to = {TODAY}",
)
POSTS = Sheet(
    "posts",
    "organisations_post",
    ("kind", "organisation"),
    columns("kind name name_en side door", Column("organisation", ref=ORGANISATION)),
    retire="",
)
PEOPLE = Sheet(
    "people",
    "identity_person",
    ("code",),
    columns("code name source", Column("is_active", "boolean")),
    new={
        # No password fits a value that begins with "!".
        "password": "'!' || replace(gen_random_uuid()::text, '-', '')",
        "phone": "''",
        "email": "''",
        "language": "''",
        "must_change_password": "false",
        "failed_sign_ins": "0",
    },
    retire="is_active = false",
)
HOLDINGS = Sheet(
    "holdings",
    "identity_holding",
    ("person", "post"),
    (
        Column("person", ref=PERSON),
        Column("post", ref=POST),
        Column("deputy", "boolean"),
        *days("since", "until"),
    ),
    retire=f"until = {TODAY} - 1",
)
SHIFTS = Sheet(
    "shifts",
    "identity_shift",
    ("person", "weekdays", "starts", "ends"),
    (
        Column("person", ref=PERSON),
        Column("weekdays", "smallint[]"),
        Column("starts", "time"),
        Column("ends", "time"),
        *days("valid_from", "valid_to"),
    ),
)
OFFICE_HOURS = Sheet(
    "office_hours",
    "worktime_officehours",
    ("valid_from",),
    (
        *days("valid_from", "valid_to"),
        Column("spans", "jsonb"),
        *columns("name source confidence", Column("name_en", later=True)),
    ),
)
DAYS = Sheet(
    "days",
    "worktime_specialday",
    ("day",),
    (*days("day"), *columns("kind name source confidence", Column("name_en", later=True))),
)
EDITIONS = Sheet(
    "editions",
    "urban_edition",
    ("code",),
    columns("code name source", Column("in_force", "boolean")),
    retire="in_force = false",
)
CLASSES = Sheet(
    "classes",
    "urban_class",
    ("edition", "kind", "code"),
    columns(
        "kind code major_name name name_en geometry accuracy confidence source note",
        Column("major_name_en", later=True),
        Column("edition", ref=EDITION),
    ),
    # Old cases name their class: one that has left the files stays, and its edition can be ended.
    retire="",
)
CROSSWALK = Sheet(
    "crosswalk",
    "urban_crosswalk",
    ("kind", "from_edition", "from_code", "to_edition", "to_code"),
    columns("kind from_edition from_code to_edition to_code relation note source"),
)
CONDITIONS = Sheet(
    "conditions",
    "urban_condition",
    ("kind", "class_code", "n"),
    columns(
        "kind class_code text text_en severity closing closing_en source wording",
        *LIMIT,
        Column("active", "boolean"),
    ),
    retire="active = false",
)
MILESTONES = Sheet(
    "milestones",
    "urban_milestone",
    ("condition", "n"),
    columns("name name_en source", *LIMIT, Column("condition", ref=CONDITION)),
)
DUTIES = Sheet(
    "duties",
    "urban_duty",
    ("kind", "class_code", "area", "valid_from"),
    columns(
        "kind class_code area basis source",
        Column("organisation", ref=ORGANISATION),
        *days("valid_from", "valid_to"),
    ),
    retire=f"valid_to = {TODAY}",
)


def _policies(code: str, live: str) -> Sheet:
    return Sheet(
        code, "urban_policy", ("name",), columns("name title source", Column("value", "jsonb")), live=live
    )


# What people say for a class is a policy of its own: files and operators change it class by class.
POLICIES = _policies("policies", f"NOT starts_with(t.name, '{PREFIX}')")
WORDS = _policies("words", f"starts_with(t.name, '{PREFIX}')")
STAGE_LIMITS = Sheet(
    "stage_limits",
    "flow_stage_limit",
    ("flow", "step"),
    columns("flow step source", Column("minutes", "int")),
)


def place(kind: str) -> Column:
    return Column("place", f"geometry({kind}, 4490)")


OUTLINE_COLUMNS: Final = columns("division name level provenance", place("MultiPolygon"))
COUNTY_OUTLINES = Sheet(
    "county_outlines", "maps_outline", ("division",), OUTLINE_COLUMNS, live="t.level = 'county'"
)
OUTLINES = Sheet("outlines", "maps_outline", ("division",), OUTLINE_COLUMNS, live="t.level <> 'county'")
UNIT_GRIDS = Sheet(
    "unit_grids",
    "maps_unit_grid",
    ("code",),
    columns("code land_use provenance", place("Polygon"), Column("area_m2", "double precision")),
    new={"valid_from": TODAY, "note": "''"},
    retire=f"valid_to = {TODAY}",
    live="t.valid_to IS NULL",
    order="w.place",
    replaces=True,
)
RESPONSIBILITY_GRIDS = Sheet(
    "responsibility_grids",
    "urban_responsibility_grid",
    ("code",),
    columns(
        "code name",
        Column("collector", ref=PERSON),
        Column("unit_grids", "text[]"),
        place("MultiPolygon"),
    ),
)
COMPONENTS = Sheet(
    "components",
    "urban_component",
    ("code",),
    columns(
        "code edition class_code name unit_grid address state accuracy data_source provenance",
        place("Point"),
        Column("shape", "geometry(Geometry, 4490)"),
        Column("in_charge", ref=ORGANISATION),
        Column("owner", ref=ORGANISATION),
        Column("maintainer", ref=ORGANISATION),
        *days("surveyed_on", "changed_on"),
    ),
    retire=f"state = '废弃', changed_on = {TODAY}",
    spare="EXISTS (SELECT 1 FROM urban_report r WHERE r.component = t.code)",
    # PostGIS sorts geometry along a Hilbert curve: a tile then reads few pages.
    order="w.place",
)
# Shapes and addresses have no key of their own: they are exchanged as a whole when the generator's input changes.
FEATURES = Sheet(
    "features",
    "maps_feature",
    (),
    columns("layer name rank provenance", place("Geometry")),
    live="t.provenance = 'generated'",
    order="w.layer, w.place",
)
ADDRESSES = Sheet(
    "addresses",
    "maps_address",
    (),
    columns("kind name provenance", Column("number", "int"), place("Point")),
    live="t.provenance = 'generated'",
    order="w.place",
)
