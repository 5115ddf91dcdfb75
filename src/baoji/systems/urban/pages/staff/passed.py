"""经过: what happened to a case, newest first, with the step one waits for on top."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baoji.kernel.base.phrases import headed, listed, remarked, wild_clock
from baoji.kernel.ui.templatetags.ui import day, duration
from baoji.systems.urban.pages.staff.casefile import author, holder_words
from baoji.systems.urban.pages.staff.words import SIDES, org_name_of, post_word
from baoji.systems.urban.public import Case
from baoji.systems.urban.rules.table import FLOW

Shown = dict[str, Any]
HOLDER_SIDE = {
    "acceptor": "sup",
    "chief": "sup",
    "asked": "sup",
    "dispatcher": "cmd",
    "commander": "cmd",
    "body": "dep",
}


def timeline(
    case: Case, seen: Shown, clock: Shown | None, now: datetime, *, opinions_only: bool = False
) -> list[Shown]:
    """Entries for `ui/timeline.html`."""
    pictures: dict[int, int] = {}
    for file in seen["attachments"]:
        pictures[file["record_id"]] = pictures.get(file["record_id"], 0) + (file["kind"] == "photo")
    made = [] if opinions_only else _waiting(case, seen, clock)
    last = timezone.localtime(now).date()
    for entry in reversed(seen["timeline"]):
        if opinions_only and not entry["opinion"]:
            continue
        line = _line(entry, pictures.get(entry["record"], 0))
        date = timezone.localtime(entry["at"]).date()
        if date != last:
            line["day"] = day(entry["at"])
        last = date
        made.append(line)
    return made


def _waiting(case: Case, seen: Shown, clock: Shown | None) -> list[Shown]:
    if case.status not in {"open", "suspended"}:
        return []
    step = FLOW.step(f"{case.stage}/{case.step}")
    return [
        {
            "at": _("现在"),
            "side": HOLDER_SIDE.get(step.holder, "sys"),
            "title": _(step.title),
            "who": holder_words(case, seen),
            "used": clock["text"] if clock else "",
            "open": True,
        }
    ]


def _line(entry: Shown, pictures: int) -> Shown:
    moved = bool(entry["from"]) and entry["from"] != entry["to"]
    used = [ngettext("照片 %(n)d", "照片 %(n)d", pictures) % {"n": pictures}] if pictures else []
    if moved:
        used.append(_("用时 %(span)s") % {"span": duration(entry["used_s"])})
    return {
        "at": entry["at"],
        "side": SIDES.get(entry["side"], "") or ("sys" if entry["by"] == "system" else "sup"),
        "title": act_title(entry),
        "who": author(entry),
        "on_behalf": entry["on_behalf_of_name"],
        "receiver": receiver(entry),
        "opinion": entry["opinion"],
        "used": " · ".join(used),
        "over": entry["overdue"],
    }


def act_title(entry: Shown) -> str:
    """The act's title, with what was decided or found."""
    title = _title(entry["act"], entry["from"] or "")
    facts = entry["facts"]
    if told := _reported(facts):
        return headed(title, told)
    if "grant" in facts:
        return headed(title, _("同意") if facts["grant"] else _("不同意"))
    if "fixed" in facts:
        return headed(title, _("已处置好") if facts["fixed"] else _("没有处置好"))
    if "found" in facts:
        return headed(title, _("问题存在") if facts["found"] else _("没有发现问题"))
    if "exempt" in facts.get("lapsed", ()):
        return headed(title, _("申诉免计到此为止"))
    if "supervise" in facts.get("lapsed", ()):
        return headed(title, _("督办未回复"))
    return headed(title, _("督办仍待回复")) if "supervise" in facts.get("renewed", ()) else title


def _reported(facts: Shown) -> str:
    """What there is to say of how a report came in."""
    if "clock_off" in facts:
        return wild_clock()
    if "off_component_m" in facts:
        return _("发来的位置离部件 %(m)d 米") % {"m": facts["off_component_m"]}
    return str(facts.get("via", ""))


def _title(name: str, step: str) -> str:
    if name == "report":
        return _("上报")
    exact = next((act for act in FLOW.acts if act.name == name and step in act.at), None)
    act = exact or next((act for act in FLOW.acts if act.name == name), None)
    marks = {
        "near": _("临近时限提醒"),
        "due": _("超期提醒"),
        "twice": _("超期一倍提醒"),
        "absorb": _("并入了另一件上报"),
        "release": _("合并已撤销"),
    }
    return _(act.title) if act else marks.get(name, name)


def receiver(entry: Shown) -> str:
    """Who received the case by this act; a hidden person is their post."""
    if entry["receiver"]:
        others = listed(org_name_of(code) for code in entry["facts"].get("co_handlers", []))
        at_work, person = org_name_of(entry["receiver_organisation"]), entry.get("receiver_name") or ""
        name = remarked(person, at_work) if person and at_work else at_work or person
        return name + _("，协办 %(who)s") % {"who": others} if others else name
    if entry["act"] in {"verify_request", "check_request"}:
        return post_word("collector")
    return ""
