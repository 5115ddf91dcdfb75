"""Taking in what a phone kept while it had no signal: each report and each answer once, with its evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence.verification import signed
from baoji.kernel.flow.run import File
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records import uploads
from baoji.kernel.records.actions import Kept
from baoji.systems.urban.actions.field_late import note_late_answer
from baoji.systems.urban.actions.perform import perform_inside
from baoji.systems.urban.actions.report import Draft, take_report
from baoji.systems.urban.queries.field_track import CLOCK_AHEAD, clock_days

SIDES = frozenset({"before", "after"})
# Refusals that tell that the task is no longer this person's: the evidence is kept all the same.
GONE = frozenset({"wrong-stage", "not-allowed", "not-there", "stale"})


@dataclass(frozen=True)
class Signed:
    """An envelope as it came: its exact bytes and the signature r‖s over them."""

    envelope: bytes
    sig: bytes


@dataclass(frozen=True)
class Medium:
    """A photo or recording uploaded before; without `signed` it is somebody's word only. `role` is before, after, or '' where
    the delivery does not say."""

    sha256: str
    kind: str
    signed: Signed | None = None
    role: str = ""

    @property
    def moment(self) -> str:
        """Before or after the work: as it was signed, else as it was sent; '' where neither says."""
        said = signed_facts(self.signed.envelope).get("role") if self.signed is not None else None
        return next((role for role in (said, self.role) if role in SIDES), "")


def signed_facts(envelope: bytes) -> dict[str, Any]:
    """What an envelope says; one that cannot be read is kept and marked by the evidence, and says nothing here."""
    try:
        return signed.envelope(envelope)
    except signed.Wrong:
        return {}


@dataclass(frozen=True)
class Parcel:
    """What one delivery brings besides its facts. `words` is the envelope about the report as a whole."""

    name: UUID
    request_hash: str
    media: Sequence[Medium]
    words: Signed | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True)
class Delivered:
    """`status` 201 the first time, 200 again, or 409 with the reason in `answer` when the task was gone."""

    status: int
    answer: dict[str, Any]


Note = Callable[[Refused, list[File]], str]
CLAIM = """
INSERT INTO urban_delivery (name, person_id, kind, request_hash, number, envelopes, captured_at, delivered_at, status, answer)
VALUES (%s, %s, %s, %s, '', '[]', %s, %s, 0, '{}') ON CONFLICT (name) DO NOTHING
"""
EARLIER = (
    "SELECT person_id, kind, request_hash, status, answer::text AS answer FROM urban_delivery WHERE name = %s"
)
KEEP = "UPDATE urban_delivery SET number = %s, envelopes = %s::jsonb, status = %s, answer = %s::jsonb WHERE name = %s"


def deliver_report(*, by: Caller, parcel: Parcel, draft: Draft, now: datetime) -> Delivered:
    """A report under the phone's name for it; durable with its evidence when this returns.

    Raises what `take_report` raises, `media-missing` (424), `idempotency-conflict` (409); then nothing was written.
    """

    moments = _moments(parcel.media)

    def take(files: list[File]) -> str:
        return take_report(by=by, draft=draft, now=now, files=files, moments=moments).number

    return deliver("report", by, parcel, now, take)


def _moments(media: Sequence[Medium]) -> list[str]:
    """Of each different photo. As in `_evidence`, one that is named twice is what the first envelope about it says."""
    said: dict[str, str] = {}
    for medium in sorted(media, key=lambda medium: medium.signed is None):
        if medium.kind == "photo":
            said.setdefault(medium.sha256, medium.moment)
    return [*said.values()]


def deliver_answer(
    *, by: Caller, parcel: Parcel, number: str, act: str, facts: dict[str, Any], now: datetime
) -> Delivered:
    """An act on a case, done in the street. A task that is gone by now, or is not with them, answers 409; what was
    brought stands in the case's record all the same (`field_late`)."""

    def take(files: list[File]) -> str:
        doing = perform_inside(number=number, act=act, by=by, facts=facts, now=now, files=files)
        return str(doing.case.number)

    def note(refused: Refused, files: list[File]) -> str:
        return note_late_answer(
            by=by,
            name=parcel.name,
            number=number,
            act=act,
            facts=facts,
            refused=refused,
            files=files,
            at=believed(parcel.captured_at, now)[0],
            now=now,
        )

    return deliver("answer", by, parcel, now, take, note=note)


