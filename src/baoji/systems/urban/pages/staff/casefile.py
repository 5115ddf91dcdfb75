"""A case as its page and its print show it: everything out of `public.view`, so that nobody reads more than they may."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import listed, wild_clock
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.ui.templatetags.ui import day, left_or_over
from baoji.kernel.worktime.limits import PLAIN_TIME
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban import choices, public
from baoji.systems.urban.actions.citizen_photos import MAY_REVIEW
from baoji.systems.urban.pages.staff.citizens_said import citizens_said
from baoji.systems.urban.pages.staff.likeness import with_likeness
from baoji.systems.urban.pages.staff.proof import told
from baoji.systems.urban.pages.staff.words import (
    clock,
    limit_words,
    measure_of,
    moment,
    org_name_of,
    placed_by,
    post_word,
    span,
    step_title,
    tags,
    with_return,
)
from baoji.systems.urban.public import Case
from baoji.systems.urban.rules.table import FLOW

Shown = dict[str, Any]
STAGE_ORDER = [code for code, _title in FLOW.stages]
UNIT_GRID = 15  # digits of a unit grid's code
MOST_ALIKE = 4


def casefile(caller: Caller, loaded: Loaded, now: datetime) -> Shown:
    """The context of `urban/case/*.html` without acts."""
    case, seen = loaded.case, public.view(caller, loaded, now)
    row = row_of(case)
    shown_clock = with_return(clock(row, now, public.rates(), current_calendar()), now)
    key = f"{case.stage}/{case.step}"
    return {
        "case": seen,
        "number": case.number,
        "title": public.case_title(case.title) or _("未定类别"),
        "urgent": case.severity == "critical",
        "tags": tags(row),
        "step": step_title(key),
        "is_open": case.status in {"open", "suspended"},
        "steps": steps(case, seen, now),
        "photos": with_likeness(caller, case.pk, case.number, photos(seen, now)),
        "evidence_url": f"/cases/{case.number}/evidence" if public.may_see_originals(caller) else "",
        "voices": [a for a in seen["attachments"] if a["kind"] == "voice"],
        "facts": facts(case, loaded.extra, seen, may_review=bool(caller.kinds() & MAY_REVIEW)),
        "description": seen["description"],
        "related": related(caller, case, loaded.extra, seen, now),
        "clock": shown_clock,
        "clock_title": _("%(step)s时限") % {"step": step_title(key)},
        "until": _("%(at)s 前") % {"at": moment(case.due_at, now)} if case.due_at else "",
        "clock_note": clock_note(case, seen, now),
        "ended": ended(case, seen),
        "lon": case.lon,
        "lat": case.lat,
        "map_note": placed_by(seen),
    }


def row_of(case: Case) -> Shown:
    """The case's columns under the names that lists use."""
    names = (
        "status",
        "stage",
        "step",
        "severity",
        "due_at",
        "near_at",
        "limit_unit",
        "clock_limit_s",
        "returns",
        "rework",
        "supervised",
    )
    return {name: getattr(case, name) for name in names} | {"asked": "asked" in case.notes}


def clock_note(case: Case, seen: Shown, now: datetime) -> str:
    """The body's own clock where the panel shows another one, or when a suspended case wakes."""
    if case.status == "suspended":
        until = next(
            (e["facts"].get("until") for e in reversed(seen["timeline"]) if e["act"] == "suspend_decide"),
            None,
        )
        return (
            _("挂账到 %(at)s，到时自动恢复") % {"at": moment(datetime.fromisoformat(until), now)}
            if until
            else ""
        )
    if case.stage != "handle" and case.clock == "running" and case.clock_due_at is not None:
        calendar = current_calendar()
        measure = measure_of(case.severity, case.limit_unit, True, calendar)
        left = left_or_over(measure.between(now, case.clock_due_at))
        if measure is PLAIN_TIME or calendar.is_working(now):
            return _("处置时限 %(left)s，照常计时") % {"left": left}
        return _("处置时限 %(left)s，下班时间不计时") % {"left": left}
    if case.limit_value is not None:
        return _("处置时限 %(limit)s") % {"limit": limit_words(case.limit_value, case.limit_unit)}
    return ""


def ended(case: Case, seen: Shown) -> str:
    """How an ended case ended; '' while it is open."""
    if case.status in {"open", "suspended"}:
        return ""
    words = [str(choices.STATUS.get(case.status, case.status))]
    if closing := seen["closing"]:
        kinds = {
            "normal": _("正常结案"),
            "by_notice": _("告知性结案"),
            "forced": _("强制结案"),
            "settled": _("当场办结"),
        }
        words += [
            kinds.get(closing.get("kind", ""), ""),
            public.closing_words(str(closing.get("condition", ""))),
        ]
    if case.exempt:
        words.append(_("申诉成立，不计考评"))
    return " · ".join(word for word in words if word)


