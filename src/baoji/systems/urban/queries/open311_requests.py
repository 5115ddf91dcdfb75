"""Cases as Open311 requests: which ones a program may learn of, and all that an answer is made from.

Strangers (`key_id` 0) see what the public list shows (`urban_public_case`) and, by the same rules, what came by Open311
and is not filed; a program sees all that came by its own key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import Snapshot
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.cases import column_for
from baoji.systems.urban.queries.merged import of_whole
from baoji.systems.urban.queries.progress import INSIDE, TOLD
from baoji.systems.urban.queries.shown import shown_days
from baoji.systems.urban.rules.citizens import Place, places
from baoji.systems.urban.rules.open311 import MOST_REQUESTS, Span

OPEN = ["open", "suspended"]
# Words between a reporter and the acceptor; a program reads those on what it sent.
TALK = frozenset({"ask", "tell"})


# How exactly the places of which topics are shown to strangers.
place_rules: Snapshot[dict[str, Place]] = Snapshot(lambda: places(policies().get("public", {})), "policies")


def _reader(key_id: int, now: datetime) -> dict[str, Any]:
    """The parameters of what this reader may learn of."""
    hidden = [topic for topic, place in place_rules().items() if place is Place.HIDDEN]
    return {"key": key_id, "hidden": hidden, "oldest": now - timedelta(days=shown_days())}


# Of `o`, a request by Open311, and `c`, its case.
MAY_LEARN = "(o.key_id = %(key)s OR c.topic <> ALL(%(hidden)s::text[]) AND (c.closed_at IS NULL OR c.closed_at >= %(oldest)s))"


@dataclass
class Asked:
    """What a program asks for; empty means no restriction. Without `requested` and `updated` everything of all time."""

    requested: Span | None = None
    updated: Span | None = None
    statuses: frozenset[str] = frozenset()
    topics: Sequence[str] = ()
    page: int = 1
    page_size: int = MOST_REQUESTS


@dataclass(frozen=True)
class _Part:
    """One of the two lists that a page is made of."""

    source: str
    of: str
    status: str
    topic: str
    changed: str
    clauses: tuple[str, ...] = ()

    def statement(self, asked: Asked) -> str:
        clauses = [*self.clauses, *self._narrowed(asked)]
        return (
            f"(SELECT {self.of}.created_at, {self.of}.case_id FROM {self.source} WHERE {' AND '.join(clauses) or 'true'}"
            f" ORDER BY {self.of}.created_at DESC, {self.of}.case_id DESC LIMIT %(reach)s)"
        )

    def _narrowed(self, asked: Asked) -> Iterable[str]:
        if asked.requested:
            yield f"{self.of}.created_at >= %(first)s AND {self.of}.created_at < %(past)s"
        if asked.updated:
            yield f"{self.changed} >= %(since)s AND {self.changed} < %(until)s"
        if asked.updated and self.of == "o":
            yield "o.created_at >= %(since)s - interval '1 year'"  # what is not filed in a year is not filed
        if asked.topics:
            yield f"{self.topic} = ANY(%(topics)s)"
        if len(asked.statuses) == 1:
            yield f"({self.status} = ANY(%(open)s)) = %(is_open)s"


PARTS = (
    _Part(
        "urban_public_case p",
        "p",
        "p.status",
        "p.topic",
        "p.changed_at",
        ("p.topic <> ALL(%(hidden)s::text[])",),
    ),
    _Part(
        "urban_open311_request o JOIN flow_case c ON c.id = o.case_id",
        "o",
        of_whole("c", "status"),
        "c.topic",
        "coalesce(c.closed_at, c.last_at)",
        ("NOT EXISTS (SELECT 1 FROM urban_public_case p WHERE p.case_id = o.case_id)", MAY_LEARN),
    ),
)


class Mark(NamedTuple):
    """What an answer about a case depends on besides the reader: as long as it stays the same, so does the answer.

    `version` grows with each act, `public_version` is that of the public row (None: it has none), `key_id` the program that
    sent it. What a merged one says depends on another case.
    """

    id: int
    version: int
    public_version: int | None
    key_id: int | None
    is_merged: bool


def page_of(asked: Asked, key_id: int, now: datetime) -> list[Mark]:
    """One page, newest first."""
    params: dict[str, Any] = {
        "reach": asked.page * asked.page_size,
        "size": asked.page_size,
        "skip": (asked.page - 1) * asked.page_size,
        "topics": list(asked.topics),
        "open": OPEN,
        "is_open": "open" in asked.statuses,
        **_reader(key_id, now),
    }
    if asked.requested:
        params |= {"first": asked.requested.first, "past": asked.requested.past}
    if asked.updated:
        params |= {"since": asked.updated.first, "until": asked.updated.past}
    both = " UNION ALL ".join(part.statement(asked) for part in PARTS)
    rows = sql.tuples(
        f"SELECT x.case_id, {MARKED} JOIN (SELECT created_at, case_id FROM ({both}) y ORDER BY created_at DESC, case_id DESC"
        " LIMIT %(size)s OFFSET %(skip)s) x ON x.case_id = c.id ORDER BY x.created_at DESC, x.case_id DESC",
        params,
    )
    return [Mark(*row) for row in rows]


MARKED = """
c.version, p.version, o.key_id, c.status = 'merged' FROM flow_case c
  LEFT JOIN urban_public_case p ON p.case_id = c.id LEFT JOIN urban_open311_request o ON o.case_id = c.id"""


VISIBLE = (
    "(c.topic <> ALL(%(hidden)s::text[]) AND EXISTS (SELECT 1 FROM urban_public_case p WHERE p.case_id = c.id)"
    f" OR EXISTS (SELECT 1 FROM urban_open311_request o WHERE o.case_id = c.id AND {MAY_LEARN}))"
)


def id_of(number: str, key_id: int, now: datetime) -> int | None:
    """The id of the request with this task number or case number, if this reader may learn of it."""
    column, key = column_for(number.replace("\x00", ""))
    found: int | None = sql.value(
        f"SELECT c.id FROM flow_case c WHERE c.{column} = %(number)s AND c.flow = 'urban' AND {VISIBLE}",
        {"number": key, **_reader(key_id, now)},
    )
    return found


def marks_of(ids: Sequence[int]) -> list[Mark]:
    """In the order of the ids."""
    rows = {
        row[0]: Mark(*row) for row in sql.tuples(f"SELECT c.id, {MARKED} WHERE c.id = ANY(%s)", [list(ids)])
    }
    return [rows[id_] for id_ in ids if id_ in rows]


def ids_of(numbers: Iterable[str], key_id: int, now: datetime) -> list[int]:
    """The same for many, in the order asked; unknown ones are left out."""
    asked = [column_for(number.replace("\x00", "")) for number in numbers]
    rows = sql.tuples(
        "SELECT c.id, c.number, c.case_number FROM flow_case c WHERE (c.number = ANY(%(number)s) OR c.case_number = ANY(%(case_number)s))"
        f" AND c.flow = 'urban' AND {VISIBLE}",
        {
            "number": [key for column, key in asked if column == "number"],
            "case_number": [key for column, key in asked if column == "case_number"],
            **_reader(key_id, now),
        },
    )
    known = {number: row[0] for row in rows for number in row[1:] if number}
    return list(dict.fromkeys(known[key] for _column, key in asked if key in known))


# Of a closing condition strangers read the words of the class table; what the chief wrote instead is for who sent the request.
# The server plans the statement for one case once, and one with an array of unknown length every time.
DETAILS = """
SELECT c.id, c.number, c.title, c.topic, c.area, c.severity, c.stage, c.step, c.status, c.body_id, c.created_at, c.closed_at, c.last_at,
       c.clock_due_at, c.limit_value, c.limit_unit, 
       CASE WHEN o.key_id = %(key)s OR c.closing ->> 'condition' IN (n.closing, n.closing_en) OR jsonb_typeof(c.closing) <> 'object'
            THEN c.closing ELSE c.closing - 'condition' END::text AS closing,
       c.rework, ST_X(c.place) AS lon, ST_Y(c.place) AS lat,
       v.state AS words_state, v.text AS words_text, v.edited AS words_edited, c.address, coalesce(p.address, nullif(k.address, ''), near.name, '') AS shown_address,
       r.kind, r.class_code, r.condition_id, r.component, r.description, r.caller_name, o.key_id, o.media_url, told.act, told.opinion
  FROM {cases} JOIN urban_report r ON r.case_id = c.id LEFT JOIN urban_component k ON k.code = nullif(r.component, '')
  LEFT JOIN urban_condition n ON n.id = r.condition_id
  LEFT JOIN urban_open311_request o ON o.case_id = c.id LEFT JOIN urban_public_case p ON p.case_id = c.id
  LEFT JOIN urban_words_review v ON v.case_id = c.id
  LEFT JOIN LATERAL (
    SELECT m.name FROM maps_address m WHERE p.case_id IS NULL AND (c.address = '' OR o.key_id IS DISTINCT FROM %(key)s) AND ST_DWithin(m.place, c.place, 0.003)
     ORDER BY m.place <-> c.place LIMIT 1
  ) near ON true
  LEFT JOIN LATERAL (
    SELECT t.act, t.opinion FROM flow_record t
     WHERE c.status <> ALL(%(open)s) AND t.case_id = c.id AND t.act = ANY(%(told)s) AND t.opinion <> '' ORDER BY t.n DESC LIMIT 1
  ) told ON true
 {order}
