"""A request by Open311: a citizen's report that a program passes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from baoji.kernel.base import sql
from baoji.kernel.flow.run import File
from baoji.kernel.wire import once as inbox
from baoji.systems.urban.access import code_holder
from baoji.systems.urban.actions.citizen_door import follow_by_mail
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.actions.report import Draft, Taken, take_report
from baoji.systems.urban.queries.open311_keys import Key

NOTE = "INSERT INTO urban_open311_request (case_id, key_id, media_url, created_at) VALUES (%s, %s, %s, %s)"


@dataclass
class Passed:
    """What came with the draft. `once` and `request_hash` are the idempotency key of the program and what it stands for."""

    files: Sequence[File] = ()
    mail: str = ""
    media_url: str = ""
    once: str = ""
    request_hash: str = ""


def file_request(key: Key, draft: Draft, passed: Passed, now: datetime) -> Taken:
    """Takes the report in by the citizens' door and keeps by which key it came. Raises what `take_report` does.

    In the transaction of the files it comes with, which ends at any refusal.
    """
    draft.via = f"Open311 {key.name}"
    taken = take_report(
        by=None,
        draft=draft,
        now=now,
        files=list(passed.files),
        key=_own(key, passed.once),
        request_hash=passed.request_hash,
    )
    if taken.earlier is None:
        sql.execute(NOTE, [taken.id, key.id, passed.media_url, now])
        if passed.mail:
            follow_by_mail(taken.id, passed.mail, now)
    return taken


def add_update(key: Key, number: str, words: str, passed: Passed, now: datetime) -> str:
    """The reporter's word to the acceptor (留言) on a case that came by this key; the update's id.

    The caller has made sure that it came by this key. Raises what the flow raises. In the transaction of its files, as above.
    """
    who = f"open311.{key.id}"
    earlier = inbox.claim(who, passed.once, passed.request_hash) if passed.once else None
    if earlier is not None:
        return str(earlier[1]["update_id"])
    doing = perform_inside(
        number=number,
        act="ask",
        by=code_holder(number),
        facts={"opinion": words},
        now=now,
        files=list(passed.files),
    )
    update_id = f"{number}-{doing.case.records}"
    if passed.once:
        inbox.answer(who, passed.once, 200, {"update_id": update_id})
    return update_id


def _own(key: Key, once: str) -> str:
    """Two programs never meet in one idempotency key, though for the citizens' door they are the same caller."""
    return sha256(f"open311/{key.id}/{once}".encode()).hexdigest() if once else ""
