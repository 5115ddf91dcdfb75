"""The tree of organisations and the divisions' names, kept in the process."""

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
    _below: dict[int, list[Org]] = field(default_factory=dict)

    def add(self, org: Org) -> None:
        self.by_id[org.id] = self.by_code[org.code] = org
        for above in org.path:
            self._below.setdefault(above, []).append(org)
        if org.kind == "county_platform":
            self.territorial[org.division[:6]] = org

    def code(self, id_: int | None) -> str | None:
        return self.by_id[id_].code if id_ else None

    def is_within(self, org_id: int, ancestor_id: int) -> bool:
        return ancestor_id in self.by_id[org_id].path

    def below(self, org_id: int) -> list[Org]:
        """The organisation and everything under it that the same body answers for, or that belongs to its own tree."""
        return self._below.get(org_id, [])


def _load() -> Tree:
    tree = Tree()
    for row in sql.tuples(
        "SELECT id, code, name, coalesce(nullif(short_name, ''), name), kind, parent_id, coalesce(body_id, id), path, division, name_en"
        f" FROM organisations_organisation WHERE valid_to IS NULL OR valid_to > {sql.TODAY} ORDER BY code"
    ):
        tree.add(Org._make(row)._replace(path=tuple(row[7])))
    return tree


organisations = Snapshot(_load, "organisations", "day")


class DivisionNames(NamedTuple):
    name: str
    name_en: str


def _load_divisions() -> dict[str, DivisionNames]:
    return {
        code: DivisionNames(*names)
        for code, *names in sql.tuples("SELECT code, name, name_en FROM organisations_division")
    }


divisions = Snapshot(_load_divisions, "organisations")