"""
OF_ONE = DETAILS.format(cases="flow_case c", order="WHERE c.id = %(id)s")
OF_MANY = DETAILS.format(
    cases="unnest(%(ids)s::bigint[]) WITH ORDINALITY AS w(id, nth) JOIN flow_case c ON c.id = w.id",
    order="ORDER BY w.nth",
)


def details(ids: Sequence[int], key_id: int) -> list[dict[str, Any]]:
    """What answers are made from, in the order of the ids. It holds what strangers must not read: see `api.open311.shapes`."""
    params: dict[str, Any] = {"open": OPEN, "told": sorted(TOLD), "key": key_id}
    if len(ids) == 1:
        return sql.rows(OF_ONE, {**params, "id": ids[0]})
    return sql.rows(OF_MANY, {**params, "ids": list(ids)}) if ids else []


ROOTS = f"SELECT c.id, {of_whole('c', 'id')} FROM flow_case c WHERE c.id = ANY(%s)"


def roots_of(rows: Sequence[dict[str, Any]], key_id: int) -> dict[int, dict[str, Any]]:
    """For each merged one of these rows the row of the case where it goes on."""
    merged = [row["id"] for row in rows if row["status"] == "merged"]
    if not merged:
        return {}
    leads = dict(sql.tuples(ROOTS, [merged]))
    known = {row["id"]: row for row in details(sorted(set(leads.values())), key_id)}
    return {id_: known[root] for id_, root in leads.items()}


PHOTOS = """
SELECT a.case_id, a.id, a.stage, a.at, t.n, t.act, f.sha256, f.mime, f.width, f.height, o.key_id, coalesce(v.shown, false) AND p.case_id IS NOT NULL AS shown,
       coalesce(p.number, c.number) AS number, coalesce(p.address, '') AS address
  FROM flow_attachment a JOIN records_file f ON f.id = a.file_id JOIN flow_case c ON c.id = a.case_id LEFT JOIN flow_record t ON t.id = a.record_id
  LEFT JOIN urban_photo_review v ON v.attachment_id = a.id
  LEFT JOIN urban_open311_request o ON o.case_id = a.case_id LEFT JOIN urban_public_case p ON p.case_id = a.case_id
 WHERE {which} AND a.kind = 'photo' AND NOT EXISTS (SELECT 1 FROM urban_erasure e WHERE e.file_id = f.id) ORDER BY a.id
