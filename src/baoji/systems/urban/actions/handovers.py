"""转办 from 12345 and 110: their orders, and their answers to ours; each message once."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused, WrongStage
from baoji.kernel.base.instants import bounded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban import access
from baoji.systems.urban.actions.handover_noted import came_back
from baoji.systems.urban.actions.handover_posting import queue
from baoji.systems.urban.actions.handover_words import NOTICES
from baoji.systems.urban.actions.hotline_words import described
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.actions.report import Draft, take_report
from baoji.systems.urban.rules import handover as rules
from baoji.systems.urban.rules.table import REASON

SUBJECT = "urban.handover"
LONGEST_NOTED = 300


@dataclass(frozen=True)
class Answered:
    """What the other platform is answered at once. `number` is ours, '' while a seat has still to look."""

    number: str
    state: str
    is_new: bool


# In ------------------------------------------------------------------------------


@transaction.atomic
def receive(platform: str, message: dict[str, Any], now: datetime) -> Answered:
    """Takes a message of another platform in. The same one again is answered the same; another one under its number is refused.

    Raises Refused `number-conflict`, NotThere (an answer to no order of ours).
    """
    kind, theirs, n = message["kind"], message["sender_number"], int(message.get("sequence") or 1)
    digest = sha256(orjson.dumps(message, option=orjson.OPT_SORT_KEYS)).hexdigest()
    sql.value("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"handover:{platform}:{theirs}"])
    earlier = sql.row(
        "SELECT digest, handover_id FROM urban_handover_in WHERE platform = %s AND their_number = %s AND kind = %s AND n = %s",
        [platform, theirs, kind, n],
    )
    if earlier is not None:
        if earlier["digest"] != digest:
            raise Refused(_("这个编号下已收到过另一条内容"), code="number-conflict", status=409)
        return _answered(earlier["handover_id"], is_new=False)
    handover = _RECEIVE[kind](platform, message, now)
    sql.execute(
        "INSERT INTO urban_handover_in (platform, their_number, kind, n, digest, body, handover_id, at) VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s)",
        [platform, theirs, kind, n, digest, orjson.dumps(message).decode(), handover, now],
    )
    record(
        SUBJECT, handover, f"in:{kind}", {"platform": platform, "theirs": theirs, "digest": digest}, None, now
    )
    return _answered(handover, is_new=True)


def _answered(handover: int, *, is_new: bool) -> Answered:
    row = sql.row(
        "SELECT h.state, coalesce(c.number, '') AS number FROM urban_handover h LEFT JOIN flow_case c ON c.id = h.case_id WHERE h.id = %s",
        [handover],
    )
    assert row is not None
    return Answered(row["number"], row["state"], is_new)


def _order(platform: str, message: dict[str, Any], now: datetime) -> int:
    """An order with a place in the city becomes a case at once; the others wait for a seat."""
    id_ = int(
        sql.value(
            'INSERT INTO urban_handover (direction, platform, their_number, "order", state, reason, at)'
            " VALUES ('in', %s, %s, %s::jsonb, 'waiting', '', %s) RETURNING id",
            [platform, message["sender_number"], orjson.dumps(message).decode(), now],
        )
    )
    number = _as_case(platform, message, now)
    post, link, what = (
        ("acceptor", f"/cases/{number}", "case") if number else ("hotline", "/intake/handovers/", "waiting")
    )
    if number:
        case_id = sql.value("SELECT id FROM flow_case WHERE number = %s", [number])
        _accept(id_, case_id, number, None, now)
    urgent = message.get("grade") == "critical"
    if urgent or not number:
        words = Words(NOTICES[what], {"platform": platform, "number": message["sender_number"]})
        notify(
            f"handover:{id_}:in", post=post, kind="handover", title=words, link=link, at=now, urgent=urgent
        )
    return id_


def _as_case(platform: str, message: dict[str, Any], now: datetime) -> str:
    """The task number, or '' where a person has to look first: no place, or one that cannot be right."""
    if not message["elements"]["place"].get("location"):
        return ""
    try:
        with transaction.atomic():
            taken = take_report(by=access.platform(platform), draft=draft_of(message), now=now)
    except Refused:
        return ""
    people = message["elements"]["people"]
    sql.execute(
        "INSERT INTO urban_elements (case_id, involved, demand, answered, call_back) VALUES (%s, %s, %s, '', false)",
        [
            taken.id,
            str(people.get("involved") or "")[:200],
            str(message["elements"].get("demand") or "")[:500],
        ],
    )
    return taken.number


def draft_of(message: dict[str, Any]) -> Draft:
    """An order as a report; the call-back stays with the platform that knows the caller."""
    told = message["elements"]
    caller = told["people"].get("caller") or {}
    words = described(
        told["event"],
        demand=str(told.get("demand") or ""),
        involved=str(told["people"].get("involved") or ""),
    )
    return Draft(
        description=words[:2000],
        address=str(told["place"].get("address") or "")[:200],
        location=told["place"].get("location"),
        crs=told["place"].get("crs") or "EPSG:4490",
        found_at=bounded(datetime.fromisoformat(told["time"])) if told.get("time") else None,
        caller_name=str(caller.get("name") or "")[:40],
        caller_phone=str(caller.get("phone") or "")[:30],
    )


def _acknowledged(platform: str, message: dict[str, Any], now: datetime) -> int:
    row = _ours(platform, message, {"waiting"})
    state = "accepted" if message["accepted"] else "declined"
    reason = str(message.get("reason") or "")[:300]
    sql.execute(
        "UPDATE urban_handover SET state = %s, their_number = %s, reason = %s, decided_at = %s WHERE id = %s",
        [state, message["sender_number"], reason, now, row["id"]],
    )
    _tell(row, platform, state, now, message["sender_number"], reason)
    return int(row["id"])


def _came_to(platform: str, message: dict[str, Any], now: datetime) -> int:
    row = _ours(platform, message, {"accepted", "done"})
    if row["their_number"] != message["sender_number"]:
        raise NotThere(_("没有等待这个答复的转办"))
    told = orjson.dumps({key: message.get(key) for key in ("ended", "text", "ended_at")}).decode()
    sql.execute(
        "UPDATE urban_handover SET state = 'done', result = %s::jsonb, done_at = %s WHERE id = %s",
        [told, now, row["id"]],
    )
    _tell(row, platform, "done", now, message["sender_number"], str(message.get("text") or ""))
    return int(row["id"])


def _ours(platform: str, message: dict[str, Any], states: set[str]) -> dict[str, Any]:
    """The order of ours that an answer is about, by our number."""
    row = sql.row(
        "SELECT h.id, h.by_id, h.their_number, c.number FROM urban_handover h JOIN flow_case c ON c.id = h.case_id"
        " WHERE h.direction = 'out' AND h.platform = %s AND c.number = %s AND h.state = ANY(%s) ORDER BY h.id DESC LIMIT 1 FOR UPDATE OF h",
        [platform, message["receiver_number"], sorted(states)],
    )
    if row is None:
        raise NotThere(_("没有等待这个答复的转办"))
    return row


def _tell(
    row: dict[str, Any], platform: str, what: str, now: datetime, their_number: str, words: str
) -> None:
    """Whoever handed it over, and the post at whose desk it waits: who ends it here has to know. It stands in the case's record too."""
    noted = came_back(platform, their_number, what, words[:LONGEST_NOTED])
    doing = perform_inside(
        number=row["number"],
        act="opinion",
        by=access.platform(platform),
        facts={"opinion": noted},
        now=now,
    )
    values = {"case": row["number"], "number": their_number, "reason": words[:80]}
    title, once = Words(NOTICES[f"out-{what}"], values), f"handover:{row['id']}:{what}:{now:%y%m%d%H%M%S}"
    said: dict[str, Any] = {
        "kind": "handover",
        "title": title,
        "link": f"/cases/{row['number']}",
        "at": now,
    }
    notify(once, person=row["by_id"], **said)
    post = doing.case.holder_post
    if post and not sql.value(HOLDS, [row["by_id"], post]):
        notify(f"{once}:desk", post=post, **said)


