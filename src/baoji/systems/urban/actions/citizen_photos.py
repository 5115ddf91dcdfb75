"""照片公开审核: a person says whether a photo may be shown to everybody."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed, NotThere, Stale
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import Caller

PHOTOS = "public_photos"  # the topic of what is kept in processes about public photos
MAY_REVIEW = frozenset({"acceptor", "chief"})
MOST_ID = 2**63 - 1
FIRST = """
INSERT INTO urban_photo_review (attachment_id, shown, by_id, at)
SELECT a.id, %(shown)s, %(by)s, %(now)s FROM flow_attachment a WHERE a.id = %(id)s AND a.kind = 'photo'
ON CONFLICT (attachment_id) DO NOTHING RETURNING attachment_id
"""
SAID = """
SELECT v.shown, p.name FROM urban_photo_review v JOIN identity_person p ON p.id = v.by_id
 WHERE v.attachment_id = %s FOR UPDATE OF v
"""


@transaction.atomic
def review_photo(
    by: Caller, attachment_id: int, shown: bool, now: datetime, *, seen: bool | None = None
) -> None:
    """`seen` is the decision that the reviewer had before them; None where nobody had looked yet.

    The same said again changes nothing. Raises NotAllowed, NotThere, and Stale when somebody else has decided otherwise
    meanwhile: a photo that one person found a face on does not become public by another's older page. The journal keeps each.
    """
    if not by.kinds() & MAY_REVIEW:
        raise NotAllowed(_("只有受理员和值班长能审核公开照片"))
    if attachment_id > MOST_ID:
        raise NotThere(_("没有这张照片"))
    given: dict[str, Any] = {"id": attachment_id, "shown": shown, "by": by.id, "now": now}
    if sql.row(FIRST, given) is None and not _changed(given, seen):
        return
    bump(PHOTOS)
    record("urban.photo", attachment_id, "show" if shown else "hide", {}, by.id, now)


def _changed(given: dict[str, Any], seen: bool | None) -> bool:
    """Whether an earlier decision was replaced by a different one."""
    said = sql.row(SAID, [given["id"]])
    if said is None:
        raise NotThere(_("没有这张照片"))
    if said["shown"] == given["shown"]:
        return False
    if said["shown"] != seen:
        words = (
            _("没有保存：%(who)s 已经看过，可以公开")
            if said["shown"]
            else _("没有保存：%(who)s 已经看过，不公开")
        )
        raise Stale(words % {"who": said["name"]})
    sql.execute(
        "UPDATE urban_photo_review SET shown = %(shown)s, by_id = %(by)s, at = %(now)s WHERE attachment_id = %(id)s",
        given,
    )
    return True