def steps(case: Case, seen: Shown, now: datetime) -> list[Shown]:
    """The seven stages: what each took, which one it is in or ended in, which were seen and left again."""
    took: dict[str, int] = {}
    for entry in seen["timeline"]:
        if entry["from"] and entry["from"] != entry["to"]:
            stage = entry["from"].split("/")[0]
            took[stage] = took.get(stage, 0) + entry["used_s"]
    is_open = case.status in {"open", "suspended"}
    if is_open:
        took[case.stage] = took.get(case.stage, 0) + int((now - case.step_since).total_seconds())
    times = sum(entry["act"] == "dispatch" for entry in seen["timeline"])
    here = STAGE_ORDER.index(case.stage)
    made = []
    for index, (code, title) in enumerate(FLOW.stages):
        notes = [span(took[code])] if code in took else []
        if code == "dispatch" and times > 1:
            notes.append(_("共 %(n)d 次") % {"n": times})
        if index == here and not is_open:
            notes.append(step_title(f"{case.stage}/{case.step}"))
        state = _stage_state(index - here, is_open, code in took)
        made.append({"title": _(title), "note": " · ".join(notes), "state": state})
    return made


def _stage_state(ahead: int, is_open: bool, was_there: bool) -> str:
    """For `ui/steps.html`; `ahead` is by how many stages this one lies before the case."""
    if ahead == 0:
        return "now" if is_open else "end"
    return "done" if ahead < 0 else "seen" if was_there else ""


def _date(at: datetime, now: datetime) -> str:
    if not is_sane(at):
        return wild_clock()
    local = timezone.localtime(at)
    return "" if local.date() == timezone.localtime(now).date() else f"{local:%m-%d}"


def photos(seen: Shown, now: datetime) -> list[Shown]:
    """Photos with when, by whom and what they show."""
    acts = {entry["record"]: entry for entry in seen["timeline"]}
    labels = {"report": _("处置前"), "verify": _("核实"), "check": _("核查"), "other": _("附件")}
    made = []
    for file in seen["attachments"]:
        if file["kind"] != "photo":
            continue
        entry = acts.get(file["record_id"])
        after = entry is not None and entry["act"] in {"answer", "co_answer"}
        label = labels.get(file["stage"]) or (_("处置后") if after else _("处置中"))
        who = author(entry) if entry else ""
        made.append(
            {
                "id": file["id"],
                "url": file["thumbnail"],
                "full": f"{file['url']}/1600",
                "label": label,
                "at": file["at"],
                "by": who,
                "note": _date(file["at"], now),
                "alt": _("%(label)s照片，%(who)s") % {"label": label, "who": who},
                "proof": told(file),
            }
        )
    return made


def author(entry: Shown) -> str:
    """Post and person; of departments the body and the person; who must stay hidden is their post alone."""
    if entry["by"] == "system":
        return _("系统")
    first = org_name_of(entry["organisation"]) if entry["side"] == "department" else post_word(entry["post"])
    return f"{first} {entry['by_name'] or by_link(entry['facts'])}".strip() or _("市民")


def by_link(facts: Shown) -> str:
    """A crew without an account, told from others by the end of its number; '' for everybody else."""
    if "crew_link" not in facts:
        return ""
    to = str(facts["crew_to"])
    return " ".join((_("处置班组（链接）"), _("尾号 %(tail)s") % {"tail": to} if to.isdecimal() else to))


def facts(case: Case, extra: Shown, seen: Shown, *, may_review: bool = False) -> list[Shown]:
    """For `ui/facts.html`; the place comes first."""
    thing = public.component(extra["component"]) if extra["component"] else None
    return [
        {
            "term": _("地点"),
            "text": seen["address"] or _("见地图"),
            "note": f"{case.lon:.5f}, {case.lat:.5f} · {placed_by(seen)}",
        },
        *(_thing(thing) if thing else ()),
        *_topic(extra),
        *_grid(case, seen),
        *(_keepers(thing) if thing else ()),
        *_handled(seen),
        *_source(case, seen),
        *citizens_said(case, may_review),
    ]


def _thing(thing: Shown) -> list[Shown]:
    return [
        {
            "term": _("部件"),
            "text": public.component_name(thing["name"], thing["class"]),
            "note": f"{thing['code']} · {choices.STATE.get(thing['state'], thing['state'])}",
            "url": f"/cases/?q={thing['code']}",
        }
    ]


