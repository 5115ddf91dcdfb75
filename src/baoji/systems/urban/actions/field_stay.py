"""守候: staying at a dangerous place until it is fenced, handed from person to person, told at once or hours later.

Who is handed a watch has it from that moment on, so that it is never nobody's; that they are there, they say themselves
(到场), and until then nobody claims it. Who begins or takes over is there by their own word.

A phone without a network keeps what was pressed with its own time (`at`). That time counts as far as nothing known speaks
against it: never after the delivery, never before the watch or the 到场 that it follows, and not by a clock that is wrong by
days. What comes too late to count is written into the case's record all the same, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, Refused
from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import day_and_time, remarked
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban import access, choices
from baoji.systems.urban.actions import field_watch
from baoji.systems.urban.actions.field_deliver import (
    GONE,
    Delivered,
    Medium,
    Parcel,
    believed,
    deliver,
    signed_facts,
)
from baoji.systems.urban.actions.field_duty import SHARED, require_tool, tell_watchers
from baoji.systems.urban.actions.field_late import LATE, with_phone_time
from baoji.systems.urban.actions.field_watch import ended_at, has_ended, has_handed, known, staying
from baoji.systems.urban.actions.perform import perform
from baoji.systems.urban.queries.cases import case_for, column_for
from baoji.systems.urban.queries.field_own import WATCHED, relief
from baoji.systems.urban.queries.field_track import on_duty_since

LAST = """
SELECT coalesce(max(s.id), 0) FROM urban_stay s JOIN flow_case c ON c.number = s.number
 WHERE s.person_id = %s AND c.{column} = %s
