"""照片公开审核: a person says whether a photo may be shown to everybody."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import Caller

PHOTOS = "public_photos"  # the topic of what is kept in processes about public photos
MAY_REVIEW = frozenset({"acceptor", "chief"})


@transaction.atomic
def review_photo(by: Caller, attachment_id: int, shown: bool, now: datetime) -> None:
    """Raises NotAllowed. A later review replaces the earlier one; the journal keeps both."""
    if not by.kinds() & MAY_REVIEW:
        raise NotAllowed(_("只有受理员和值班长能审核公开照片"))
    sql.execute(
        "INSERT INTO urban_photo_review (attachment_id, shown, by_id, at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (attachment_id) DO UPDATE SET shown = excluded.shown, by_id = excluded.by_id, at = excluded.at",
        [attachment_id, shown, by.id, now],
    )
    bump(PHOTOS)
    record("urban.photo", attachment_id, "show" if shown else "hide", {}, by.id, now)
