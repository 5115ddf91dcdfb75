"""Taking evidence out of the house: originals and whole exports, for those who may; each time stands in the journal."""

from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base.errors import NotAllowed
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.story import export
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.queries.cases import case_for
from baoji.systems.urban.queries.evidence import played, with_merged

SUBJECT = "evidence.looked"


def export_case(*, by: Caller, number: str, target: BinaryIO, now: datetime) -> None:
    """Writes the case's evidence to `target`. Raises `NotThere`, `NotAllowed`, `Refused` (not-sealed, too-large, stale)."""
    case = case_for(by, number).case
    require_may_see_originals(by)
    ids = with_merged(case)
    export(case.number, ids, target, now, played=played(ids))
    _note(case, "export", {}, by, now)


def look_at_original(*, by: Caller, number: str, attachment: dict[str, Any], now: datetime) -> None:
    """Notes that somebody opens a file as it came, with all that the phone wrote into it."""
    case = case_for(by, number).case
    require_may_see_originals(by)
    _note(case, "original", {"sha256": attachment["sha256"]}, by, now)


def require_may_see_originals(by: Caller) -> None:
    if by.code != "system" and not access.may_see_originals(by):
        raise NotAllowed(_("原件和证据包只给监督中心和中心主任"))


def _note(case: Case, verb: str, facts: dict[str, Any], by: Caller, now: datetime) -> None:
    with transaction.atomic():
        record(SUBJECT, case.pk, verb, {"number": case.number, **facts}, by.id, now)