def _topic(extra: Shown) -> list[Shown]:
    """The class and, once filed, the condition with its limit."""
    known = public.book().classes.get((extra["kind"], extra["class_code"]))
    kind = choices.KIND.get(choices.Kind(extra["kind"]), "")
    made: list[Shown] = [
        {
            "term": _("类别"),
            "text": public.class_name(known) if known else _("未定"),
            "note": f"{kind} {known.code if known else ''}".strip(),
        }
    ]
    condition = public.book().by_id.get(extra["condition_id"] or 0)
    if condition:
        made.append(
            {
                "term": _("立案条件"),
                "text": public.condition_text(condition),
                "note": f"{limit_words(condition.limit_value, condition.limit_unit)} · {choices.SEVERITY[condition.severity]}",
            }
        )
    return made


def _grid(case: Case, seen: Shown) -> list[Shown]:
    """Nothing where only a community or a county is known."""
    if len(case.area) != UNIT_GRID:
        return []
    note = _("在上报人自己的责任网格之外") if seen["off_grid"] else ""
    return [{"term": _("单元网格"), "text": case.area, "note": note}]


def _keepers(thing: Shown) -> list[Shown]:
    return [
        {"term": _("主管"), "text": org_name_of(thing["in_charge"])},
        {"term": _("权属"), "text": org_name_of(thing["owner"])},
        {"term": _("养护"), "text": org_name_of(thing["maintainer"])},
    ]


def _handled(seen: Shown) -> list[Shown]:
    made = []
    if seen["responsible"]:
        others = listed(org_name_of(code) for code in seen["co_handlers"])
        made.append(
            {
                "term": _("处置单位"),
                "text": org_name_of(seen["responsible"]),
                "note": _("协办 %(who)s") % {"who": others} if others else "",
            }
        )
    done = [stage for stage in seen["milestones"] if stage["done_at"]]
    if seen["milestones"]:
        made.append(
            {
                "term": _("阶段"),
                "text": _("已反馈 %(n)d / %(all)d") % {"n": len(done), "all": len(seen["milestones"])},
            }
        )
    return made


def _source(case: Case, seen: Shown) -> list[Shown]:
    made = [
        {
            "term": _("来源"),
            "text": str(choices.SOURCE.get(case.source, case.source)),
            "note": _("任务号 %(n)s") % {"n": case.number},
        }
    ]
    given = seen.get("caller")
    if given and (given["name"] or given["phone"]):
        made.append(
            {
                "term": _("来电人"),
                "text": f"{given['name']} {given['phone']}".strip(),
                "note": _("处置单位看不到"),
            }
        )
    return made


def related(caller: Caller, case: Case, extra: Shown, seen: Shown, now: datetime) -> list[Shown]:
    """Merged ones, likely duplicates and earlier cases of the component, as links."""
    alike = public.alike(caller, case, extra)
    known = {row["number"] for row in alike}
    earlier = public.earlier_of_component(caller, case, extra["component"], now)
    return [
        *_merged(seen),
        *(
            {
                "icon": "copy-check",
                "title": _("相似：%(title)s") % {"title": public.case_title(row["title"])},
                **_link(row, _("%(m)d 米外") % {"m": row["metres"]}),
            }
            for row in alike[:MOST_ALIKE]
        ),
        *(
            {
                "icon": "history",
                "title": _("同一部件：%(title)s") % {"title": public.case_title(row["title"])},
                **_link(row, day(row["created_at"])),
            }
            for row in earlier
            if row["number"] not in known
        ),
    ]


def _merged(seen: Shown) -> list[Shown]:
    """The case that this one went into, and those that came into it."""
    made = []
    if seen["merged_into"]:
        made.append(
            {
                "icon": "git-merge",
                "title": _("已并入另一件案卷"),
                "note": seen["merged_into"],
                "url": f"/cases/{seen['merged_into']}",
            }
        )
    if n := len(seen["merged"]):
        made.append(
            {
                "icon": "git-merge",
                "title": ngettext("另有 %(n)d 件上报并入本案", "另有 %(n)d 件上报并入本案", n) % {"n": n},
                "note": listed(seen["merged"]),
                "url": f"/cases/{seen['merged'][0]}",
            }
        )
    return made


def _link(row: Shown, more: str) -> Shown:
    number = row["case_number"] or row["number"]
    return {
        "note": f"{number} · {choices.STATUS.get(row['status'], '')} · {more}",
        "url": f"/cases/{row['number']}",
    }


def holder_words(case: Case, seen: Shown) -> str:
    """Whose turn it is, in words."""
    if case.holder_post:
        return post_word(case.holder_post)
    if case.holder_org_id:
        org = organisations().known.get(case.holder_org_id)
        return org_name(org) if org else ""
    return post_word("collector") if case.holder_person_id else ""
