"""Turns what somebody sent with an act into facts the rules can use, or says field by field what is wrong."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import WITH_A_TIME
from baoji.kernel.base.text import is_seen
from baoji.kernel.flow.declare import Fact
from baoji.kernel.flow.run import Doing
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.access import BODY_KINDS
from baoji.systems.urban.actions.place import point_of
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.cases import column_for
from baoji.systems.urban.queries.colleagues import Receiver, receivers, workers
from baoji.systems.urban.queries.proposals import collectors

LONGEST_TEXT = 2000
LONGEST = {"address": 200}
CHOICES = {
    ("suspend_request", "kind"): ("suspend", "defer"),
    ("close", "kind"): ("normal", "by_notice", "forced"),
    ("correct", "kind"): ("component", "event"),
}


class Wrong(ValueError):
    """A sentence about one field."""


def clean(doing: Doing, given: dict[str, Any]) -> dict[str, Any]:
    """The facts of an act, typed; raises Invalid with a sentence for each field that cannot be used."""
    errors: dict[str, list[str]] = {}
    facts: dict[str, Any] = {}
    known = {fact.name: fact for fact in doing.act.facts}
    for name in given:
        if name not in known:
            errors[name] = [_("这一步不需要这一项")]
    for fact in doing.act.facts:
        value = given.get(fact.name)
        if value is None or value == "":
            if fact.required:
                errors[fact.name] = [_("请填写“%(title)s”") % {"title": _(fact.title)}]
            continue
        try:
            facts[fact.name] = READ[fact.kind](doing, fact, value, given)
        except Wrong as wrong:
            errors[fact.name] = [str(wrong)]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    return facts


def text(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> str:
    if not isinstance(value, str):
        raise Wrong(_("请写文字"))
    words = value.strip()
    if "\x00" in words:
        raise Wrong(_("文字里有不能保存的字符"))
    if words and not is_seen(words):
        raise Wrong(_("请写文字"))
    if len(words) < fact.least:
        raise Wrong(_("请写%(title)s，至少 %(n)d 个字") % {"title": _(fact.title), "n": fact.least})
    if len(words) > longest(fact):
        raise Wrong(_("最多 %(n)d 个字") % {"n": longest(fact)})
    return words


def longest(fact: Fact) -> int:
    """Characters of a text."""
    return LONGEST.get(fact.name, LONGEST_TEXT)


def flag(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> bool:
    """Only a boolean: what a form posts becomes one at its door (`kernel.ui.schema_form`)."""
    if not isinstance(value, bool):
        raise Wrong(_("请选“是”或“否”"))
    return value


def moment(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> datetime:
    found = _parse(value)
    if found is None:
        raise Wrong(_("请写日期和时间，例如 2026-11-24 17:30"))
    if found <= doing.now:
        raise Wrong(_("请写将来的时间"))
    return found


def _parse(value: Any) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) and WITH_A_TIME.match(value) else None
    except ValueError:
        return None
    if found is None or not 2000 <= found.year <= 2150:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def organisation(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> int:
    org = organisations().by_code.get(value) if isinstance(value, str) else None
    if org is None:
        raise Wrong(_("没有这个单位"))
    if org.kind not in BODY_KINDS:
        raise Wrong(_("只能派给部门、单位、区县平台或街镇"))
    return org.id


def receiver(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> Receiver:
    """A section, a crew or somebody who works there, by code."""
    if not isinstance(value, str):
        raise Wrong(_("本单位没有这个科室、班组或人员"))
    found = receivers(doing.case).get(value)
    if found is not None:
        return found
    org = organisations().by_code.get(value)
    here = doing.case.holder_org_id or doing.case.body_id or 0
    if (org is not None and org.id == here) or value in {worker.code for worker in workers().get(here, ())}:
        raise Wrong(_("案卷已在这里"))
    if org is not None:
        raise Wrong(_("只能转给本单位的科室和班组"))
    raise Wrong(_("本单位没有这个科室、班组或人员"))


def several(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> list[int]:
    if not isinstance(value, list) or len(value) > 20:
        raise Wrong(_("请写协办单位的代码，最多 20 个"))
    ids = list(dict.fromkeys(organisation(doing, fact, one, given) for one in value))
    to = organisations().by_code.get(str(given.get("to")))
    if to is not None and to.id in ids:
        raise Wrong(_("主办单位不能同时是协办单位"))
    return ids


def person(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> int:
    found = next((collector for collector in collectors() if collector.code == value), None)
    if found is None:
        raise Wrong(_("没有这位采集员"))
    return found.id


def choice(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> str:
    allowed = CHOICES[doing.act.name, fact.name]
    if value not in allowed:
        raise Wrong(_("请从可选项中选择"))
    return str(value)


def number(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> int:
    found = _whole(value)
    if not 1 <= found <= doing.extra["milestone_count"]:
        raise Wrong(_("只有第 1 到 %(n)d 阶段") % {"n": doing.extra["milestone_count"]})
    return found


def _whole(value: Any) -> int:
    """An integer, also one in letters; 2.0 is one, true is none."""
    try:
        found = int(str(value)) if isinstance(value, int | str) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise Wrong(_("请写数字")) from None
    if isinstance(value, float) and value != found:
        raise Wrong(_("请写整数"))
    return found


def other_case(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> int:
    if not isinstance(value, str) or "\x00" in value:
        raise Wrong(_("请写任务号或案卷号"))
    column, key = column_for(value)
    found = sql.row(f"SELECT id, status FROM flow_case WHERE flow = 'urban' AND {column} = %s", [key])
    if found is None:
        raise Wrong(_("没有这件案卷"))
    if found["id"] == doing.case.pk:
        raise Wrong(_("不能并入自己"))
    if found["status"] not in {"open", "suspended", "closed"}:
        raise Wrong(_("那件案卷已不在办理，不能并入"))
    return int(found["id"])


def kind_of(doing: Doing, given: dict[str, Any]) -> str:
    given_kind = given.get("kind") if doing.act.name == "correct" else None
    return str(given_kind or doing.extra["kind"])


def class_code(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> str:
    if (kind_of(doing, given), value) not in book().classes:
        raise Wrong(_("没有这个类别"))
    return str(value)


def condition(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> int:
    n = _whole(value)
    found = book().condition(kind_of(doing, given), str(given.get("class")), n)
    if found is None:
        raise Wrong(_("这个类别没有这个立案条件"))
    return found.id


def component(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) != 16 or not value.isdigit():
        raise Wrong(_("部件标识码是 16 位数字"))
    found = sql.row(
        "SELECT code, class_code, name, address, unit_grid, ST_X(place) AS lon, ST_Y(place) AS lat FROM urban_component WHERE code = %s",
        [value],
    )
    if found is None:
        raise Wrong(_("台账里没有这个部件"))
    return found


def place(doing: Doing, fact: Fact, value: Any, given: dict[str, Any]) -> tuple[float, float]:
    return point_of(value, "EPSG:4490")


Reader = Callable[[Doing, Fact, Any, dict[str, Any]], Any]
READ: dict[str, Reader] = {
    "text": text,
    "flag": flag,
    "moment": moment,
    "organisation": organisation,
    "organisations": several,
    "receiver": receiver,
    "person": person,
    "choice": choice,
    "number": number,
    "case": other_case,
    "class": class_code,
    "condition": condition,
    "component": component,
    "place": place,
}
