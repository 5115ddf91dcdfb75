"""上报: the one door through which every report comes in, whoever brings it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import choice, token_hex
from typing import Any, NamedTuple

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, Refused
from baoji.kernel.flow import clockwork
from baoji.kernel.flow.journal import digest_of, salted, words_digest
from baoji.kernel.flow.run import FAR, File
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.coordinates import Point
from baoji.kernel.maps.queries import Spot
from baoji.kernel.wire import once
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import access
from baoji.systems.urban.actions.files import each_once
from baoji.systems.urban.actions.place import far_off, point_of, refuse_shifted, spot_of
from baoji.systems.urban.queries.book import ConditionRow, book, photos, policies, rates, self_disposed_photos
from baoji.systems.urban.queries.proposals import collectors
from baoji.systems.urban.queries.witnessed import values
from baoji.systems.urban.rules.redaction import headline

QUERY_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LONGEST_DESCRIPTION = 2000
LONGEST_FROM_PROGRAMS = 4000  # what GeoReport v2 allows
STEP = "collect/reported"


def new_code() -> str:
    """A query code: ten letters and figures that are not taken for each other, about 49 bits."""
    return "".join(choice(QUERY_LETTERS) for _n in range(10))


@dataclass
class Draft:
    """What somebody reports, as it was sent; nothing in it is trusted yet. Names are those of the API.

    Not sent are `clock_off` (a phone's clock was so wrong that the arrival stands for the time it named), `via` (the program that
    passes on what a citizen reports) and `query_code` (the one that whoever sent a report that was held back has already).
    """

    kind: str = "event"
    component: str | None = None
    class_code: str = ""
    condition: int | None = None
    description: str = ""
    location: Any = None
    crs: str = "EPSG:4490"
    address: str = ""
    found_at: datetime | None = None
    self_disposed: bool = False
    caller_name: str = ""
    caller_phone: str = ""
    place_by: str = ""  # how a phone says that it found `location`: fix, hand
    clock_off: bool = False
    via: str = ""
    query_code: str = ""


class Taken(NamedTuple):
    """`earlier` is what was answered before, when the idempotency key had been used."""

    number: str
    id: int
    answer: dict[str, Any]
    earlier: dict[str, Any] | None = None


@dataclass
class _Sorted:
    """The draft after looking things up."""

    kind: str
    class_code: str
    condition: ConditionRow | None
    component: str
    point: Point
    spot: Spot
    address: str
    off_component_m: int | None = None  # where that is worth a word
    errors: dict[str, list[str]] = field(default_factory=dict)


def take_report(
    *,
    by: Caller | None,
    draft: Draft,
    now: datetime,
    files: Sequence[File] | None = None,
    moments: Sequence[str] = (),
    key: str = "",
    request_hash: str = "",
    simulated: bool = False,
    salt: str = "",
) -> Taken:
    """Takes a report in and gives its task number; durable when it returns. `by` None is a citizen without an account.

    The source is taken from the caller's post. `salt` is the case's secret, by which also lots are drawn; only a simulation
    that is to be the same each time brings its own. `moments`: of each different photo, `before` or `after` the work, ''
    where whoever sent it does not say. Raises Invalid, Refused (outside-city, coordinates-…, photo-required).
    """
    door = access.door_of(by) if by else "citizen"
    if not door:
        raise NotAllowed(_("您的岗位不能上报问题"))
    found = _sort(draft, now)
    files = each_once(files)
    _require_photos(door, draft, files, moments)
    given = _columns(by, door, draft, found, files, now, salt or token_hex(8))
    given["simulated"] = simulated
    if key:
        given |= {"caller": once.name_of(by) if by else "public", "key": key, "hash": request_hash}
    answer = orjson.loads(
        sql.value("SELECT urban_take_report(%s::jsonb)::text", [orjson.dumps(given).decode()])
    )
    if "earlier" in answer:
        return Taken("", 0, {}, answer["earlier"])
    return Taken(answer["number"], answer["id"], answer["answer"])


def _require_photos(door: str, draft: Draft, files: Sequence[File], moments: Sequence[str] = ()) -> None:
    least, most = photos(policies(), "report", door)
    before = after = 0
    if draft.self_disposed:
        if door not in policies().get("self_disposed", {}).get("doors", ["collector"]):
            raise Invalid(
                _("只有采集员可以自行处置"), errors={"self_disposed": [_("只有采集员可以自行处置")]}
            )
        before, after, most = self_disposed_photos(policies())
        least = max(least, before + after)
    count = [file[1] for file in files].count("photo")
    if count < least or _lacks_a_side(before, after, moments):
        sentence = (
            _self_disposed_sentence(before, after)
            if draft.self_disposed
            else _("请至少附 %(n)d 张照片") % {"n": least}
        )
        raise Refused(sentence, code="photo-required", status=422)
    if count > most:
        raise Invalid(_("最多附 %(n)d 张照片") % {"n": most})


def _lacks_a_side(before: int, after: int, moments: Sequence[str]) -> bool:
    """A photo of which nobody says it may be either."""
    lacking = max(0, before - moments.count("before")) + max(0, after - moments.count("after"))
    return bool(moments) and lacking > moments.count("")


def _self_disposed_sentence(before: int, after: int) -> str:
    if (before, after) == (1, 1):
        return _("自行处置要附处置前、处置后两张照片")
    return _("自行处置至少附处置前 %(before)d 张、处置后 %(after)d 张照片") % {
        "before": before,
        "after": after,
    }


def check_report(draft: Draft, photo_count: int, now: datetime) -> None:
    """Refuses what `take_report` would refuse of a citizen, without taking anything in."""
    _sort(draft, now)
    _require_photos("citizen", draft, [(0, "photo")] * photo_count)


COMPONENT = """
SELECT code, class_code, name, address, unit_grid, ST_X(place) AS lon, ST_Y(place) AS lat FROM urban_component WHERE code = %s
"""


def _sort(draft: Draft, now: datetime) -> _Sorted:
    errors = _look_over(draft, now)
    row = None
    if draft.component and "component" not in errors:
        row = sql.row(COMPONENT, [draft.component])
        if row is None:
            errors["component"] = [_("台账里没有这个部件")]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    kind = "component" if row else draft.kind
    code = row["class_code"] if row else draft.class_code
    condition = _condition(kind, code, draft)
    if row is not None:
        return _at_component(draft, row, kind, code, condition)
    point = point_of(draft.location, draft.crs)
    return _Sorted(kind, code, condition, "", point, spot_of(point), draft.address)


def _at_component(
    draft: Draft, row: dict[str, Any], kind: str, code: str, condition: ConditionRow | None
) -> _Sorted:
    """Class, bodies and place come from the ledger; where the sender stood is only compared with it."""
    if draft.class_code and draft.class_code != code:
        raise _contradiction(draft, row["code"], code)
    place, off = (row["lon"], row["lat"]), None
    if draft.location is not None:
        given = point_of(draft.location, draft.crs)
        refuse_shifted(given, place, float(policies().get("coordinates", {}).get("gcj_tolerance_m", 30)))
        off = far_off(given, place)
    return _Sorted(
        kind,
        code,
        condition,
        row["code"],
        place,
        Spot(row["unit_grid"], row["unit_grid"]),
        draft.address or row["address"],
        off,
    )


def _contradiction(draft: Draft, component: str, code: str) -> Invalid:
    """A class that is not the component's: a slip, or the report is of an event and no component belongs to it."""
    if draft.kind == "event" and ("event", draft.class_code) in book().classes:
        sentence = _("报的是事件，不能同时指定部件 %(component)s：请去掉部件，或改报部件")
        return Invalid.at("component", sentence % {"component": component})
    return not_its_class(component, code)


