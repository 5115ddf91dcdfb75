"""Crews without accounts: a handler sends a link to one phone; what it opens is one task, answered through the ordinary door."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.flow.run import Doing, File, Offer
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.notices.actions import can_send, send
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.wire import once
from baoji.systems.urban import access
from baoji.systems.urban.actions import crew_token, crew_words
from baoji.systems.urban.actions.perform import offers, perform_inside
from baoji.systems.urban.queries.cases import load, load_by_id
from baoji.systems.urban.rules.redaction import unnamed

SUBJECT = "urban.crew_link"
HOURS = (4, 12, 24, 48, 72, 168)
MOST_LIVE = 5
# What a link is for. Handing on, asking for more time and the rest are for people with accounts.
CREW_ACTS = frozenset({"answer", "milestone"})
SHOWN_AFTER = timedelta(days=30)
PHONE = re.compile(r"1\d{10}")
COUNTRY = re.compile(r"^(?:\+|00)86")
MAIL = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,120}")


class Made(NamedTuple):
    """`token` is shown to the maker this once. `is_sent`: an SMS or a mail is on its way."""

    id: int
    token: str
    ends_at: datetime
    is_sent: bool


@dataclass(frozen=True)
class Link:
    """A link that was opened. `caller` may do something; without it the link only shows what became of the task."""

    id: int
    loaded: Loaded
    crew: str
    ends_at: datetime
    caller: Caller | None
    answered_at: datetime | None
    ended_at: datetime | None


@transaction.atomic
def make_link(*, by: Caller, number: str, crew: str, to: str, hours: int, now: datetime) -> Made:
    """For a phone or a mail address; the handler could answer the case themselves, else NotAllowed. A second link ends the first."""
    loaded = load(number, lock=True)
    offer = _answering(by, loaded, now)
    crew, to = _checked(crew, to, hours)
    _require_own_side(to)
    for old in _live(loaded.case.pk, now):
        if to in {old["phone"], old["mail"]}:
            _end(old["id"], by, now, "replaced")
    if len(_live(loaded.case.pk, now)) >= MOST_LIVE:
        raise Refused(
            _("这件案卷已有 %(n)d 个有效的链接，请先结束一个") % {"n": MOST_LIVE}, code="too-many-links"
        )
    assert offer.hold is not None
    made = _insert(loaded.case.pk, by, offer.hold, crew, to, now + timedelta(hours=hours), now)
    perform_inside(
        number=loaded.case.number,
        act="opinion",
        by=by,
        facts={"opinion": crew_words.noted(crew, to, made.ends_at)},
        now=now,
    )
    facts = {
        "case": loaded.case.pk,
        "to": crew_words.tail(to),
        "until": made.ends_at,
        "org": offer.hold.org_id,
    }
    record(SUBJECT, made.id, "make", facts, by.id, now)
    return made._replace(is_sent=_send(made, loaded, offer.hold, to, now))


def _answering(by: Caller, loaded: Loaded, now: datetime) -> Offer:
    found = next(
        (one for one in offers(by, loaded, now) if one.act.name == "answer" and one.letter == "H"), None
    )
    if found is None:
        raise NotAllowed(_("只有正在处置这件案卷的单位能发任务链接"))
    return found


def may_make_links(by: Caller, loaded: Loaded, now: datetime) -> bool:
    return any(one.act.name == "answer" and one.letter == "H" for one in offers(by, loaded, now))


def _checked(crew: str, to: str, hours: int) -> tuple[str, str]:
    errors: dict[str, list[str]] = {}
    crew, to = crew.strip(), COUNTRY.sub("", re.sub(r"[\s-]", "", to))
    if not 1 <= len(crew) <= 40 or "\x00" in crew:
        errors["crew"] = [_("请写班组或人名，最多 40 个字")]
    if not (PHONE.fullmatch(to) or MAIL.fullmatch(to)):
        errors["to"] = [_("请写 11 位手机号，或邮箱地址")]
    if hours not in HOURS:
        errors["hours"] = [_("请从可选项中选择")]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    return crew, to


# Whoever has ever had a post of another side, whatever blanks and country their number is written with.
OTHER_SIDE = """
SELECT EXISTS (SELECT 1 FROM identity_person p JOIN identity_holding h ON h.person_id = p.id JOIN organisations_post t ON t.id = h.post_id
 WHERE t.side IN ('supervision', 'command')
   AND (right(regexp_replace(p.phone, '[^0-9]', '', 'g'), 11) = %s OR p.email <> '' AND lower(p.email) = lower(%s)))
