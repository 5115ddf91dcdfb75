"""What citizens said about a case besides its report, as facts on its page: who else met it, how satisfied the reporter is."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baoji.systems.urban import choices, public
from baoji.systems.urban.public import Case


def citizens_said(case: Case) -> list[dict[str, Any]]:
    """Facts for `ui/facts.html`; empty where nobody said anything."""
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
    return made
