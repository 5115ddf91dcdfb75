"""Files that come in pieces and survive cuts: created, appended to, and kept once the whole has the hash it was announced with.

An upload lives under its person and the SHA-256 of the whole content, so a phone that lost everything else finds it again
and nobody learns what others have sent. Bytes that a part holds survive the process; the whole is durable before `Growing.end`
returns a finished state. Unfinished uploads end `UNFINISHED` after the last byte, finished ones are remembered for `FINISHED`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256 as new_sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused, TooMany
from baoji.kernel.records import intake, parts, storage
from baoji.kernel.records.actions import Kept, Kind
from baoji.kernel.records.parts import Part

UNFINISHED = timedelta(hours=24)
FINISHED = timedelta(days=30)
# What one person may have unfinished at once and begin in a day: far above a shift's photos, far below a disk.
MOST_UNFINISHED, MOST_UNFINISHED_BYTES = 100, 500 * 1024 * 1024
MOST_A_DAY, MOST_BYTES_A_DAY = 3_000, 6 * 1024 * 1024 * 1024
DAY = timedelta(hours=25)


@dataclass(frozen=True)
class State:
    """What is known of an upload: `offset` bytes of `length` are here; once finished it is kept under its hash."""

    sha256: str
    kind: Kind
    length: int
    offset: int
    metadata: str
    is_finished: bool
    expires_at: datetime | None


def create(person_id: int, *, sha256: str, length: int, kind: Kind, metadata: str, now: datetime) -> State:
    """A new upload, or the one that is there already; announced with another length or kind, it begins anew.

    Raises `Refused`: `too-large`, `validation`, `rate-limited`, `storage-full`; `Busy`.
    """
    if not 0 < length <= settings.MAX_PHOTO_BYTES:
        raise intake.too_large(kind) if length > 0 else Invalid(_("空文件不能上传"))
    row = _row(person_id, sha256)
    if row is not None and (row["finished_at"] or (row["length"], row["kind"]) == (length, kind)):
        return _state(row, _size(person_id, sha256), now)
    if row is not None:
        _forget(person_id, sha256)
    _require_quota(person_id, length, now)
    parts.require_room(length)
    _insert(person_id, sha256, kind, length, metadata, now)
    found = _row(person_id, sha256)
    assert found is not None
    return _state(found, _size(person_id, sha256), now)


def _insert(person_id: int, sha256: str, kind: str, length: int, metadata: str, now: datetime) -> None:
    """Not waited for until it is on disk: a power cut takes an upload back to its beginning, and nothing of it was promised."""
    sql.execute(
        "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))"
        " INSERT INTO records_upload (person_id, sha256, kind, length, metadata, created_at)"
        " SELECT %s, %s, %s, %s, %s, %s FROM quick ON CONFLICT (person_id, sha256) DO NOTHING",
        [person_id, sha256, kind, length, metadata, now],
    )


def _require_quota(person_id: int, length: int, now: datetime) -> None:
    open_, open_bytes, begun, bytes_ = sql.tuples(
        "SELECT count(*) FILTER (WHERE finished_at IS NULL), coalesce(sum(length) FILTER (WHERE finished_at IS NULL), 0),"
        " count(*), coalesce(sum(length), 0) FROM records_upload WHERE person_id = %s AND created_at > %s",
        [person_id, now - DAY],
    )[0]
    if open_ >= MOST_UNFINISHED or open_bytes + length > MOST_UNFINISHED_BYTES:
        raise TooMany(_("没传完的文件太多：请等前面的传完，或过一天再传"), retry_after=600)
    if begun >= MOST_A_DAY or bytes_ + length > MOST_BYTES_A_DAY:
        raise TooMany(_("今天传的文件太多，请明天再传"), retry_after=3600)


def _row(person_id: int, sha256: str) -> dict[str, Any] | None:
    return sql.row(
        "SELECT id, sha256, kind, length, metadata, finished_at FROM records_upload WHERE person_id = %s AND sha256 = %s",
        [person_id, sha256],
    )


def _there(person_id: int, sha256: str) -> dict[str, Any]:
    row = _row(person_id, sha256)
    if row is None:
        raise _gone()
    return row


def _gone() -> NotThere:
    return NotThere(_("没有这个上传，请重新开始"))


def _state(row: dict[str, Any], size: int, now: datetime) -> State:
    done = row["finished_at"] is not None
    return State(
        row["sha256"],
        row["kind"],
        row["length"],
        row["length"] if done else size,
        row["metadata"],
        done,
        None if done else now + UNFINISHED,
    )


def _size(person_id: int, sha256: str) -> int:
    try:
        return parts.path_of(person_id, sha256).stat().st_size
    except FileNotFoundError:
        return 0


def look(person_id: int, sha256: str, now: datetime) -> State:
    """How far the upload is. A writer under way is asked to stop first, so that the answer holds. Raises `NotThere`, `Busy`.

    All bytes may be here while nothing is finished, when the process was killed in between: then it is finished now.
    """
    growing = _opened(person_id, sha256, now, make=False)
    if isinstance(growing, State):
        return growing
    try:
        return growing.end(now)
    finally:
        growing.close()


def grow(person_id: int, sha256: str, now: datetime) -> "Growing | State":
    """The upload opened for writing, or its state when it is finished. Raises `NotThere`, `Busy`, `Refused` (storage-full)."""
    parts.require_room(0)
    return _opened(person_id, sha256, now, make=True)


def _opened(person_id: int, sha256: str, now: datetime, *, make: bool) -> "Growing | State":
    row = _there(person_id, sha256)
    if row["finished_at"]:
        return _state(row, row["length"], now)
    part = parts.open_part(person_id, sha256, make=make)
    if part is None:
        return _state(row, 0, now)
    again = _row(person_id, sha256)  # whoever held the part may have finished it meanwhile
    if again is None or again["finished_at"]:
        part.discard()
        part.close()
        return _state(_there(person_id, sha256), 0, now)
    return Growing(again, part)


class Growing:
    """An upload that nobody else writes to until it is closed."""

    def __init__(self, row: dict[str, Any], part: Part) -> None:
        self._row, self._part = row, part
        self.began = part.size

    @property
    def offset(self) -> int:
        return self._part.size

    @property
    def left(self) -> int:
        return int(self._row["length"]) - self._part.size

    def feed(self, data: bytes) -> None:
        """Raises `Refused` (storage-full); bytes fed before stay."""
        self._part.append(data)

    def is_wanted(self) -> bool:
        return self._part.is_wanted()

    def undo(self) -> None:
        """As if nothing had been fed since it was opened."""
        self._part.cut(self.began)

    def end(self, now: datetime) -> State:
        """How far it is; when all bytes are here they are checked and kept.

        Raises `Refused`: `wrong-hash` (460; begins anew at 0), what `records.actions.keep` refuses (then the upload is gone),
        `not-there` (it was taken away meanwhile; announced again, it goes on), `storage-full` (all bytes stay; ask again).
        """
        if self.left > 0:
            return _state(self._row, self.offset, now)
        data = self._part.read()
        if new_sha256(data).hexdigest() != self._row["sha256"]:
            self._part.discard()
            raise Refused(_("收到的内容与照片的指纹不符，请重新上传"), code="wrong-hash", status=460)
        self._keep(data, now)
        return _state({**self._row, "finished_at": now}, 0, now)

    def _keep(self, data: bytes, now: datetime) -> None:
        row, sha256 = self._row, self._row["sha256"]
        try:
            judged = intake.judge(data, row["kind"])
        except Refused as refused:
            if refused.code != "scanner-down":  # that passes: the bytes stay for another try
                self._give_up()
            raise
        self._part.sync()
        storage.adopt(self._part.path, sha256, len(data))
        with transaction.atomic():
            file_id = intake.enter(sha256, len(data), judged, now)
            if not sql.execute(
                "UPDATE records_upload SET finished_at = %s, file_id = %s WHERE id = %s",
                [now, file_id, row["id"]],
            ):
                raise _gone()  # taken away since it was opened: nobody is told of an end that nothing remembers
        self._part.discard()

    def _give_up(self) -> None:
        sql.execute("DELETE FROM records_upload WHERE id = %s", [self._row["id"]])
        self._part.discard()

    def close(self) -> None:
        self._part.close()


def _forget(person_id: int, sha256: str) -> None:
    part = parts.open_part(person_id, sha256, make=False)
    sql.execute(
        "DELETE FROM records_upload WHERE person_id = %s AND sha256 = %s AND finished_at IS NULL",
        [person_id, sha256],
    )
    if part is not None:
        part.discard()
        part.close()


def end_early(person_id: int, sha256: str) -> None:
    """Takes an unfinished upload away. Raises `NotThere`, `NotAllowed` for a finished one, `Busy`."""
    if _there(person_id, sha256)["finished_at"]:
        raise NotAllowed(_("已经传完并保存，不能撤回"))
    _forget(person_id, sha256)


def kept(person_id: int, sha256: str) -> Kept | None:
    """The file that this person has uploaded whole, while the upload is remembered."""
    row = sql.row(
        "SELECT f.id, f.sha256, f.mime, u.kind FROM records_upload u JOIN records_file f ON f.id = u.file_id"
        " WHERE u.person_id = %s AND u.sha256 = %s",
        [person_id, sha256],
    )
    return Kept(**row) if row else None


def put(person_id: int, data: bytes, *, kind: Kind, now: datetime) -> Kept:
    """Creates, fills and finishes an upload in one go. Raises what `create` and `Growing.end` raise."""
    sha256 = new_sha256(data).hexdigest()
    create(person_id, sha256=sha256, length=len(data), kind=kind, metadata="", now=now)
    growing = grow(person_id, sha256, now)
    if isinstance(growing, Growing):
        try:
            growing.feed(data[growing.offset :])
            growing.end(now)
        finally:
            growing.close()
    found = kept(person_id, sha256)
    assert found is not None
    return found


def sweep(now: datetime) -> int:
    """Takes away unfinished uploads without a new byte for `UNFINISHED`, and forgets finished ones after `FINISHED`; how many."""
    gone = sql.execute("DELETE FROM records_upload WHERE finished_at < %s", [now - FINISHED])
    for person_id, sha256 in parts.old(UNFINISHED.total_seconds()):
        try:
            _forget(person_id, sha256)
            gone += 1
        except parts.Busy:
            continue
    # Announced, and nothing ever came.
    return gone + sql.execute(
        "DELETE FROM records_upload u WHERE finished_at IS NULL AND created_at < %s AND NOT (sha256 = ANY(%s))",
        [now - UNFINISHED, _growing()],
    )


def _growing() -> list[str]:
    return [path.name for path in parts.root().glob("*/*")]
