"""The tree of organisations, kept in the process."""

from dataclasses import dataclass, field
from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot


class Org(NamedTuple):
    id: int
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    body_id: int
    path: tuple[int, ...]
    division: str
    name_en: str


@dataclass
class Tree:
    by_id: dict[int, Org] = field(default_factory=dict)
    by_code: dict[str, Org] = field(default_factory=dict)
    territorial: dict[str, Org] = field(default_factory=dict)  # county code → its platform

    def code(self, id_: int | None) -> str | None:
        return self.by_id[id_].code if id_ else None

    def is_within(self, org_id: int, ancestor_id: int) -> bool:
        return ancestor_id in self.by_id[org_id].path

    def below(self, org_id: int) -> list[Org]:
        """The organisation and everything under it that the same body answers for, or that belongs to its own tree."""
        return [org for org in self.by_id.values() if org_id in org.path]


def _load() -> Tree:
    tree = Tree()
    for row in sql.tuples(
        "SELECT id, code, name, coalesce(nullif(short_name, ''), name), kind, parent_id, coalesce(body_id, id), path, division, name_en"
        " FROM organisations_organisation WHERE valid_to IS NULL OR valid_to > current_date ORDER BY code"
    ):
        org = Org._make(row)._replace(path=tuple(row[7]))
        tree.by_id[org.id] = org
        tree.by_code[org.code] = org
        if org.kind == "county_platform":
            tree.territorial[org.division[:6]] = org
    return tree


organisations = Snapshot(_load, "organisations")