"""
NAMELESS = UUID("6f1f2c0e-6c0b-4f0e-9d0b-5b6a1f0d7a11")  # the space of names for ends that came without one
LOST = GONE | {"already-taken"}


@dataclass(frozen=True)
class Turn:
    """What one phone says of a watch: `act` is start, take (from whoever stays), hand_over (to a person's code) or end."""

    number: str
    act: str
    to: str = ""
    fenced: bool = False


def deliver_turn(*, by: Caller, parcel: Parcel, turn: Turn, now: datetime) -> Delivered:
    """One turn under the phone's name for it; `at` in the answer is the time that counts.

    A turn that somebody else's, or the end of the case, has overtaken answers 409; it and its photos stand in the record.
    """
    counted: dict[str, Any] = {}
    said = (
        believed(parcel.captured_at, now)[0] if parcel.captured_at and is_sane(parcel.captured_at) else None
    )

    def take(files: list[File]) -> str:
        number, at = _take(by, turn, files, now, said)
        counted["at"] = at
        return number

    def note(refused: Refused, files: list[File]) -> str:
        return _note(by, turn, refused, files, now, said)

    return deliver("stay", by, parcel, now, take, note=note, gone=LOST, more=counted)


def deliver_end(
    *, by: Caller, number: str, fenced: bool, media: Sequence[Medium], request_hash: str, now: datetime
) -> Delivered:
    """The end of a watch with its photos, told without a name: a turn under the name that its envelopes were signed for.

    Where they name none or several, or something else came under that name before, it gets one of its own, so that nothing
    signed for another delivery is proven here; the same request about the same watch is one delivery. Raises `media-missing`
    (424), `photo-required` (422).
    """
    turn = Turn(number, "end", fenced=fenced)
    named = _signed_for(media)
    if named is not None:
        try:
            return deliver_turn(by=by, parcel=Parcel(named, request_hash, media), turn=turn, now=now)
        except Refused as refused:
            if refused.code != "idempotency-conflict":
                raise
    column, key = column_for(number)
    watch = sql.value(LAST.format(column=column), [by.id, key])
    own = uuid5(NAMELESS, f"{by.id}/{watch}/{request_hash}")
    return deliver_turn(by=by, parcel=Parcel(own, request_hash, media), turn=turn, now=now)


def _signed_for(media: Sequence[Medium]) -> UUID | None:
    """The one delivery that all these envelopes name."""
    names = {
        str(signed_facts(one.signed.envelope).get("report", "")) for one in media if one.signed is not None
    }
    try:
        return UUID(names.pop()) if len(names) == 1 else None
    except ValueError:
        return None


def _take(
    by: Caller, turn: Turn, files: list[File], now: datetime, at: datetime | None
) -> tuple[str, datetime]:
    if turn.act == "start":
        return stay_at(by=by, number=turn.number, now=now, at=at)
    if turn.act == "take":
        return take_stay_over(by=by, number=turn.number, now=now, at=at)
    if turn.act == "hand_over":
        return hand_stay_over(by=by, number=turn.number, to=turn.to, now=now, at=at)
    return end_stay(by=by, number=turn.number, fenced=turn.fenced, files=files, now=now, at=at)


@transaction.atomic
def stay_at(*, by: Caller, number: str, now: datetime, at: datetime | None = None) -> tuple[str, datetime]:
    """守候 begins: this person stays at the place. Who stays already goes on, or says with it that they have come (到场);
    another one is told who stays.

    Answers the case's number and since when they are there.
    """
    require_tool(by, "stay")
    case = case_for(by, number).case
    _require_open(case)
    since = _within(at, _free_since(case), now)
    if field_watch.begin(case.number, by.id, since, arrived_at=since):
        _tell(by, case.number, _("到场守候"), now, at)
        return case.number, since
    stays = staying(case.number)
    if stays is None or stays["person_id"] != by.id:
        raise Refused(_whose(by, case.number), code="already-taken")
    if stays["arrived_at"] is None:
        return case.number, _arrive(by, case.number, stays, now, at)
    return case.number, stays["arrived_at"]


def _arrive(by: Caller, number: str, stays: dict[str, Any], now: datetime, at: datetime | None) -> datetime:
    """到场 of who was handed the watch; whoever was there before them hears that they may go."""
    arrived = _within(at, stays["since"], now)
    field_watch.arrive(stays, arrived)
    _tell(by, number, _("到场守候"), now, at)
    before = field_watch.last_there(number, stays["since"])
    if before is not None and before != by.id:
        notify(
            f"stay:{stays['id']}:there",
            person=before,
            kind="stay",
            title=Words(noop("%(who)s已到场守候：%(number)s"), {"who": by.name, "number": number}),
            link=f"/cases/{number}",
            at=now,
        )
    return arrived


@transaction.atomic
def take_stay_over(
    *, by: Caller, number: str, now: datetime, at: datetime | None = None
) -> tuple[str, datetime]:
    """Somebody at the place goes on for whoever stays, whose phone may be dead; where nobody stays, a watch begins."""
    require_tool(by, "stay")
    case = case_for(by, number).case
    _require_open(case)
    stays = staying(case.number)
    if stays is None or stays["person_id"] == by.id:
        return stay_at(by=by, number=number, now=now, at=at)
    since = _within(at, known(stays), now)
    field_watch.pass_on(case.number, by.id, since, arrived_at=since)
    _tell(by, case.number, _("接替%(who)s守候") % {"who": stays["name"]}, now, at)
    notify(
        f"stay:{case.number}:{now.isoformat()}",
        person=stays["person_id"],
        kind="stay",
        title=Words(noop("%(who)s接替了您的守候：%(number)s"), {"who": by.name, "number": case.number}),
        link=f"/cases/{case.number}",
        at=now,
        urgent=True,
    )
    return case.number, since


@transaction.atomic
def hand_stay_over(
    *, by: Caller, number: str, to: str, now: datetime, at: datetime | None = None
) -> tuple[str, datetime]:
    """The watch is somebody else's from now on, who has to be on duty, and says 到场 when they are there. What was pressed
    hours ago is done by now, whoever that was: then duty chief and commander hear of it. Raises Invalid with `relief`, those
    on duty."""
    case = case_for(by, number).case
    number, other = case.number, caller_by_code(to)
    if other is None or other.id == by.id:
        raise Invalid(_("请选另一个人"), errors={"to": [_("请选另一个人")]})
    stays = staying(number)
    if stays is not None and stays["person_id"] == other.id and has_handed(number, by.id, other.id):
        return number, stays["since"]  # the phone asks again because it did not hear the answer
    _require_staying(by, number, stays)
    _require_open(case)
    if "stay" not in access.tools_of(other):
        raise _not_to(by, _("%(who)s的岗位不守候，请交给别人") % {"who": other.name})
    is_late = at is not None and now - at >= LATE
    sql.value(SHARED, [other.id])  # a 下班 under way waits, and finds the watch; or this one finds the 下班
    if on_duty_since(other) is None:
        if not is_late:
            raise _not_to(by, _("%(who)s现在不在班，请交给当班的人") % {"who": other.name})
        words = {"who": by.name, "other": other.name, "number": number}
        title = Words(noop("%(who)s把守候交给了不在班的%(other)s：%(number)s"), words)
        tell_watchers(f"stay:{number}:off:{now.isoformat()}", title, number, now)
    since = _within(at, known(stays) if stays else now, now)
    field_watch.pass_on(number, other.id, since, arrived_at=None)
    _tell(by, number, _pass_words(other, _was_there(stays)), now, at)
    notify(
        f"stay:{number}:{now.isoformat()}",
        person=other.id,
        kind="stay",
        title=Words(noop("请接替守候：%(number)s"), {"number": number}),
        link=f"/cases/{number}",
        at=now,
        urgent=True,
    )
    return number, since


def _pass_words(other: Caller, was_there: bool) -> str:
    words = _("守候交给%(who)s") % {"who": other.name}
    return words if was_there else remarked(words, _("没有确认到场"))


def _not_to(by: Caller, sentence: str) -> Invalid:
    return Invalid(sentence, errors={"to": [sentence]}, more={"relief": relief(by)})


@transaction.atomic
def end_stay(
    *, by: Caller, number: str, fenced: bool, files: list[File], now: datetime, at: datetime | None = None
) -> tuple[str, datetime]:
    """The place is fenced (with a photo), or somebody leaves before it is, which is told too."""
    case = case_for(by, number).case
    number, stays = case.number, staying(case.number)
    if stays is None and has_ended(number, by.id, fenced=fenced):
        return number, _within(at, now, now)  # the phone asks again because it did not hear the answer
    _require_staying(by, number, stays)
    if fenced and not any(file[1] == "photo" for file in files):
        raise Refused(_("已围挡请附一张照片"), code="photo-required", status=422)
    until = _within(at, known(stays) if stays else now, now)
    field_watch.leave(number, until, fenced=fenced)
    _tell(by, number, _end_words(fenced, case, _was_there(stays)), now, at, files)
    return number, until


def _end_words(fenced: bool, case: Case, was_there: bool) -> str:
    if fenced:
        return _("已围挡，结束守候")
    if not was_there:
        ended = _("未围挡，结束守候") if case.status in WATCHED else _("案卷已办结，结束守候")
        return remarked(ended, _("没有确认到场"))
    return _("未围挡，离开现场") if case.status in WATCHED else _("案卷已办结，离开现场")


def _note(
    by: Caller, turn: Turn, refused: Refused, files: list[File], now: datetime, at: datetime | None
) -> str:
    """What was overtaken goes into the record: who did what, when, and why it does not count. The case's number."""
    words = {"start": _("到场守候"), "take": _("到场守候"), "hand_over": _("把守候交给别人")}
    said = words.get(turn.act) or (_("已围挡，结束守候") if turn.fenced else _("未围挡，离开现场"))
    try:
        with transaction.atomic():
            case = case_for(by, turn.number).case
            if at is not None and (turn.fenced or turn.act in {"start", "take"}):
                field_watch.was_there(case.number, by.id, at)
            if turn.act in {"start", "take"}:
                _fill_before(by, case, at)
            elif case.status not in WATCHED:
                _leave_ended(by, case, now, at)
            told = _("%(words)s，没有接上：%(why)s") % {"words": said, "why": refused.message}
            _tell(by, case.number, told, now, at, files)
    except Refused:
        return ""  # a case that this person may not see; the delivery keeps the rest
    return str(case.number)


def _fill_before(by: Caller, case: Case, at: datetime | None) -> None:
    """Who was there before the one who stays now, and could not tell it, is written before them."""
    stays, free = staying(case.number), _free_since(case)
    if at is None or stays is None or stays["person_id"] == by.id or not free <= at < stays["since"]:
        return
    field_watch.write_before(case.number, by.id, at, stays)


def _leave_ended(by: Caller, case: Case, now: datetime, at: datetime | None) -> None:
    stays = staying(case.number)
    if stays is not None and stays["person_id"] == by.id:
        field_watch.leave(case.number, _within(at, known(stays), now))


def _was_there(stays: dict[str, Any] | None) -> bool:
    return stays is not None and stays["arrived_at"] is not None


def _within(at: datetime | None, earliest: datetime, now: datetime) -> datetime:
    """The device's word as far as nothing known speaks against it."""
    return now if at is None else min(max(at, earliest), now)


def _free_since(case: Case) -> datetime:
    """Before this nobody can have begun the watch that would come next."""
    ended = ended_at(case.number)
    return max(case.created_at, ended) if ended else case.created_at


def _require_open(case: Case) -> None:
    if case.status not in WATCHED:
        word = str(choices.STATUS.get(case.status, case.status))
        raise Refused(_("这件现在是“%(status)s”，不用守候了") % {"status": word}, code="wrong-stage")
    if case.severity != "critical":
        raise Refused(_("只有在办的特急案卷要守候"), code="wrong-stage")


def _require_staying(by: Caller, number: str, stays: dict[str, Any] | None) -> None:
    if stays is None or stays["person_id"] != by.id:
        raise NotAllowed(_whose(by, number))


def _whose(by: Caller, number: str) -> str:
    """Who stays there now, for somebody who thought they did; departments do not learn who is in the street."""
    stays = staying(number)
    if stays is not None and not access.may_see_watchers(by):
        stays["name"] = _("现场人员")
    if stays is not None and stays["arrived_at"] is None:
        words = {"when": day_and_time(stays["since"]), "who": stays["name"]}
        return _("%(when)s 已交给%(who)s，%(who)s尚未确认到场") % words
    if stays is not None:
        return _("%(when)s 起%(who)s在守候") % {
            "when": day_and_time(stays["arrived_at"]),
            "who": stays["name"],
        }
    ended = ended_at(number)
    return (
        _("这里的守候 %(when)s 已经结束") % {"when": day_and_time(ended)} if ended else _("您没有在这里守候")
    )


def _tell(
    by: Caller,
    number: str,
    words: str,
    now: datetime,
    at: datetime | None = None,
    files: list[File] | None = None,
) -> None:
    """In the case's own record, as an opinion of this person's: its time is the arrival, the phone's stands in the words."""
    words = with_phone_time(words, at, now)
    perform(number=number, act="opinion", by=by, facts={"opinion": words}, now=now, files=files or [])
