"""Beside a case's photos: that one stands elsewhere too, for supervision; whether a photo from after shows the place from before;
whether strangers see it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from baoji.kernel.evidence.likeness.judging import Limits, Sight, sight
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_photos import MAY_REVIEW
from baoji.systems.urban.actions.likeness import may_decide_likeness
from baoji.systems.urban.pages.staff.likeness_words import KIND, VERDICT, like
from baoji.systems.urban.queries import likeness as reads
from baoji.systems.urban.queries.held import photo_reviews

Shown = dict[str, Any]


class _Kept:
    """A kept pair's measures, as the limits read them."""

    def __init__(self, row: Shown) -> None:
        self.inliers: int = row["inliers"]
        self.alike: float = row["alike"]


def with_likeness(caller: Caller, case_id: int, number: str, photos: list[Shown]) -> list[Shown]:
    """Adds `notes` [{word, url?, is_odd}] to each photo of a case page, for reviewers also whether strangers see it; nothing for departments and people in the street."""
    if not photos or not public.sees_all(caller):
        return photos
    notes: dict[int, list[Shown]] = {}
    for id_, note in _hints(case_id):
        notes.setdefault(id_, []).append(note)
    if may_decide_likeness(caller):
        for id_, note in _marks(case_id, number):
            notes.setdefault(id_, []).append(note)
    if caller.kinds() & MAY_REVIEW:
        for id_, shown in photo_reviews(case_id).items():
            word = _("审核后公开") if shown else _("审核后不公开")
            note = {"word": word, "url": reverse("photo-reviewed", args=[id_]), "is_odd": False}
            notes.setdefault(id_, []).append(note)
    return [{**photo, "notes": notes.get(photo["id"], [])} for photo in photos]


def _again(row: Shown) -> str:
    return f"{KIND['again']} · {VERDICT[row['verdict']]}" if row["verdict"] else str(KIND["again"])


def _hints(case_id: int) -> Iterable[tuple[int, Shown]]:
    """For each photo from after the work or of the check, what it looks like beside those from before."""
    limits, of = reads.limits(), dict[int, list[Shown]]()
    for row in reads.pairs_of(case_id):
        of.setdefault(row["after_id"], []).append(row)
    return [(id_, _hint({_sight(row, limits) for row in rows})) for id_, rows in of.items()]


def _sight(row: Shown, limits: Limits) -> Sight:
    return Sight.PICTURE if row["same_bytes"] else sight(_Kept(row), row["distance"], limits)


def _hint(seen: set[Sight]) -> Shown:
    if Sight.PICTURE in seen:
        return {"word": _("看上去就是处置前的那张，请看一眼"), "is_odd": True}
    if Sight.PLACE in seen:
        return {"word": _("看上去和处置前是同一个地方，画面不同"), "is_odd": False}
    return {"word": _("机器认不出和处置前是同一个地方，请看一眼"), "is_odd": True}


def _marks(case_id: int, number: str) -> Iterable[tuple[int, Shown]]:
    """Findings that nobody called different; each photo of the pair that stands on this case gets its note."""
    for row in reads.marks_of(case_id):
        is_own = row["later_case"] == row["earlier_case"]
        if row["verdict"] == "different" or (is_own and row["kind"] != "again"):
            continue  # `_hints` tell of the photo from before
        is_later = row["later_case"] == case_id
        state = "seen" if row["verdict"] else "open"
        words = _again(row) if is_own else like(row)
        url = f"{reverse('street-likeness')}?{urlencode({'case': number, 'state': state})}"
        yield row["later_id" if is_later else "earlier_id"], {"word": words, "url": url, "is_odd": True}
