"""Reports without an account: let in, or held back until a person has looked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused, TooMany
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire import once
from baoji.systems.urban.actions.citizen_gate import (
    Asking,
    challenge,
    is_crowded,
    judge,
    take_held_place,
)
from baoji.systems.urban.actions.report import Draft, check_report, new_code, take_report
from baoji.systems.urban.rules.citizens import Verdict, alike
from baoji.systems.urban.rules.table import REASON

SUBJECT = "urban.held_report"
WHO = "public"  # whose idempotency keys strangers use
WAIT_S = 600  # after which an address has room for one or two more
MAY_DECIDE = frozenset({"acceptor", "chief"})


@dataclass(frozen=True)
class Answer:
    """`number` is '' for a report that is held back; `code` follows either."""

    number: str
    code: str

    @property
    def is_held(self) -> bool:
        return not self.number


@dataclass(frozen=True)
class Sent:
    """An anonymous report with what came beside it. `key` and `request_hash` make a second sending harmless.

    `keep` makes the photos durable; it is called only for a report that has a place.
    """

    draft: Draft
    keep: Callable[[], Sequence[File]]
    photo_count: int = 0
    mail: str = ""
    key: str = ""
    request_hash: str = ""


class ProofWanted(TooMany):
    """A place is opened by a proof of work: `proof` says what to solve, and how to send it."""

    def __init__(self, message: str, *, retry_after: int, proof: dict[str, object]) -> None:
        super().__init__(message, retry_after=retry_after)
        self.proof = proof


def arrive(sent: Sent, asking: Asking, now: datetime, *, hold_unproven: bool) -> Answer:
    """Lets the report in or holds it back; the same sending again gets the same answer.

    Without a place and without a proof it is held (`hold_unproven`: who has no scripts) or ProofWanted is raised.
    """
    earlier = _earlier(sent)
    if earlier is not None:
        return earlier
    if not hold_unproven and not asking.proof and is_crowded(asking.address, asking.device):
        raise _proof_wanted(asking, now)  # a flood is told so before anything is looked up
    check_report(sent.draft, sent.photo_count, now)
    judged = judge(asking, now)
    if judged.verdict is Verdict.LET_IN:
        return let_in(sent, now)
    if judged.verdict is Verdict.PROVE and not hold_unproven:
        raise _proof_wanted(asking, now)
    take_held_place(asking.address, waiting())
    return hold(sent, judged.why or "busy", now)


def _proof_wanted(asking: Asking, now: datetime) -> ProofWanted:
    return ProofWanted(
        _("这个网络一小时内报得太多，没有提交。请稍后再试，急事请拨 12319"),
        retry_after=WAIT_S,
        proof=challenge(asking.key or uuid4().hex, now),
    )


def _earlier(sent: Sent) -> Answer | None:
    if not sent.key:
        return None
    row = sql.row(
        "SELECT status, answer::text AS answer, request_hash AS hash FROM wire_inbox"
        " WHERE caller = %s AND key = %s AND answer IS NOT NULL",
        [WHO, sent.key],
    )
    if row is None:
        return None
    answer = once.earlier_answer(row | {"answer": orjson.loads(row["answer"])}, sent.request_hash)[1]
    return Answer(answer["number"] or "", answer["query_code"])


def checked_mail(text: str) -> str:
    """The address, or Invalid."""
    mail = text.strip()
    if not mail:
        return ""
    try:
        validate_email(mail)
    except ValidationError as wrong:
        sentence = _("邮箱地址不对，例如 name@example.com")
        raise Invalid.at("mail", sentence) from wrong
    if len(mail) > 200:
        raise Invalid(_("邮箱地址太长"), errors={"mail": [_("邮箱地址太长")]})
    return mail


@transaction.atomic
def let_in(sent: Sent, now: datetime) -> Answer:
    """Takes the report in like any other; whoever left a mail address is told what came of it."""
    taken = take_report(
        by=None,
        draft=sent.draft,
        now=now,
        files=sent.keep(),
        key=sent.key,
        request_hash=sent.request_hash,
    )
    if taken.earlier is not None:
        earlier = once.earlier_answer(taken.earlier, sent.request_hash)[1]
        return Answer(earlier["number"] or "", earlier["query_code"])
    if sent.mail:
        follow_by_mail(taken.id, sent.mail, now)
    return Answer(taken.number, taken.answer["query_code"])


def follow_by_mail(case_id: int, mail: str, now: datetime, language: str = "") -> None:
    sql.execute(
        "INSERT INTO urban_follower (case_id, code, mail, language, at) VALUES (%s, '', %s, %s, %s)",
        [case_id, mail, language or (get_language() or ""), now],
    )


HOLD = """
INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)
VALUES (%s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, 'held', %s, '')
"""


@transaction.atomic
def hold(sent: Sent, why: str, now: datetime) -> Answer:
    """Keeps the report apart, with a code that works at once. Nothing of it reaches a desk before somebody lets it in."""
    # Before anything is written: a transaction that has written and waits for the virus scanner holds back everybody's live updates.
    files = [list(file[:2]) for file in sent.keep()]
    if sent.key:
        earlier = once.claim(WHO, sent.key, sent.request_hash)
        if earlier is not None:
            return Answer(earlier[1]["number"] or "", earlier[1]["query_code"])
    code, draft = new_code(), sent.draft
    sql.execute(
        HOLD,
        [
            code,
            orjson.dumps(asdict(draft)).decode(),
            orjson.dumps(files).decode(),
            sent.mail,
            get_language() or "",
            why,
            alike(draft.description) or f"{draft.kind[:1]}{draft.class_code}"[:16],
            now,
        ],
    )
    if sent.key:
        once.answer(WHO, sent.key, 202, {"number": None, "query_code": code})
    return Answer("", code)


def waiting() -> int:
    """How many reports are held back now."""
    return int(sql.value("SELECT count(*) FROM urban_held_report WHERE status = 'held'"))


def release(by: Caller, held_ids: list[int], now: datetime) -> tuple[int, int]:
    """Lets reports in, each by itself; how many became cases, and how many were refused by a rule and stay."""
    _must_decide(by)
    done = stayed = 0
    for id_ in held_ids:
        try:
            done += _release_one(by, id_, now)
        except Refused:
            stayed += 1
    return done, stayed


@transaction.atomic
def _release_one(by: Caller, held_id: int, now: datetime) -> int:
    row = _locked(held_id)
    if row is None:
        return 0
    draft = _draft(row["draft"], row["code"])
    files = [(int(file[0]), str(file[1])) for file in orjson.loads(row["files"])]
    taken = take_report(by=None, draft=draft, now=now, files=files)
    if row["mail"]:
        follow_by_mail(taken.id, row["mail"], now, row["language"])
    sql.execute(
        "UPDATE urban_held_report SET status = 'released', case_id = %s, decided_by_id = %s, decided_at = %s,"
        " draft = '{}'::jsonb, files = '[]'::jsonb, mail = '' WHERE id = %s",
        [taken.id, by.id, now, held_id],
    )
    record(SUBJECT, held_id, "release", {"number": taken.number, "why": row["why"]}, by.id, now)
    return 1


def _draft(stored: str, code: str) -> Draft:
    known = {one.name for one in fields(Draft)}
    facts: dict[str, Any] = {name: value for name, value in orjson.loads(stored).items() if name in known}
    if facts.get("found_at"):
        facts["found_at"] = parse_datetime(facts["found_at"])
    return Draft(**facts | {"query_code": code})


@transaction.atomic
def drop(by: Caller, held_ids: list[int], reason: str, now: datetime) -> int:
    """Drops reports with a reason that their senders read by their codes; how many."""
    _must_decide(by)
    reason = reason.strip()
    if len(reason) < REASON.least:
        raise Invalid.at("reason", _("请写理由，至少 %(n)d 个字") % {"n": REASON.least})
    done = 0
    for id_ in sorted(held_ids):  # two who drop the same ones do not wait for each other
        if (row := _locked(id_)) is None:
            continue
        sql.execute(
            "UPDATE urban_held_report SET status = 'dropped', reason = %s, decided_by_id = %s, decided_at = %s WHERE id = %s",
            [reason[:200], by.id, now, id_],
        )
        record(SUBJECT, id_, "drop", {"why": row["why"], "reason": reason[:200]}, by.id, now)
        done += 1
    return done


def _locked(held_id: int) -> dict[str, Any] | None:
    return sql.row(
        "SELECT id, code, draft::text AS draft, files::text AS files, mail, language, why FROM urban_held_report"
        " WHERE id = %s AND status = 'held' FOR UPDATE",
        [held_id],
    )


def _must_decide(by: Caller) -> None:
    if not by.kinds() & MAY_DECIDE:
        raise NotAllowed(_("只有受理员和值班长能放行或不予受理"))


def held_ids_alike(held_id: int) -> list[int]:
    """The ids of the held reports with the same words as this one, itself among them. Raises NotThere."""
    found = [
        row[0]
        for row in sql.tuples(
            "SELECT o.id FROM urban_held_report h JOIN urban_held_report o ON o.alike = h.alike AND o.status = 'held'"
            " WHERE h.id = %s AND h.status = 'held' ORDER BY o.id LIMIT 1000",
            [held_id],
        )
    ]
    if not found:
        raise NotThere(_("这一件已经处理过"))
    return found