"""


def photos_of(ids: Sequence[int], key_id: int) -> dict[int, list[dict[str, Any]]]:
    """Photos by case: those that a person has cleared for everybody, and what the program with this key sent itself."""
    found: dict[int, list[dict[str, Any]]] = {}
    which = "a.case_id = %s" if len(ids) == 1 else "a.case_id = ANY(%s)"
    for row in sql.rows(PHOTOS.format(which=which), [ids[0] if len(ids) == 1 else list(ids)]) if ids else []:
        if row["shown"] or (row["key_id"] == key_id and (row["stage"] == "report" or row["act"] == "ask")):
            found.setdefault(row["case_id"], []).append(row)
    return found


def photo(attachment_id: int) -> dict[str, Any] | None:
    return sql.row(PHOTOS.format(which="a.id = %s"), [attachment_id]) if attachment_id < 2**63 else None


STEPS = "t.case_id, t.n, t.act, t.at, t.to_step, t.receiver_org_id, t.opinion"


def steps_of(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The acts that reporters learn of, `TALK` with them, by case and in their order."""
    found: dict[int, list[dict[str, Any]]] = {}
    if not ids:
        return found
    rows = sql.rows(
        f"SELECT {STEPS} FROM flow_record t WHERE t.case_id = ANY(%s) AND t.act <> ALL(%s) ORDER BY t.case_id, t.n",
        [list(ids), sorted(INSIDE - TALK)],
    )
    for row in rows:
        found.setdefault(row["case_id"], []).append(row)
    return found


def steps_between(
    span: Span, acts: Iterable[str], *, page: int, page_size: int, key_id: int, now: datetime
) -> list[dict[str, Any]]:
    """The acts of a span of time on requests that this reader may learn of, the last one written down first."""
    return sql.rows(
        f"SELECT {STEPS} FROM flow_record t JOIN flow_case c ON c.id = t.case_id"
        f" WHERE t.at >= %(first)s AND t.at < %(past)s AND t.act = ANY(%(acts)s) AND {VISIBLE}"
        " AND (t.act <> ALL(%(talk)s) OR EXISTS (SELECT 1 FROM urban_open311_request o WHERE o.case_id = c.id AND o.key_id = %(key)s))"
        " ORDER BY t.id DESC LIMIT %(size)s OFFSET %(skip)s",
        {
            "first": span.first,
            "past": span.past,
            "acts": sorted(set(acts) - (INSIDE - TALK)),
            "talk": sorted(TALK),
            "size": page_size,
            "skip": (page - 1) * page_size,
            **_reader(key_id, now),
        },
    )