def not_its_class(component: str, code: str) -> Invalid:
    """What is said of any class but `code`, the component's own."""
    sentence = _("部件 %(component)s 的类别是 %(code)s") % {"component": component, "code": code}
    return Invalid.at("class", sentence)


def _condition(kind: str, code: str, draft: Draft) -> ConditionRow | None:
    if draft.condition is None:
        return None
    condition = book().condition(kind, code, draft.condition)
    if condition is None:
        raise Invalid(_("这个类别没有这个立案条件"), errors={"condition": [_("这个类别没有这个立案条件")]})
    return condition


def _look_over(draft: Draft, now: datetime) -> dict[str, list[str]]:
    """What is wrong with the draft by itself, field by field."""
    errors = _too_long(draft)
    if draft.kind not in {"component", "event"}:
        errors["kind"] = [_("请选部件或事件")]
    if draft.component and not (
        len(draft.component) == 16 and draft.component.isascii() and draft.component.isdigit()
    ):
        errors["component"] = [_("部件标识码是 16 位数字")]
    if not draft.component:
        errors |= _without_component(draft)
    if draft.found_at and draft.found_at > now + timedelta(minutes=10):
        errors["found_at"] = [_("发现时间在将来，请检查手机时钟")]
    elif draft.found_at and draft.found_at < now - timedelta(days=(days := found_days())):
        errors["found_at"] = [_("发现时间早于 %(n)d 天前，请检查日期") % {"n": days}]
    if not (draft.description.strip() or draft.class_code or draft.component):
        errors["description"] = [_("请写明是什么问题")]
    return errors


def found_days() -> int:
    """How long ago something may have been found that is reported today (policy `intake.found_days`)."""
    return int(policies().get("intake", {}).get("found_days", 366))


def _without_component(draft: Draft) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if draft.class_code and (draft.kind, draft.class_code) not in book().classes:
        errors["class"] = [_("没有这个类别")]
    if draft.location is None:
        errors["location"] = [_("请在地图上标出位置")]
    return errors


