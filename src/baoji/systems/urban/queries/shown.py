"""Public cases, read from nothing but what was written down for everybody (`urban_public_case`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.organisations.names import within
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.keys import decoded, encoded
from baoji.systems.urban.queries.merged import others
from baoji.systems.urban.queries.tiles import BOX, CORNERS, GATHERED_BELOW, LIGHTS, MOST_CASES
from baoji.systems.urban.rules.citizens import Place, middle_of_square, places

Box = tuple[float, float, float, float]
DEFAULTS = {"shown_days": 180, "coarse_m": 200}
COLUMNS = f"""
p.case_id, p.number, p.title, p.topic, p.area, p.address, p.coarse, p.stage, p.step, p.status, p.severity, p.body_id, p.created_at, p.filed_at,
p.due_at, p.near_at, p.closed_at, p.changed_at, ST_X(p.place) AS lon, ST_Y(p.place) AS lat,
{others("p.case_id")} AS me_too
"""
# Whether somebody looked since it was last said to be done, and found it so; a case may be closed without.
CHECKED = """
coalesce((SELECT t.act = 'check_answer' AND (t.facts ->> 'fixed')::boolean FROM flow_record t
  WHERE t.case_id = p.case_id AND t.act IN ('review', 'reopen', 'check_answer') ORDER BY t.n DESC LIMIT 1), false)
"""


IN_BOX = "p.place_web && ST_Transform(ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4490), 3857)"
# Nobody reported it: the simulation of a demonstration did.
PLAYED = "(SELECT r.simulated FROM urban_report r WHERE r.case_id = p.case_id)"


def _setting(name: str) -> float:
    return float(policies().get("public", {}).get(name, DEFAULTS[name]))


def is_shown_exactly(topic: str) -> bool:
    """Whether everybody may learn where a case of this class lies."""
    return places(policies().get("public", {})).get(topic, Place.EXACT) is Place.EXACT


def shown_days() -> int:
    """How long a closed case stays public."""
    return int(_setting("shown_days"))


def coarse_m() -> float:
    """The side of the squares that stand for the places of homes and people."""
    return _setting("coarse_m")


@dataclass
class Wanted:
    """What to list; empty means no restriction. `code` is a class of either kind, `kind` the letter of one (c, e). With `since`: what happened after it, the oldest change first. `news`: above which number and up to which (`PublicCase.news`)."""

    area: str = ""
    topic: str = ""
    status: str = ""
    bbox: Box | None = None
    since: datetime | None = None
    opened_since: datetime | None = None
    code: str = ""
    kind: str = ""
    news: tuple[int, int] | None = None


@dataclass
class Listed:
    rows: list[dict[str, Any]]
    next: str | None


# A box with more cases than this is looked for along the list, so many of its rows a page.
FEW_IN_BOX, LOOKED_AT = 2_000, 10_000


@dataclass
class _Query:
    """`near` is what the index in the list's order holds."""

    clauses: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    near: list[str] = field(default_factory=list)

    def where(self, clause: str, **params: Any) -> None:
        self.clauses.append(clause)
        self.params |= params

    def begin(self, clause: str, **params: Any) -> None:
        self.near.append(clause)
        self.params |= params

    @property
    def condition(self) -> str:
        return " AND ".join([*self.near, *self.clauses])

    @property
    def beginning(self) -> str:
        return " AND ".join(self.near) or "true"


def _visible() -> _Query:
    """A class that has just been made coarse or hidden shows no exact place, also before the worker has renewed its rows."""
    query, by_topic = _Query(), places(policies().get("public", {}))
    query.where(
        "NOT (p.topic = ANY(%(hidden)s) OR (NOT p.coarse AND p.topic = ANY(%(rough)s)))",
        hidden=[topic for topic, place in by_topic.items() if place is Place.HIDDEN],
        rough=[topic for topic, place in by_topic.items() if place is Place.COARSE],
    )
    return query


def listed(wanted: Wanted, *, after: str = "", limit: int = 50) -> Listed:
    """One page; `after` is the `next` of the page before it. A page within a large box may end before it is full."""
    query = _visible()
    _narrow(query, wanted)
    column, direction = ("p.changed_at", "ASC") if wanted.since else ("p.created_at", "DESC")
    if after:
        at, id_ = _decoded(after)
        query.begin(
            f"({column}, p.case_id) {'>' if wanted.since else '<'} (%(at)s::timestamptz, %(id)s::bigint)",
            at=at,
            id=id_,
        )
    order = f"{column} {direction}, p.case_id {direction}"
    is_large = wanted.bbox is not None and _is_large_box(query)
    rows = sql.rows(_page(query, wanted, order, limit + 1, is_large=is_large), query.params)
    last = rows[limit - 1] if len(rows) > limit else None
    if last is None and is_large:
        last = sql.row(
            f"SELECT {column}, p.case_id FROM urban_public_case p WHERE {query.beginning}"
            f" ORDER BY {order} OFFSET {LOOKED_AT - 1} LIMIT 1",
            query.params,
        )
    return Listed(rows[:limit], encoded(last[column[2:]], last["case_id"]) if last else None)


