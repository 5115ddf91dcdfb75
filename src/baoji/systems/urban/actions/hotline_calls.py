"""What the call system tells of a call: it rings at a seat, is answered, ends, and has a recording."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotThere
from baoji.kernel.flow import pulse
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.wire.signed import APART_S
from baoji.systems.urban import access
from baoji.systems.urban.queries.book import policies

EVENTS = ("ringing", "answered", "ended", "recording")
AHEAD = timedelta(seconds=APART_S)  # as far as the clock that signed may be off


@dataclass(frozen=True)
class CallEvent:
    """`number` is the call system's own for this call; all of its events carry it."""

    number: str
    event: str
    phone: str = ""
    seat: str = ""
    at: datetime | None = None
    recording: str = ""


_WRITE = """
INSERT INTO urban_call (number, phone, seat_id, rang_at, answered_at, ended_at, recording)
VALUES (%(number)s, %(phone)s, %(seat)s, %(at)s, %(answered)s, %(ended)s, %(recording)s)
ON CONFLICT (number) DO UPDATE SET
  phone = coalesce(nullif(excluded.phone, ''), urban_call.phone), seat_id = excluded.seat_id,
  rang_at = least(urban_call.rang_at, excluded.rang_at),
  answered_at = coalesce(urban_call.answered_at, excluded.answered_at), ended_at = coalesce(urban_call.ended_at, excluded.ended_at),
  recording = coalesce(nullif(excluded.recording, ''), urban_call.recording)
RETURNING id
"""


def call_told(told: CallEvent, now: datetime) -> int:
    """Writes it down and has the seat's page look; the same event again changes nothing. Inside a transaction.

    Raises Invalid, NotThere (an event of a call that never rang, without a seat).
    """
    known = sql.row("SELECT seat_id FROM urban_call WHERE number = %s", [told.number])
    seat = _seat(told.seat).id if told.seat else known["seat_id"] if known else None
    if seat is None:
        raise NotThere(_("没有这通来电：第一个事件要带 seat 和 phone"))
    at = told.at if told.at and told.at <= now + AHEAD else now
    id_ = sql.value(
        _WRITE,
        {
            "number": told.number,
            "phone": told.phone,
            "seat": seat,
            "at": at,
            "answered": at if told.event == "answered" else None,
            "ended": at if told.event == "ended" else None,
            "recording": told.recording,
        },
    )
    pulse.call([f"person:{seat}"])
    return int(id_)


def _seat(given: str) -> Caller:
    """The seat's person, by their code or by the extension that the policy `hotline` gives them."""
    code = str(policies().get("hotline", {}).get("seats", {}).get(given, given))
    person = caller_by_code(code)
    if person is None or access.door_of(person) != "hotline":
        raise Invalid(
            _("没有这个坐席"), errors={"seat": [_("写热线坐席的人员代码，或政策 hotline.seats 里的分机号")]}
        )
    return person
