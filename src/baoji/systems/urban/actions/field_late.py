"""An answer from the street that came after its task went: it changes nothing, and stands in the case's record all the same.

Also that of the second phone of one account. Words, result, photos and envelopes are kept as an opinion of who brought them,
so the case's page, its evidence and the export have them; whoever has the case at supervision or command is told.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.phrases import headed, sentences, strung
from baoji.kernel.flow.declare import Fact
from baoji.kernel.flow.models import Case
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban.actions.facts import LONGEST_TEXT
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.queries import book
from baoji.systems.urban.queries.cases import case_for, column_for
from baoji.systems.urban.rules.table import FLOW

LATE = timedelta(minutes=2)  # from when on the phone's time is said beside the arrival
MOST_WORDS = 3 * LONGEST_TEXT  # the app sends one text; more is nobody's answer
# Who was ever asked for this case, or stands in for them, sees what became of it; one who reads it already stays that.
WAS_ASKED = """
INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)
SELECT c.id, %s, c.created_at, c.status, c.topic, c.area, c.source FROM flow_case c
 WHERE c.{column} = %s AND EXISTS (SELECT 1 FROM flow_record r WHERE r.case_id = c.id AND r.receiver_person_id = ANY(%s))
ON CONFLICT DO NOTHING
"""


def note_late_answer(
    *,
    by: Caller,
    name: UUID,
    number: str,
    act: str,
    facts: Mapping[str, Any],
    refused: Refused,
    files: list[File],
    at: datetime | None,
    now: datetime,
) -> str:
    """Writes it into the record and tells whoever has the case; the case's number, or '' for one that this person never had.

    `at` is the phone's own time of it, if that can be believed.
    """
    column, key = column_for(number)
    asked = [by.id, *(hold.lender for hold in by.holds if hold.lender is not None)]
    try:
        with transaction.atomic():
            sql.execute(WAS_ASKED.format(column=column), [by.id, key, asked])
            case = case_for(by, number).case
            words = with_phone_time(_words(act, facts, refused), at, now)
            _write(by, case, words, files, now)
    except Refused:
        return ""
    _tell(case, name, act, now)
    return str(case.number)


def with_phone_time(words: str, at: datetime | None, now: datetime) -> str:
    """The record's time is the arrival; where the phone's differs it stands in the words."""
    if at is None or abs(now - at) < LATE:
        return words
    return _("%(words)s（手机记的时间 %(when)s）") % {
        "words": words,
        "when": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
    }


def _words(act: str, facts: Mapping[str, Any], refused: Refused) -> str:
    """`回复核查，没有算数：案卷现在是“已作废”，不能做这一步。已经处置好：否；意见：…`"""
    declared = next((one for one in FLOW.acts if one.name == act), None)
    known = {fact.name: fact for fact in declared.facts} if declared else {}
    said = [_fact(known.get(name), name, value) for name, value in facts.items()]
    title = _(declared.title) if declared else _("回复")
    told = _("%(what)s，没有算数：%(why)s") % {"what": title, "why": refused.message}
    return _seen(sentences([told, strung(said)] if said else [told]))[:MOST_WORDS]


def _fact(fact: Fact | None, name: str, value: Any) -> str:
    if isinstance(value, bool):
        value = _("是") if value else _("否")
    return headed(_(fact.title) if fact is not None else name, value)


def _seen(words: str) -> str:
    return "".join(sign for sign in words if sign.isprintable() or sign == "\n")


def _write(by: Caller, case: Case, words: str, files: list[File], now: datetime) -> None:
    """As many opinions as words and photos need: nothing of it is left out because one would be too long."""
    most = max(1, book.photos(book.policies(), "opinion", case.source)[1])
    again = _("（接上条）")
    room = LONGEST_TEXT - len(again)
    texts = [words[n : n + room] for n in range(0, len(words), room)]
    lots = [files[n : n + most] for n in range(0, len(files), most)]
    for n, (text, lot) in enumerate(zip_longest(texts, lots)):
        opinion = (text or "") if n == 0 else f"{again}{text or ''}"
        perform_inside(
            number=case.number, act="opinion", by=by, facts={"opinion": opinion}, now=now, files=lot or []
        )


def _tell(case: Case, name: UUID, act: str, now: datetime) -> None:
    post = "dispatcher" if act == "answer" else "chief" if case.holder_post == "chief" else "acceptor"
    notify(
        f"late:{name}",
        post=post,
        kind="late",
        title=Words(noop("迟到的回复，没有算数：%(number)s"), {"number": case.number}),
        link=f"/cases/{case.number}",
        at=now,
    )
