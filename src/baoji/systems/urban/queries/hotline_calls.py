"""Calls at a seat, and those that a case came from."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access

# A call that nobody has saved is on the screen for so long after it rang, or after it ended.
RINGS_FOR = timedelta(hours=2)
STAYS_FOR = timedelta(minutes=15)
# Nobody lets a telephone ring for longer: the exchange has not said what became of the call.
RINGS_ALOUD = timedelta(minutes=3)
# A recording comes after the call.
_ENDED = "coalesce(ended_at, CASE WHEN recording <> '' THEN greatest(rang_at, answered_at) END)"


def call_at(seat: Caller, now: datetime) -> dict[str, Any] | None:
    """The newest call at this seat that is not saved yet; `is_untold` if it rang some time ago and nothing was heard of it since."""
    return sql.row(
        f"SELECT id, number, phone, rang_at, answered_at, {_ENDED} AS ended_at, answered_at IS NULL AND rang_at < %s AS is_untold"
        " FROM urban_call WHERE seat_id = %s AND case_id IS NULL"
        f" AND rang_at > %s AND coalesce({_ENDED} > %s, true) ORDER BY rang_at DESC, id DESC LIMIT 1",
        [now - RINGS_ALOUD, seat.id, now - RINGS_FOR, now - STAYS_FOR],
    )


def calls_of(reader: Caller, case_id: int) -> list[dict[str, Any]]:
    """The calls a case came from, for who may see callers."""
    if not access.may_see_caller(reader):
        return []
    return sql.rows(
        "SELECT id, number, phone, rang_at, answered_at, ended_at, recording FROM urban_call WHERE case_id = %s ORDER BY rang_at, id",
        [case_id],
    )


def answered_on_the_spot(case_id: int) -> str:
    """What a seat has told the caller already, for the acceptor to settle the case with; '' if nothing."""
    return str(sql.value("SELECT answered FROM urban_elements WHERE case_id = %s", [case_id]) or "")