HOLDS = "SELECT EXISTS (SELECT 1 FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id WHERE h.person_id = %s AND t.kind = %s)"


_RECEIVE = {"order": _order, "acknowledgement": _acknowledged, "result": _came_to}


def _locked(handover: int) -> dict[str, Any]:
    row = sql.row(
        "SELECT id, platform, their_number, state FROM urban_handover WHERE id = %s AND direction = 'in' FOR UPDATE",
        [handover],
    )
    if row is None:
        raise NotThere(_("没有这件转办"))
    return row


def accept_handover(*, by: Caller, handover: int, case_id: int, number: str, now: datetime) -> bool:
    """A seat has written the order down as a case; False when somebody was quicker. Inside a transaction."""
    row = _locked(handover)
    if row["state"] != "waiting":
        return bool(
            sql.value(
                "SELECT EXISTS (SELECT 1 FROM urban_handover WHERE id = %s AND case_id = %s)",
                [handover, case_id],
            )
        )
    _accept(handover, case_id, number, by.id, now)
    return True


def _accept(handover: int, case_id: int, number: str, by: int | None, now: datetime) -> None:
    sql.execute(
        "UPDATE urban_handover SET state = 'accepted', case_id = %s, by_id = %s, decided_at = %s WHERE id = %s",
        [case_id, by, now, handover],
    )
    row = _locked(handover)
    told = rules.acknowledgement(
        number=number, theirs=row["their_number"], accepted=True, reason="", sent_at=now
    )
    queue(handover, row["platform"], told, now)
    record(SUBJECT, handover, "accept", {"case": case_id}, by, now)


@transaction.atomic
def decline_handover(*, by: Caller, handover: int, reason: str, now: datetime) -> None:
    """Not ours: back to the platform with a reason. Raises NotAllowed, Invalid, WrongStage."""
    must_hand_over(by)
    row, reason = _locked(handover), reason.strip()
    if len(reason) < REASON.least:
        raise Invalid(
            _("有内容需要改正"), errors={"reason": [_("请写理由，至少 %(n)d 个字") % {"n": REASON.least}]}
        )
    if row["state"] != "waiting":
        raise WrongStage(_("这件转办已由别人登记或退回"))
    sql.execute(
        "UPDATE urban_handover SET state = 'declined', reason = %s, by_id = %s, decided_at = %s WHERE id = %s",
        [reason[:300], by.id, now, handover],
    )
    told = rules.acknowledgement(
        number=None, theirs=row["their_number"], accepted=False, reason=reason[:300], sent_at=now
    )
    queue(handover, row["platform"], told, now)
    record(SUBJECT, handover, "decline", {"platform": row["platform"]}, by.id, now)


def must_hand_over(by: Caller) -> None:
    if not access.may_hand_over(by):
        raise NotAllowed(_("转办由热线坐席、受理员和值班长办理"))
