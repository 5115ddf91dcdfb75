"""The tree of organisations and the divisions' names, kept in the process."""

from dataclasses import dataclass, field
from typing import NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot

CENTRE = "supervision_centre"


class Org(NamedTuple):
    """`body_id` answers for it, `path` leads from the city down to itself."""

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
    """All organisations: those in force by id, by code and from above, and besides `known`, those that have ended too.

    Cases and records go on naming who has ended: what is shown comes from `known`, what may be chosen from the others.
    """

    by_id: dict[int, Org] = field(default_factory=dict)
    by_code: dict[str, Org] = field(default_factory=dict)
    territorial: dict[str, Org] = field(default_factory=dict)  # county code → its platform
    centre: Org | None = None  # 监督中心; of several the highest
    known: dict[int, Org] = field(default_factory=dict)
    known_codes: dict[str, Org] = field(default_factory=dict)
    _below: dict[int, list[Org]] = field(default_factory=dict)
    _left: dict[int | None, list[int]] = field(default_factory=dict)

    def add(self, org: Org, *, in_force: bool = True) -> None:
        self.known[org.id] = self.known_codes[org.code] = org
        if not in_force:
            return
        self.by_id[org.id] = self.by_code[org.code] = org
        for above in org.path:
            self._below.setdefault(above, []).append(org)
        if org.kind == "county_platform":
            self.territorial[org.division[:6]] = org
        if org.kind == CENTRE and (self.centre is None or len(org.path) < len(self.centre.path)):
            self.centre = org

    def code(self, id_: int | None) -> str | None:
        """Also of who has ended; None for None."""
        return self.known[id_].code if id_ else None

    def below(self, org_id: int) -> list[Org]:
        """The organisation and everything under it that the same body answers for, or that belongs to its own tree."""
        return self._below.get(org_id, [])

    def heir(self, id_: int) -> Org | None:
        """Who goes on with what lies there: itself while in force, else the nearest above it in the same body; None if
        the body has ended."""
        org = self.known[id_]
        living = (self.by_id[one] for one in (id_, *reversed(org.path)) if one in self.by_id)
        return next((one for one in living if one.body_id == org.body_id), None)

    def left_to(self, org_id: int | None) -> list[int]:
        """Those that have ended and whose heir this organisation is; of None, those that left none."""
        return self._left.get(org_id, [])

    def settle(self) -> None:
        """Call it once all are added."""
        for id_ in self.known.keys() - self.by_id.keys():
            heir = self.heir(id_)
            self._left.setdefault(heir.id if heir else None, []).append(id_)


def _load() -> Tree:
    tree = Tree()
    for *columns, in_force in sql.tuples(
        "SELECT id, code, name, coalesce(nullif(short_name, ''), name), kind, parent_id, coalesce(body_id, id), path, division, name_en,"
        f" valid_to IS NULL OR valid_to > {sql.TODAY} FROM organisations_organisation ORDER BY code"
    ):
        tree.add(Org._make(columns)._replace(path=tuple(columns[7])), in_force=in_force)
    tree.settle()
    return tree


organisations = Snapshot(_load, "organisations", "day")


class DivisionNames(NamedTuple):
    """`name_en` is '' where there is none."""

    name: str
    name_en: str


def _load_divisions() -> dict[str, DivisionNames]:
    return {
        code: DivisionNames(*names)
        for code, *names in sql.tuples("SELECT code, name, name_en FROM organisations_division")
    }


divisions = Snapshot(_load_divisions, "organisations")
