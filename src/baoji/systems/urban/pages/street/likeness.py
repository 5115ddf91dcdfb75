"""照片再用: two photos side by side, and what a person says of them. The machine shows; it never says who did what."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.numbers import uuid, whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.actions.likeness import decide_likeness
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff import likeness_words as words
from baoji.systems.urban.pages.street.views import tabs
from baoji.systems.urban.queries import likeness as reads

LOOKS = ("acceptor", "chief", "head")
STATES = ("open", "seen")


@dataclass(frozen=True)
class Given:
    """What the address narrows by."""

    state: str
    case: str
    correction: UUID | None
    before: int | None

    @classmethod
    def of(cls, query: QueryDict) -> "Given":
        state = query.get("state", "")
        return cls(
            state if state in STATES else "open",
            query.get("case", "")[:30].replace("\x00", ""),
            uuid(query.get("correction", "")),
            whole(query.get("before", "")),
        )

    def address(self, **other: Any) -> str:
        parts = {
            "state": self.state,
            "case": self.case,
            "correction": self.correction,
            "before": self.before,
        } | other
        return f"{reverse('street-likeness')}?{urlencode({name: one for name, one in parts.items() if one})}"


@dataclass(frozen=True)
class Failed:
    """A word that was refused: its form comes back with what was written."""

    id: int
    reason: str
    sentence: str
    errors: dict[str, str] = field(default_factory=dict)


@never_cache
@require_safe
@page
@holding(*LOOKS)
def likenesses(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Pairs that wait to be looked at, or that were; the address narrows them."""
    return _list(request, caller, Given.of(request.GET))


def _list(
    request: HttpRequest, caller: Caller, given: Given, failed: Failed | None = None, status: int = 200
) -> HttpResponseBase:
    now = timezone.now()
    rows, following = reads.likenesses(
        is_open=given.state == "open",
        case=public.case_for(caller, given.case).case.pk if given.case else None,
        correction=given.correction,
        before=given.before,
    )
    context = {
        "tabs": tabs("likeness", caller),
        "states": [
            {"title": title, "url": given.address(state=state, before=None), "current": state == given.state}
            for state, title in (("open", _("等着看")), ("seen", _("看过的")))
        ],
        "given": given,
        "rows": [_shown(row, given, now, failed) for row in rows],
        "next": given.address(before=following) if following else "",
        "first": given.address(before=None) if given.before else "",
        "failed": failed,
    }
    return render(request, "urban/street/likeness.html", context, status=status)


def _shown(row: dict[str, Any], given: Given, now: datetime, failed: Failed | None) -> dict[str, Any]:
    failure = failed if failed is not None and failed.id == row["id"] else None
    return {
        "id": row["id"],
        "title": words.kind(row),
        "measure": words.measure(row),
        "sides": [_side(row, "earlier", now), _side(row, "later", now)],
        "when": moment(row["found_at"], now),
        "verdict": row["verdict"],
        "verdict_word": words.VERDICT.get(row["verdict"], ""),
        "said": " · ".join(
            filter(None, (row["decided_by"], row["decided_at"] and moment(row["decided_at"], now)))
        ),
        "reason": failure.reason if failure else row["reason"],
        "errors": failure.errors if failure else {},
        "is_open": not row["verdict"] or failure is not None,
        "others": row["others"] if given.state == "open" and not (given.case or given.correction) else 0,
        "others_url": given.address(
            case=row["later_number"], correction=row["later_correction"], before=None
        ),
    }


def _side(row: dict[str, Any], side: str, now: datetime) -> dict[str, Any]:
    return {
        "word": _("后来的") if side == "later" else _("先前的"),
        "label": words.MOMENT[row[f"{side}_moment"]],
        "when": moment(row[f"{side}_at"], now),
        "by": row[f"{side}_by"] or _("市民"),
        "subject": row[f"{side}_shown"],
        "title": public.case_title(row[f"{side}_title"]) or _("未定类别"),
        "address": row[f"{side}_address"],
        **(_of_correction(row, side) if row[f"{side}_correction"] else _of_case(row, side)),
    }


def _of_case(row: dict[str, Any], side: str) -> dict[str, Any]:
    id_ = row[f"{side}_id"]
    return {
        "url": reverse("file-copy", args=[id_, "320"]),
        "full": reverse("file-copy", args=[id_, "1600"]),
        "case": reverse("case", args=[row[f"{side}_number"]]),
    }


def _of_correction(row: dict[str, Any], side: str) -> dict[str, Any]:
    name, known = row[f"{side}_correction"], public.book().classes.get(("component", row[f"{side}_class"]))
    picture = reverse("street-picture", args=[name, row[f"{side}_nth"]])
    found = {"url": picture, "full": picture, "case": f"{reverse('street-corrections')}?from={name}#c-{name}"}
    return found | ({"title": public.class_name(known)} if known and not row[f"{side}_title"] else {})


@require_POST
@page
@holding(*LOOKS)
def decide(request: HttpRequest, caller: Caller, id_: int) -> HttpResponseBase:
    """同一张, 不是同一张 or 说不准, with a reason; back to the list as it was."""
    sent, given = request.POST, Given.of(request.POST)
    try:
        decide_likeness(
            by=caller,
            id_=id_ if id_ < 2**63 else 0,
            seen=sent.get("seen", ""),
            verdict=sent.get("verdict", ""),
            reason=sent.get("reason", "").replace("\x00", ""),
            now=timezone.now(),
        )
    except Refused as refused:
        failed = Failed(id_, sent.get("reason", ""), refused.message, refused.by_field)
        return _list(request, caller, given, failed, refused.status)
    messages.success(request, _("已记下"))
    return redirect(given.address())