@transaction.atomic
def deliver(
    kind: str,
    by: Caller,
    parcel: Parcel,
    now: datetime,
    take: Callable[[list[File]], str],
    *,
    note: Note | None = None,
    gone: frozenset[str] = GONE,
    more: dict[str, Any] | None = None,
) -> Delivered:
    """`take` does it and says the case's number. Refused with a code of `gone` it is kept all the same: `note` may write
    down what came, and says where. `more` is what `take` puts beside the number into the answer."""
    # A twin under way makes this wait until it has ended.
    if not sql.execute(CLAIM, [parcel.name, by.id, kind, parcel.request_hash, parcel.captured_at, now]):
        return _earlier(kind, by, parcel)
    files, rows = _evidence(by, parcel, now)
    answer, status, number = _done(take, files, note, gone)
    answer |= more if more and status == 201 else {}
    answer["receipt"] = evidence.receipt(rows, number=number, report=str(parcel.name), now=now)
    sql.execute(
        KEEP, [number, orjson.dumps(rows).decode(), status, orjson.dumps(answer).decode(), parcel.name]
    )
    return Delivered(status, answer)


def believed(at: datetime | None, now: datetime) -> tuple[datetime | None, bool]:
    """When a phone says that it was, at most the arrival. A clock that is ahead, or further back than a parcel may be
    late (policy `field.clock_days`), is not believed: then there is no time, and True."""
    if at is None:
        return None, False
    if now - clock_days() <= at <= now + CLOCK_AHEAD:
        return min(at, now), False
    return None, True


def files_of(*, by: Caller, media: Sequence[Medium], now: datetime) -> list[File]:
    """Uploaded media as an act takes them, their envelopes kept and receipted, so that the journal has when they came; in the
    caller's transaction. Raises `media-missing`."""
    files, rows = _evidence(by, Parcel(UUID(int=0), "", media), now)
    if rows:
        evidence.receipt(rows, number="", report="", now=now)
    return files


@dataclass(frozen=True)
class _Content:
    sha256: str


def sign_for(*, by: Caller, envelope: bytes, sig: bytes, content: bytes, now: datetime) -> dict[str, Any]:
    """Keeps an envelope about `content`, and the receipt for it; in the caller's transaction."""
    about = _Content(sha256(content).hexdigest())
    taken = evidence.take(envelope, sig, person_id=by.id or 0, now=now, content=about)
    return evidence.receipt([taken.id], number="", report="", now=now)


def _done(
    take: Callable[[list[File]], str], files: list[File], note: Note | None, gone: frozenset[str]
) -> tuple[dict[str, Any], int, str]:
    try:
        with transaction.atomic():
            number = take(files)
    except Refused as refused:
        if refused.code not in gone:
            raise
        noted = note(refused, files) if note else ""
        return {"reason": refused.message, "was": refused.code, "noted": bool(noted)}, 409, noted
    return {"number": number}, 201, number


def _earlier(kind: str, by: Caller, parcel: Parcel) -> Delivered:
    row = sql.row(EARLIER, [parcel.name])
    assert row is not None
    if (row["person_id"], row["kind"], row["request_hash"]) != (by.id, kind, parcel.request_hash):
        raise Refused(_("这个编号已经用于另一份内容"), code="idempotency-conflict", status=409)
    return Delivered(200 if row["status"] == 201 else row["status"], orjson.loads(row["answer"]))


def _evidence(by: Caller, parcel: Parcel, now: datetime) -> tuple[list[File], list[int]]:
    """The files as an act takes them, and the rows of all envelopes.

    A file that is named twice is one file, with the first envelope about it: the same photo is not "before" and "after" too.
    """
    files: dict[int, tuple[int, str, int | None]] = {}
    rows: list[int] = []
    for medium, file in zip(parcel.media, _kept(by, parcel.media), strict=True):
        row = _taken(by, medium.signed, now, file) if medium.signed is not None else None
        rows += [] if row is None else [row]
        known = files.get(file.id)
        if known is None or known[2] is None:
            files[file.id] = (file.id, medium.kind, row)
    if parcel.words is not None:
        rows.append(_taken(by, parcel.words, now))
    return [*files.values()], list(dict.fromkeys(rows))


def _taken(by: Caller, signed: Signed, now: datetime, content: Kept | None = None) -> int:
    return evidence.take(signed.envelope, signed.sig, person_id=by.id or 0, now=now, content=content).id


def _kept(by: Caller, media: Sequence[Medium]) -> list[Kept]:
    found = [(medium, uploads.kept(by.id or 0, medium.sha256)) for medium in media]
    missing = [medium.sha256 for medium, file in found if file is None]
    if missing:
        raise Refused(
            _("还有 %(n)d 个照片或录音没有传完，传完后会自动再报") % {"n": len(missing)},
            code="media-missing",
            status=424,
            more={"missing": missing},
        )
    for medium, file in found:
        if file is not None and file.kind != medium.kind:
            sentence = _("%(name)s 传的时候是另一类") % {"name": medium.sha256[:12]}
            raise Invalid.at("media", sentence)
    return [file for _medium, file in found if file is not None]
