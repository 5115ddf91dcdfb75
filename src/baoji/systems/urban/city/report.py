"""What the database holds of the city: counts under fixed names, and the people of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from baoji.kernel.base import sql

_DIVISIONS: Final = (
    "SELECT count(*) FROM organisations_division WHERE level = '{}'"
    f" AND (valid_to IS NULL OR valid_to > {sql.TODAY})"
)
_CLASSES: Final = "SELECT count(*) FROM urban_class c JOIN urban_edition e ON e.id = c.edition_id WHERE e.in_force AND c.kind = '{}'"
_HOLDERS: Final = f"""
SELECT count(DISTINCT p.id) FROM identity_person p JOIN identity_holding h ON h.person_id = p.id
  JOIN organisations_post t ON t.id = h.post_id
 WHERE t.kind = '{{}}' AND p.is_active AND {sql.HELD}
"""
# Other programs rely on these names.
COUNTS: Final = {
    "counties": _DIVISIONS.format("county"),
    "streets": _DIVISIONS.format("street"),
    "communities": _DIVISIONS.format("community"),
    "unit_grids": "SELECT count(*) FROM maps_unit_grid WHERE valid_to IS NULL",
    "responsibility_grids": "SELECT count(*) FROM urban_responsibility_grid",
    "components": "SELECT count(*) FROM urban_component",
    "component_classes": _CLASSES.format("component"),
    "event_classes": _CLASSES.format("event"),
    "conditions": "SELECT count(*) FROM urban_condition WHERE active",
    "departments": "SELECT count(*) FROM organisations_organisation WHERE kind IN ('department', 'unit')"
    f" AND (valid_to IS NULL OR valid_to > {sql.TODAY})",
    "collectors": _HOLDERS.format("collector"),
    "officers": _HOLDERS.format("officer"),
    "sanitation_workers": _HOLDERS.format("cleaner"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one kind of post: how many, what the post is called, and a few codes from first to last."""

    kind: str
    title: str
    count: int
    codes: tuple[str, ...]


def counts() -> dict[str, int]:
    return {name: int(sql.value(statement)) for name, statement in COUNTS.items()}


def groups() -> list[Group]:
    """Active people by the kind of post they hold themselves."""
    found = sql.tuples(
        f"""
        SELECT t.kind, min(t.name), count(*), array_agg(p.code ORDER BY p.code)
          FROM identity_person p JOIN identity_holding h ON h.person_id = p.id AND NOT h.deputy
          JOIN organisations_post t ON t.id = h.post_id
         WHERE p.is_active AND {sql.HELD}
         GROUP BY t.kind ORDER BY t.kind
        """
    )
    return [
        Group(kind, title, count, tuple(codes if count <= 3 else [codes[0], codes[1], codes[-1]]))
        for kind, title, count, codes in found
    ]