"""


def _require_own_side(to: str) -> None:
    """Two axes: the phone of somebody of supervision or command handles no case. It is the same for every case: a refusal for who
    reported, called about or checked this one would tell the department who that was."""
    if sql.value(OTHER_SIDE, [to, to]):
        raise NotAllowed(_("这个号码的主人在监督或指挥一侧任职，不能由他处置案卷"))


LIVE = "answered_at IS NULL AND ended_at IS NULL AND expires_at > %s"


def _live(case_id: int, now: datetime) -> list[dict[str, Any]]:
    return sql.rows(
        f"SELECT id, phone, mail FROM urban_crew_link WHERE case_id = %s AND {LIVE} ORDER BY id",
        [case_id, now],
    )


_INSERT = """
INSERT INTO urban_crew_link (case_id, digest, org_id, made_by_id, crew, phone, mail, made_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


def _insert(
    case_id: int, by: Caller, hold: Hold, crew: str, to: str, ends_at: datetime, now: datetime
) -> Made:
    secret = crew_token.fresh()
    ends_at = ends_at.replace(microsecond=0)
    phone, mail = ("", to) if "@" in to else (to, "")
    id_ = sql.value(_INSERT, [case_id, secret.digest, hold.org_id, by.id, crew, phone, mail, now, ends_at])
    return Made(id_, crew_token.write(id_, ends_at, secret.nonce, settings.SECRET_KEY), ends_at, False)


def _send(made: Made, loaded: Loaded, hold: Hold, to: str, now: datetime) -> bool:
    channel: Any = "mail" if "@" in to else "sms"
    if not can_send(channel):
        return False
    case, extra = loaded.case, loaded.extra
    org = org_name(organisations().known[hold.body_id], short=True)
    where = unnamed(case.address, extra["caller_name"], extra["caller_phone"])
    send(
        f"crew:{made.id}",
        channel=channel,
        to=to,
        subject=crew_words.subject(case) if channel == "mail" else "",
        text=crew_words.task(case, where, org, address(made.token), made.ends_at),
        at=now,
        until=made.ends_at,
    )
    return True


def address(token: str) -> str:
    return f"{settings.PUBLIC_URL}/crew/{token}"


@transaction.atomic
def end_link(*, by: Caller, number: str, link: int, now: datetime) -> None:
    """Ends a link of the case at once; for whoever may make one. An ended one stays ended."""
    loaded = load(number, lock=True)
    _answering(by, loaded, now)
    if not sql.value(
        "SELECT EXISTS (SELECT 1 FROM urban_crew_link WHERE id = %s AND case_id = %s)", [link, loaded.case.pk]
    ):
        raise NotThere(_("没有这个链接"))
    _end(link, by, now, "ended")


def _end(link: int, by: Caller, now: datetime, why: str) -> None:
    ended = sql.execute(
        "UPDATE urban_crew_link SET ended_at = %s, ended_by_id = %s WHERE id = %s AND ended_at IS NULL AND answered_at IS NULL",
        [now, by.id, link],
    )
    if ended:
        record(SUBJECT, link, "end", {"why": why}, by.id, now)


@transaction.atomic
def open_link(token: str, now: datetime) -> Link:
    """The task behind a link. Raises NotThere for what we did not sign, or ended long ago."""
    row = _row(token, now)
    if row["opened_at"] is None and sql.execute(
        "UPDATE urban_crew_link SET opened_at = %s WHERE id = %s AND opened_at IS NULL", [now, row["id"]]
    ):
        record(SUBJECT, row["id"], "open", {}, None, now)
    return _opened(row, load_by_id(row["case_id"]), now)


_ROW = """
SELECT id, case_id, digest, org_id, made_by_id, crew, phone, mail, expires_at, opened_at, answered_at, ended_at
  FROM urban_crew_link WHERE id = %s
"""


def can_answer(link: int, now: datetime) -> bool:
    """Whether this link still opens a task that a crew can do something about."""
    row = sql.row(_ROW, [link])
    return row is not None and _opened(row, load_by_id(row["case_id"]), now).caller is not None


def _row(token: str, now: datetime, lock: str = "") -> dict[str, Any]:
    told = crew_token.read(token, settings.SECRET_KEY)
    row = sql.row(_ROW + lock, [told.link]) if told and told.link < 2**63 else None
    if told is None or row is None or not compare_digest(row["digest"], told.digest):
        raise NotThere(_("没有这个任务链接，请检查链接是否完整"))
    if now > row["expires_at"] + SHOWN_AFTER:
        raise NotThere(_("这个任务链接早已失效"))
    return row


def _opened(row: dict[str, Any], loaded: Loaded, now: datetime) -> Link:
    over = row["answered_at"] or row["ended_at"] or now >= row["expires_at"]
    caller = None if over else _caller(row, loaded)
    if caller is not None and not any(one.act.name in CREW_ACTS for one in offers(caller, loaded, now)):
        caller = None
    return Link(
        row["id"], loaded, row["crew"], row["expires_at"], caller, row["answered_at"], row["ended_at"]
    )


def _caller(row: dict[str, Any], loaded: Loaded) -> Caller | None:
    org = organisations().by_id.get(row["org_id"])
    if org is None:
        return None
    hold = Hold("crew", "department", "", org.id, org.body_id, org.path, row["made_by_id"])
    return access.crew_with_link(
        row["id"], loaded.case.number, crew_words.tail(row["phone"] or row["mail"]), hold
    )


@transaction.atomic
def answer_by_link(
    *,
    token: str,
    act: str,
    facts: dict[str, Any],
    files: Sequence[File],
    key: str,
    request_hash: str,
    now: datetime,
) -> Doing | None:
    """Does the crew's act; None when the same form had been sent before. Afterwards an answered link does nothing more."""
    loaded = load_by_id(
        _row(token, now)["case_id"], lock=True
    )  # the case first, as whoever makes and ends links does
    row = _row(token, now, " FOR UPDATE")
    link = _opened(row, loaded, now)
    if key and (link.caller or row["answered_at"]):
        earlier = once.claim(f"{access.CREW}{row['id']}", key, request_hash)
        if earlier is not None:
            return None
    if link.caller is None or act not in CREW_ACTS:
        raise Refused(_("这个任务现在不能回复，下面是最新情况"), code="task-gone")
    doing = perform_inside(
        number=link.loaded.case.number, act=act, by=link.caller, facts=facts, now=now, files=files
    )
    if act == "answer":
        sql.execute("UPDATE urban_crew_link SET answered_at = %s WHERE id = %s", [now, row["id"]])
    record(SUBJECT, row["id"], act, {"record": doing.record_id}, None, now)
    if key:
        once.answer(f"{access.CREW}{row['id']}", key, 200, {"version": doing.case.version})
    return doing