LONGEST = {"description": LONGEST_DESCRIPTION, "address": 200, "caller_name": 40, "caller_phone": 30}


def _too_long(draft: Draft) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    longest = LONGEST | ({"description": LONGEST_FROM_PROGRAMS} if draft.via else {})
    for name, most in longest.items():
        value = getattr(draft, name)
        if len(value) > most:
            errors[name] = [_("最多 %(n)d 个字") % {"n": most}]
        elif "\x00" in value:
            errors[name] = [_("文字里有不能保存的字符")]
    return errors


def _title(found: _Sorted, draft: Draft) -> str:
    known = book().classes.get((found.kind, found.class_code))
    if known is None:
        return headline(draft.description, (draft.caller_name, draft.caller_phone))
    return f"{known.name} · {found.condition.text}"[:120] if found.condition else known.name


def _columns(
    by: Caller | None,
    door: str,
    draft: Draft,
    found: _Sorted,
    files: Sequence[File],
    now: datetime,
    salt: str,
) -> dict[str, Any]:
    """What `urban_take_report` writes: the case, the report, and what the journal keeps of the first act."""
    case = _Measured(found.condition, salt)
    hold = next((hold for hold in by.holds if hold.door == door), None) if by else None
    given: dict[str, Any] = {
        "at": now,
        "reporter": by.id if by else None,
        "post": hold.kind if hold else "citizen",
        "org": hold.org_id if hold else None,
        "source": door,
        **_case_facts(case, draft, found, now),
        **_report_facts(by, door, draft, found, now),
    }
    given["journal"] = _journal(case, given, files)
    if files:
        given["files"] = files
    return given


def _journal(case: "_Measured", given: dict[str, Any], files: Sequence[File]) -> dict[str, Any]:
    """What the journal keeps of a report besides who and when; of its words only salted digests, of its caller nothing."""
    record = {
        "post": given["post"],
        "side": "",
        "org_id": given["org"],
        "receiver_post": "acceptor",
        "facts": given["facts"],
        "used_s": 0,
        "overdue": False,
    }
    reported = given | {"class_code": given["class"], "condition_id": given["condition"]}
    return {
        "opinion": salted(case, given["description"]),
        "files": [file[0] for file in files],
        "row": digest_of(case.salt, record),
        "words": words_digest(case.salt, values(reported)),
    }


class _Measured:
    """The few facts of a case not yet written that its first clock and its salted words need."""

    def __init__(self, condition: ConditionRow | None, salt: str) -> None:
        self.severity = condition.severity if condition else "normal"
        self.limit_unit = condition.limit_unit if condition else ""
        self.salt = salt


def _case_facts(case: _Measured, draft: Draft, found: _Sorted, now: datetime) -> dict[str, Any]:
    due_at, near_at = clockwork.step_due(case, STEP, now, current_calendar(), rates())
    return {
        "title": _title(found, draft),
        "topic": found.kind[0] + found.class_code if found.class_code else "",
        "area": found.spot.area,
        "address": found.address[:200],
        "severity": case.severity,
        "lon": found.point[0],
        "lat": found.point[1],
        "due_at": due_at,
        "near_at": near_at,
        "rank": int(case.severity != "critical"),
        "sort_at": due_at or FAR,
        "limit_value": str(found.condition.limit_value) if found.condition else None,
        "limit_unit": case.limit_unit,
        "salt": case.salt,
    }


def _report_facts(
    by: Caller | None, door: str, draft: Draft, found: _Sorted, now: datetime
) -> dict[str, Any]:
    code = (draft.query_code or new_code()) if by is None or door == "hotline" else ""
    names = ("self_disposed", "clock_off", "via", *(() if found.component else ("place_by",)))
    off = {} if found.off_component_m is None else {"off_component_m": found.off_component_m}
    return {
        "kind": found.kind,
        "class": found.class_code,
        "condition": found.condition.id if found.condition else None,
        "component": found.component,
        "description": draft.description.strip(),
        "caller_name": draft.caller_name.strip(),
        "caller_phone": draft.caller_phone.strip(),
        "found_at": draft.found_at or now,
        "self_disposed": draft.self_disposed,
        "query_code": code,
        "off_grid": _is_off_grid(by, door, found.spot),
        "facts": {name: said for name in names if (said := getattr(draft, name))} | off,
        "answer": ({"query_code": code} if code else {}) | off,
    }


def _is_off_grid(by: Caller | None, door: str, spot: Spot) -> bool:
    """A collector outside his own responsibility grids is let through, with a flag: GPS drifts."""
    if by is None or door != "collector":
        return False
    own = next((collector for collector in collectors() if collector.id == by.id), None)
    return own is not None and spot.unit_grid not in own.unit_grids
