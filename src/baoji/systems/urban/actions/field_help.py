"""SOS and 守候: calling for help, and staying at a dangerous place until it is fenced."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.notices.actions import notify
from baoji.systems.urban.actions.field_duty import require_street
from baoji.systems.urban.actions.perform import perform
from baoji.systems.urban.queries.cases import case_for

HELPERS = ("chief", "commander", "head")
CRY = """
INSERT INTO urban_distress (name, person_id, at, place, words, outcome)
VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s, '') ON CONFLICT (name) DO NOTHING
"""
TAKE = "UPDATE urban_distress SET taken_by_id = %s, taken_at = %s WHERE name = %s AND taken_by_id IS NULL AND ended_at IS NULL"
END = "UPDATE urban_distress SET ended_at = %s, outcome = %s WHERE name = %s AND ended_at IS NULL"
STAY = """
INSERT INTO urban_stay (number, person_id, since, fenced) VALUES (%s, %s, %s, false)
ON CONFLICT (number) WHERE until IS NULL DO NOTHING
"""
WHO_STAYS = "SELECT person_id FROM urban_stay WHERE number = %s AND until IS NULL FOR UPDATE"
LEAVE = "UPDATE urban_stay SET until = %s, handed_to_id = %s, fenced = %s WHERE number = %s AND until IS NULL"
HANDED = "SELECT EXISTS (SELECT 1 FROM urban_stay WHERE number = %s AND person_id = %s AND handed_to_id = %s)"
ENDED = """
SELECT person_id = %s AND fenced = %s AND handed_to_id IS NULL FROM urban_stay WHERE number = %s ORDER BY id DESC LIMIT 1
"""
SEES = """
INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)
SELECT id, %s, created_at, status, topic, area, source FROM flow_case WHERE number = %s ON CONFLICT DO NOTHING
"""
LEAST_OUTCOME = 2


def cry_for_help(
    *, by: Caller, name: UUID, place: tuple[float, float] | None, words: str, now: datetime
) -> None:
    """SOS, heard at once by duty chief, commander and head of the centre; sent again it is one cry."""
    require_street(by)
    lon, lat = place or (None, None)
    with transaction.atomic():
        if not sql.execute(CRY, [name, by.id, now, lon, lat, words.strip()[:200]]):
            return
        where = f"{lat:.5f}, {lon:.5f}" if place else _("位置不明")
        for post in HELPERS:
            notify(
                f"sos:{name}:{post}",
                post=post,
                kind="sos",
                title=f"求助：{by.name}（{where}）{words.strip()[:60]}",
                link="/street/",
                at=now,
                urgent=True,
            )


def take_distress(*, by: Caller, name: UUID, now: datetime) -> None:
    """Somebody at the centre looks after it; the alarm ends."""
    _require_helper(by)
    if not sql.execute(TAKE, [by.id, now, name]):
        raise Refused(_("已经有人在处理，或已经结束"), code="already-taken")


def end_distress(*, by: Caller, name: UUID, outcome: str, now: datetime) -> None:
    _require_helper(by)
    if len(outcome.strip()) < LEAST_OUTCOME:
        raise Invalid(_("请写结果"), errors={"outcome": [_("请写结果")]})
    if not sql.execute(END, [now, outcome.strip()[:200], name]):
        raise NotThere(_("没有这次求助，或已经结束"))


def _require_helper(by: Caller) -> None:
    if not by.kinds() & set(HELPERS):
        raise NotAllowed(_("您的岗位不处理求助"))


@transaction.atomic
def stay_at(*, by: Caller, number: str, now: datetime) -> None:
    """守候 begins: this person stays at the place. Who stays already goes on; another one is told who stays."""
    require_street(by)
    case = case_for(by, number).case
    if case.severity != "critical" or case.status != "open":
        raise Refused(_("只有在办的特急案卷要守候"), code="wrong-stage")
    if sql.execute(STAY, [case.number, by.id, now]):
        _tell(by, case.number, _("到场守候"), now)
    elif _who_stays(case.number) != by.id:
        raise Refused(_("已经有人在守候"), code="already-taken")


@transaction.atomic
def hand_stay_over(*, by: Caller, number: str, to: str, now: datetime) -> None:
    """Somebody else stays from now on."""
    number = case_for(by, number).case.number
    other = caller_by_code(to)
    if other is None or other.id == by.id:
        raise Invalid(_("请选另一个人"), errors={"to": [_("请选另一个人")]})
    if _who_stays(number) == other.id and sql.value(HANDED, [number, by.id, other.id]):
        return  # the phone asks again because it did not hear the answer
    _require_staying(by, number)
    require_street(other)
    sql.execute(LEAVE, [now, other.id, False, number])
    sql.execute(STAY, [number, other.id, now])
    sql.execute(SEES, [other.id, number])
    _tell(by, number, _("守候交给%(who)s") % {"who": other.name}, now)
    notify(
        f"stay:{number}:{now.isoformat()}",
        person=other.id,
        kind="stay",
        title=f"请接替守候：{number}",
        link=f"/cases/{number}",
        at=now,
        urgent=True,
    )


@transaction.atomic
def end_stay(*, by: Caller, number: str, fenced: bool, files: list[File], now: datetime) -> None:
    """The place is fenced (with a photo), or somebody leaves before it is, which is told too."""
    number = case_for(by, number).case.number
    if _who_stays(number) is None and sql.value(ENDED, [by.id, fenced, number]):
        return  # the phone asks again because it did not hear the answer
    _require_staying(by, number)
    if fenced and not any(file[1] == "photo" for file in files):
        raise Refused(_("已围挡请附一张照片"), code="photo-required", status=422)
    sql.execute(LEAVE, [now, None, fenced, number])
    _tell(by, number, _("已围挡，结束守候") if fenced else _("未围挡，离开现场"), now, files)


def _who_stays(number: str) -> int | None:
    found = sql.value(WHO_STAYS, [number])
    return int(found) if found is not None else None


def _require_staying(by: Caller, number: str) -> None:
    if _who_stays(number) != by.id:
        raise NotAllowed(_("您没有在这里守候"))


def _tell(by: Caller, number: str, words: str, now: datetime, files: list[File] | None = None) -> None:
    """In the case's own record, as an opinion of this person's."""
    perform(number=number, act="opinion", by=by, facts={"opinion": words}, now=now, files=files or [])