def _page(query: _Query, wanted: Wanted, order: str, limit: int, *, is_large: bool) -> str:
    """Within a large box some way along the list; of a code both classes, each in its own index; else all at once."""
    start, condition = "urban_public_case p", query.condition
    if is_large:
        start = f"(SELECT p.* FROM {start} WHERE {query.beginning} ORDER BY {order} LIMIT {LOOKED_AT}) p"
        condition = " AND ".join(query.clauses)
    elif wanted.code and not wanted.topic and not wanted.bbox:
        each = (
            f"SELECT p.* FROM {start} WHERE p.topic = h.topic AND {condition} ORDER BY {order} LIMIT {limit}"
        )
        start = f"unnest(%(topics)s::text[]) h(topic) CROSS JOIN LATERAL ({each}) p"
        condition = "true"
    return f"SELECT {COLUMNS} FROM {start} WHERE {condition} ORDER BY {order} LIMIT {limit}"


def _is_large_box(query: _Query) -> bool:
    found = sql.value(
        f"SELECT count(*) FROM (SELECT 1 FROM urban_public_case p WHERE {IN_BOX} LIMIT {FEW_IN_BOX + 1}) x",
        query.params,
    )
    return int(found) > FEW_IN_BOX


def _narrow(query: _Query, wanted: Wanted) -> None:
    if wanted.area:
        query.where("p.area LIKE %(area)s", area=within(wanted.area) + "%")
    _narrow_topic(query, wanted)
    if wanted.status:
        query.where(
            "(p.status = 'closed') = %(closed)s", closed=wanted.status == "closed"
        )  # suspended ones are open to strangers
    if wanted.bbox:
        query.where(IN_BOX, **dict(zip("wsen", wanted.bbox, strict=True)))
    if wanted.since:
        query.begin("p.changed_at >= %(since)s", since=wanted.since)
    if wanted.news:
        query.begin("p.news > %(told)s AND p.news <= %(last)s", told=wanted.news[0], last=wanted.news[1])
    if wanted.opened_since:
        query.where("p.filed_at >= %(opened)s", opened=wanted.opened_since)


def _narrow_topic(query: _Query, wanted: Wanted) -> None:
    if wanted.topic:
        query.where("p.topic = %(topic)s", topic=wanted.topic)
    elif wanted.code:
        query.where("p.topic = ANY(%(topics)s)", topics=[letter + wanted.code for letter in "ce"])
    elif wanted.kind:
        query.where("p.topic LIKE %(kind)s", kind=wanted.kind + "%")


def _decoded(after: str) -> tuple[datetime, int]:
    try:
        return decoded(after)
    except (ValueError, TypeError) as fault:
        raise Invalid(_("翻页标记不对，请从第一页看起"), errors={"after": [_("翻页标记不对")]}) from fault


def newest_changes(wanted: Wanted, limit: int = 50) -> list[dict[str, Any]]:
    """What changed last, the newest first; without `since` or `news` looked for among the last changes of the whole city."""
    query = _visible()
    _narrow(query, wanted)
    order = "p.news DESC" if wanted.news else "p.changed_at DESC, p.case_id DESC"
    start = f"urban_public_case p WHERE {query.beginning}"
    if not wanted.since and not wanted.news:
        start = f"(SELECT p.* FROM {start} ORDER BY {order} LIMIT {2 * LOOKED_AT}) p WHERE true"
    return sql.rows(
        f"SELECT {COLUMNS} FROM {start} AND {' AND '.join(query.clauses)} ORDER BY {order} LIMIT {limit}",
        query.params,
    )


def count_changes(wanted: Wanted, most: int) -> int:
    """How many `newest_changes` of these `news` there are, at most `most`."""
    query = _visible()
    _narrow(query, wanted)
    counted = f"SELECT 1 FROM urban_public_case p WHERE {query.condition} LIMIT {most}"
    return int(sql.value(f"SELECT count(*) FROM ({counted}) x", query.params))


def one(number: str) -> dict[str, Any]:
    """The public case with this case number. Raises NotThere."""
    query = _visible()
    query.where("p.number = %(number)s", number=number[:30].replace("\x00", ""))
    row = sql.row(
        f"SELECT {COLUMNS}, {CHECKED} AS checked, {PLAYED} AS simulated FROM urban_public_case p WHERE {' AND '.join(query.clauses)}",
        query.params,
    )
    if row is None:
        raise NotThere(_("没有这件公开案卷"))
    return row


