"""A statement for a page of cases, growing clause by clause.

Cases come into a list on roads; each road is an index read in the list's order. What no index holds is looked for along the roads,
but only so far: a page may end before it is full, with the place from which to look on.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.flow import store

LINE = (
    "c.id, c.number, c.case_number, c.title, c.topic, c.area, c.address, c.source, c.severity, c.stage, c.step, c.status, c.body_id,"
    " c.due_at, c.near_at, c.rank, c.sort_at, c.created_at, c.step_since, c.returns, c.rework, c.supervised, c.limit_value, c.limit_unit,"
    " c.clock_due_at, c.taken_by_id, c.version, c.holder_post, c.holder_org_id, c.asks, "
    + "c.clock, c.clock_limit_s, "
    + store.LON_LAT
    + ", c.notes ? 'asked' AS asked, r.kind, r.class_code, r.condition_id, r.component, r.off_grid, r.caller_name, r.caller_phone"
)
# How many cases one page looks at along a road: some 30 ms of the database, whether rows, their texts or the index alone are read.
LOOKED_AT, READ_IN_TEXT, READ_IN_INDEX = 10_000, 4_000, 50_000
NEWEST = ("c.created_at", "c.id")
_READS_CASE, _READS_REPORT = re.compile(r"\b[cr]\."), re.compile(r"\br\.")


@dataclass(frozen=True)
class Road:
    """One way on which cases come into a list: `near` is what the index of `start` is asked, once for each of `keys`.

    `alias` names the rows that the road yields: `c` cases, others rows that know their case as `case_id`. `held` are the
    columns that stand in the index itself; with `is_waiting` all of it is read for them, since only what waits stands in it.
    On a short road there is never much, and all cases of it are looked at.
    """

    near: str
    keys: str = ""
    start: str = "flow_case c"
    alias: str = "c"
    held: frozenset[str] = frozenset()
    is_waiting: bool = False
    is_short: bool = False

    def looked(self, wanted: str) -> int:
        """How many cases are looked at for what is `wanted`; 0 for all."""
        if not wanted or self.is_short:
            return 0
        if _READS_REPORT.search(wanted):
            return READ_IN_TEXT
        if set(re.findall(r"\bc\.(\w+)", wanted)) - self.held:
            return LOOKED_AT
        return 0 if self.is_waiting else READ_IN_INDEX


@dataclass
class ListQuery:
    """A list; parameters are named, nothing is pasted in. `far` is looked for along each road, `near` asked of each."""

    roads: tuple[Road, ...]
    order: tuple[str, ...] = NEWEST
    descending: bool = True
    params: dict[str, Any] = field(default_factory=dict)
    near: list[str] = field(default_factory=list)
    far: list[str] = field(default_factory=list)
    columns: str = ""  # besides those of LINE; `k.o0`, `k.o1` … are those of the order

    def where(self, clause: str, **params: Any) -> None:
        self.far.append(clause)
        self.params |= params

    def begin(self, clause: str, **params: Any) -> None:
        """A clause on the columns of the order: where on its index a road begins or ends."""
        self.near.append(clause)
        self.params |= params

    def column(self, name: str) -> str:
        """Where a column of the case is read: in the index, if it stands there."""
        road = self.roads[0] if self.roads else Road("")
        return f"{road.alias}.{name}" if name in road.held else f"c.{name}"

    def page(self, limit: int, columns: str = LINE) -> tuple[list[dict[str, Any]], tuple[Any, ...] | None]:
        """The first rows in the list's order; and, if they are fewer because no further was looked, the key reached."""
        rows = self.rows(limit, columns)
        if not self.far or (len(rows) == limit and not self._has_many):
            return rows, None
        reached = self._reached()
        if reached is None:
            return rows, None
        rows = [row for row in rows if self._is_before(self.key(row), reached)]
        return rows, reached if len(rows) < limit else None

    def rows(self, limit: int, columns: str = LINE) -> list[dict[str, Any]]:
        if not self.roads:
            return []
        walks = " UNION ALL ".join(f"({self._walked(road, limit)})" for road in self.roads)
        once = "DISTINCT " if self._has_many else ""
        order = self._ordering("k")
        marks = ", ".join(f"k.{name}" for name in self._marks)
        return sql.rows(
            f"SELECT {columns}{self.columns}, {marks} FROM (SELECT {once}* FROM ({walks}) k ORDER BY {order} LIMIT {limit}) k"
            f" JOIN flow_case c ON c.id = k.id JOIN urban_report r ON r.case_id = c.id ORDER BY {order}",
            self.params,
        )

    def key(self, row: dict[str, Any]) -> tuple[Any, ...]:
        """Where a row stands in the list's order."""
        return tuple(row[name] for name in self._marks)

    @property
    def _marks(self) -> list[str]:
        return [f"o{n}" for n in range(len(self.order))]

    @property
    def _has_many(self) -> bool:
        return len(self.roads) > 1 or any(road.keys for road in self.roads)

    def _is_before(self, key: tuple[Any, ...], reached: tuple[Any, ...]) -> bool:
        return key >= reached if self.descending else key <= reached

    def _ordering(self, of: str = "") -> str:
        names = [f"{of}.{mark}" for mark in self._marks] if of else self.order
        return ", ".join(name + (" DESC" if self.descending else "") for name in names)

    def _walked(self, road: Road, limit: int) -> str:
        """The keys of the road's first rows that fit."""
        case = "c.id" if road.alias == "c" else f"{road.alias}.case_id"
        wanted = " AND ".join(self.far)
        start, condition = f"{road.start} WHERE {self._asked(road)}", ""
        if wanted and road.is_short:
            mine = f"SELECT {case} AS case_id FROM {start}"
            start, condition = f"({mine}) w{self._joined('w', wanted + ' c.')}", f" WHERE {wanted}"
        elif looked := road.looked(wanted):
            inner = (
                f"SELECT {self._read(road, wanted)} FROM {start} ORDER BY {self._ordering()} LIMIT {looked}"
            )
            start, condition = f"({inner}) {road.alias}{self._joined(road.alias, wanted)}", f" WHERE {wanted}"
        elif wanted:
            condition = f" AND {wanted}"
        walk = f"SELECT {case} AS id, {self._named} FROM {start}{condition} ORDER BY {self._ordering()} LIMIT {limit}"
        return f"SELECT b.* FROM {road.keys} CROSS JOIN LATERAL ({walk}) b" if road.keys else walk

    @property
    def _named(self) -> str:
        return ", ".join(f"{name} AS {mark}" for name, mark in zip(self.order, self._marks, strict=True))

    def _asked(self, road: Road) -> str:
        return " AND ".join([road.near, *self.near])

    def _read(self, road: Road, wanted: str) -> str:
        """The columns of the road's rows that are looked at; all of them would be carried along for nothing."""
        names = {"id" if road.alias == "c" else "case_id"}
        names |= set(re.findall(rf"\b{road.alias}\.(\w+)", f"{wanted} {' '.join(self.order)}"))
        return ", ".join(f"{road.alias}.{name}" for name in sorted(names))

    def _joined(self, alias: str, wanted: str) -> str:
        case = f" JOIN flow_case c ON c.id = {alias}.case_id"
        found = case if alias != "c" and _READS_CASE.search(wanted) else ""
        return found + (" JOIN urban_report r ON r.case_id = c.id" if _READS_REPORT.search(wanted) else "")

    def _reached(self) -> tuple[Any, ...] | None:
        """How far every road was looked along; None if all to their ends."""
        wanted = " AND ".join(self.far)
        ends = []
        for road in self.roads:
            if looked := road.looked(wanted):
                end = (
                    f"SELECT {self._named} FROM {road.start} WHERE {self._asked(road)} ORDER BY {self._ordering()}"
                    f" OFFSET {looked - 1} LIMIT 1"
                )
                each = f"SELECT b.* FROM {road.keys} CROSS JOIN LATERAL ({end}) b" if road.keys else end
                ends.append(f"({each})")
        if not ends:
            return None
        found = sql.tuples(
            f"SELECT * FROM ({' UNION ALL '.join(ends)}) k ORDER BY {self._ordering('k')} LIMIT 1",
            self.params,
        )
        return found[0] if found else None
