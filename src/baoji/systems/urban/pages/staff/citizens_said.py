"""What citizens said about a case besides its report, as facts on its page: who else met it, how satisfied the reporter is; or that
nobody said anything, because the simulation played it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baoji.systems.urban import choices, public
from baoji.systems.urban.public import Case


def citizens_said(case: Case, may_review: bool) -> list[dict[str, Any]]:
    """Facts for `ui/facts.html`; empty where nobody said anything. Reviewers also see whether strangers read the report's words."""
    marks, made = public.marks(case.pk), []
    if marks["me_too"]:
        n = marks["me_too"]
        made.append({"term": _("也遇到了"), "text": ngettext("另有 %(n)d 人", "另有 %(n)d 人", n) % {"n": n}})
    if marks["grade"]:
        notes = [_("电话回访")] if marks["via"] == "call" else [_("凭查询码")]
        if marks["not_fixed"]:
            words = ngettext("说过 %(n)d 次没解决", "说过 %(n)d 次没解决", marks["not_fixed"])
            notes.append(words % {"n": marks["not_fixed"]})
        made.append(
            {"term": _("满意度"), "text": str(choices.GRADE[marks["grade"]]), "note": " · ".join(notes)}
        )
    if marks["simulated"]:
        note = _("照片没有手机签名")
        made.append({"term": _("演练"), "text": _("模拟演练产生，不是真人上报"), "note": note})
    if marks["words"] and may_review:
        made.append(_words(case, marks["words"], marks["words_edited"]))
    return made


def _words(case: Case, state: str, edited: bool) -> dict[str, Any]:
    """Whether strangers read what the reporter wrote, and the way to change it."""
    known = {"waiting": _("等人审核，没有公开"), "kept": _("审核后不公开"), "shown": _("审核后公开")}
    return {
        "term": _("上报文字"),
        "text": known[state],
        "note": _("经编辑") if edited else "",
        "url": reverse("words-reviewed", args=[case.number]),
    }