def similar(lon: float, lat: float, topics: Sequence[str], limit: int = 3) -> list[dict[str, Any]]:
    """Open public cases here: of these classes (of any, if empty) within the duplicates' distance; of coarse ones those of the same
    square, in whose middle they stand."""
    query, square = _visible(), middle_of_square(lon, lat, coarse_m())
    query.where("p.status <> 'closed'")
    if topics:
        query.where("p.topic = ANY(%(topics)s)", topics=list(topics))
    query.where(
        "CASE WHEN p.coarse THEN ST_DWithin(p.place::geography, ST_SetSRID(ST_MakePoint(%(mid_lon)s, %(mid_lat)s), 4490)::geography, 1)"
        " ELSE ST_DWithin(p.place::geography, pt.g::geography, %(radius)s) END AND p.place_web && ST_Expand(ST_Transform(pt.g, 3857), 600)",
        lon=lon,
        lat=lat,
        radius=float(policies().get("duplicates", {}).get("radius_m", 50)),
        mid_lon=square[0],
        mid_lat=square[1],
    )
    rows = sql.rows(
        f"SELECT {COLUMNS}, ST_Distance(p.place::geography, pt.g::geography) AS metres"
        "  FROM (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS g) pt, urban_public_case p"
        f" WHERE {' AND '.join(query.clauses)} ORDER BY metres, p.case_id LIMIT {limit}",
        query.params,
    )
    return rows


PHOTOS = """
SELECT a.id, a.stage, a.at, f.sha256, f.mime, f.width, f.height, p.number, p.address FROM urban_photo_review v JOIN flow_attachment a ON a.id = v.attachment_id
  JOIN records_file f ON f.id = a.file_id JOIN urban_public_case p ON p.case_id = a.case_id
 WHERE v.shown AND a.kind = 'photo' AND {of} ORDER BY a.id
"""


def _photos(of: str, id_: int) -> list[dict[str, Any]]:
    """Of what is to be seen now: a copy says at its bottom where it was taken."""
    query = _visible()
    query.where(of, id=id_)
    return sql.rows(PHOTOS.format(of=query.condition), query.params)


def photos(case_id: int) -> list[dict[str, Any]]:
    """The photos of a public case that a person found free of faces and number plates."""
    return _photos("a.case_id = %(id)s", case_id)


def photo(attachment_id: int) -> dict[str, Any]:
    """The file of a photo that everybody may see. Raises NotThere."""
    found = _photos("a.id = %(id)s", attachment_id) if attachment_id < 2**63 else []
    if not found:
        raise NotThere(_("没有这张照片"))
    return found[0]


_LIGHT = "CASE WHEN p.status = 'suspended' THEN 'pause' WHEN p.due_at < %(now)s THEN 'red' WHEN p.near_at <= %(now)s THEN 'yellow' ELSE 'green' END"
TILE = (
    BOX
    + f"""
SELECT coalesce(ST_AsMVT(t, 'case', 4096, 'g'), ''::bytea)
  FROM (SELECT ST_AsMVTGeom(p.place_web, b.box, 4096, 64, true) AS g, p.number, {_LIGHT} AS light, (p.severity = 'critical')::int AS urgent,
               CASE WHEN %(english)s THEN coalesce(nullif(k.name_en, ''), p.title) ELSE p.title END AS title
          FROM b, urban_public_case p LEFT JOIN (SELECT left(c.kind, 1) || c.code AS topic, c.name_en FROM urban_class c
               JOIN urban_edition e ON e.id = c.edition_id AND e.in_force WHERE %(english)s) k ON k.topic = p.topic
         WHERE p.place_web && b.box AND p.status <> 'closed' AND {{visible}} ORDER BY p.case_id LIMIT {MOST_CASES}) t
 WHERE g IS NOT NULL
"""
)
TILE_GATHERED = CORNERS.format(
    layer="case",
    table="urban_public_case p",
    condition="p.status <> 'closed' AND {visible}",
    cells=32,
    columns=f"({LIGHTS})[max(array_position({LIGHTS}, {_LIGHT}))] AS light",
    keys="1, 2",
    shown="n, light",
)


def tile(z: int, x: int, y: int, now: datetime, *, english: bool = False) -> bytes:
    """Open public cases; below z13 gathered, with the count. In English a case is called by its class alone."""
    query = _visible()
    statement = TILE_GATHERED if z < GATHERED_BELOW else TILE
    found = sql.value(
        statement.format(visible=" AND ".join(query.clauses)),
        {"z": z, "x": x, "y": y, "now": now, "english": english, **query.params},
    )
    return bytes(found)


def count_open(area: str = "") -> tuple[int, int]:
    """Open public cases and those closed in the last 30 days, for the heading of the page."""
    row = sql.row(
        "SELECT count(*) FILTER (WHERE status <> 'closed') AS open, count(*) FILTER (WHERE closed_at > now() - %(month)s) AS closed"
        " FROM urban_public_case WHERE area LIKE %(area)s",
        {"month": timedelta(days=30), "area": within(area) + "%"},
    )
    return (row["open"], row["closed"]) if row else (0, 0)
