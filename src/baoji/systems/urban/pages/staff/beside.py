"""What else somebody may do about a case on pages of their own, as links beside its acts."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baoji.kernel.base.phrases import headed
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.pages.intake.callbacks import ANSWERS
from baoji.systems.urban.pages.intake.handovers import STATES
from baoji.systems.urban.pages.staff.words import moment

Row = dict[str, Any]
HANDED = frozenset({"hotline", "citizen"})  # doors by which what is not ours comes in


def beside(caller: Caller, loaded: Loaded, now: datetime) -> list[Row]:
    """`{icon, title, note, url}` each."""
    return [
        *_crew(caller, loaded, now),
        *_calls(caller, loaded, now),
        *_handed(caller, loaded),
        *_weighed(caller, loaded),
    ]


def _crew(caller: Caller, loaded: Loaded, now: datetime) -> list[Row]:
    """The handler sends the task to a crew without an account; once sent, the body sees what became of it."""
    may = public.may_make_links(caller, loaded, now)
    if not may and "handler" not in caller.kinds():
        return []
    live = [row for row in public.links_of(loaded.case.pk, now) if row["state"] in {"waiting", "opened"}]
    if not may and not live:
        return []
    note = (
        ngettext("有 %(n)d 个有效链接", "有 %(n)d 个有效链接", len(live)) % {"n": len(live)}
        if live
        else _("发一个链接，对方不用账号就能看、拍照、回复")
    )
    url = reverse("crew-links", args=[loaded.case.number])
    return [{"icon": "send", "title": _("发给没有账号的班组"), "note": note, "url": url}]


def _calls(caller: Caller, loaded: Loaded, now: datetime) -> list[Row]:
    """Recordings of the calls it came from, and what the caller said when called back."""
    if loaded.case.source != "hotline" or not public.may_see_caller(caller):
        return []
    made = [
        {
            "icon": "headset",
            "title": _("通话录音"),
            "note": moment(call["rang_at"], now),
            "url": call["recording"],
        }
        for call in public.calls_of(caller, loaded.case.pk)
        if call["recording"]
    ]
    asked = public.call_back_of(loaded.case.pk)
    if asked:
        note = " ".join((str(dict(ANSWERS)[asked["answer"]]), asked["words"])).strip()
        made.append({"icon": "phone", "title": _("已回访"), "note": note, "url": reverse("call-backs")})
    return made


def _handed(caller: Caller, loaded: Loaded) -> list[Row]:
    """To another hotline while it is not filed; with both numbers once it came or went."""
    if not public.may_hand_over(caller):
        return []
    url = reverse("hand-over", args=[loaded.case.number])
    rows = public.handovers_of(loaded.case.pk) if loaded.case.source in HANDED else []
    made = [
        {
            "icon": "arrows-exchange",
            "title": headed(row["platform"], STATES[row["direction"], row["state"]]),
            "note": _("对方编号 %(n)s") % {"n": row["their_number"] or "—"},
            "url": url,
        }
        for row in rows
    ]
    may = loaded.case.status == "open" and loaded.case.stage in {"collect", "file"}
    if may and loaded.case.source in HANDED and not made:
        note = _("不归城市管理的，转给对应的热线")
        made.append({"icon": "arrows-exchange", "title": _("转给 12345 或 110"), "note": note, "url": url})
    return made


def _weighed(caller: Caller, loaded: Loaded) -> list[Row]:
    """What does not fit together in what phones said about this case, for those who answer for supervision."""
    found = public.findings_of(loaded.case.pk) if public.may_weigh(caller) else {}
    if not found:
        return []
    left = found.get("new", 0)
    note = _("%(n)d 条没看过") % {"n": left} if left else _("都看过了")
    title = _("核对：%(n)d 条数字对不上") % {"n": sum(found.values())}
    url = f"{reverse('street-plausibility')}?case={loaded.case.number}"
    return [{"icon": "list-details", "title": title, "note": note, "url": url}]
