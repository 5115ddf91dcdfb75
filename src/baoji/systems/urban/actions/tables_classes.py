"""Registers of what is handled and by whom: class tables, filing conditions with their stages, the duty matrix."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.registers.declare import Draft, Field, Filter, Ref, Register, Text, by
from baoji.systems.urban import choices
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_editions import EDITIONS, WHAT, editions
from baoji.systems.urban.models import CaseClass, Component, Condition, Duty, Edition, LoadedRow, Milestone
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.names import condition_text, edition_name, major_name

LOCAL = "local"
FIRST_LOCAL = 99


# 类别 ------------------------------------------------------------------------


def proposed_code(kind: str, major: str) -> str:
    """The first number from 99 downward that this major never had, in any edition, condition, component or earlier file."""
    used = set(CaseClass.objects.filter(kind=kind, code__startswith=major).values_list("code", flat=True))
    used |= set(
        Condition.objects.filter(kind=kind, class_code__startswith=major).values_list("class_code", flat=True)
    )
    used |= {
        key.rpartition("|")[2]
        for key in LoadedRow.objects.filter(sheet="classes", key__contains=f"|{kind}|{major}").values_list(
            "key", flat=True
        )
    }
    if kind == "component":
        used |= set(
            Component.objects.filter(class_code__startswith=major)
            .values_list("class_code", flat=True)
            .distinct()
        )
    return next((f"{major}{n:02d}" for n in range(FIRST_LOCAL, 0, -1) if f"{major}{n:02d}" not in used), "")


def _propose_class(given: Mapping[str, str]) -> dict[str, Any]:
    kind, _dash, major = given.get("major", "").partition("-")
    row = (
        CaseClass.objects.filter(kind=kind, code__startswith=major, edition__in_force=True).first()
        if major
        else None
    )
    if row is None:
        return {}
    return {
        "edition": LOCAL,
        "kind": kind,
        "code": proposed_code(kind, major),
        "major_name": row.major_name,
        "source": _("本市制定"),
        "geometry": "point",
    }


def _check_class(draft: Draft) -> None:
    row = draft.row
    if not (len(row.code) == 4 and row.code.isascii() and row.code.isdigit()):
        raise Invalid(
            _("没有保存：类别代码是 4 位数字"), errors={"code": [_("大类 2 位加小类 2 位，例如 0198")]}
        )
    twin = CaseClass.objects.filter(kind=row.kind, code=row.code, edition__in_force=True).exclude(pk=row.pk)
    if draft.is_new and row.edition.in_force and twin.exists():
        raise Invalid(
            _("没有保存：这个代码用过了"),
            errors={"code": [_("已是“%(name)s”，代码不重复使用") % {"name": twin[0].name}]},
        )
    if (
        draft.is_new
        and row.edition.code == LOCAL
        and Condition.objects.filter(kind=row.kind, class_code=row.code).exists()
    ):
        raise Invalid(
            _("没有保存：这个代码用过了"), errors={"code": [_("立案条件里用过这个代码，代码不重复使用")]}
        )


def _of_major(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    kind, _dash, major = value.partition("-")
    return rows.filter(kind=kind, code__startswith=major)


EDITION = Ref(
    "edition",
    lambda row: row.code,
    lambda row: edition_name(row.name),
    lambda code: Edition.objects.filter(code=code).first(),
    lambda words: [(code, name, "") for code, name in editions() if words in name or words in code],
)
SHAPES = (("point", lazy("点")), ("line", lazy("线")), ("polygon", lazy("面")))
ACCURACY = (
    ("A", lazy("A 级，不超过 0.5 米")),
    ("B", lazy("B 级，不超过 1 米")),
    ("C", lazy("C 级，不超过 10 米")),
)

CLASSES = Register(
    code="classes",
    title=lazy("类别"),
    group=WHAT,
    icon="list-details",
    model=CaseClass,
    subject="urban.class",
    topics=("classes",),
    about=lazy("部件和事件的大类小类；本市扩展从 99 往下编，代码不重复使用"),
    key=lambda row: f"{row.edition.code} {row.kind} {row.code}",
    label=lambda row: f"{row.code} {refs.named(row)}",
    order="code",
    related=("edition",),
    search=("code", "name", "name_en", "major_name", "major_name_en"),
    add_title=lazy("新增本市扩展"),
    filters=(
        Filter("edition", lazy("全部版本"), by("edition__code"), editions),
        Filter("kind", lazy("部件和事件"), by("kind"), refs.kinds),
        Filter("major", lazy("全部大类"), _of_major, refs.majors),
    ),
    ask=Filter("major", lazy("属于哪个大类"), _of_major, refs.majors),
    propose=_propose_class,
    fields=(
        Field("edition", lazy("版本"), "ref", ref=EDITION, fixed=True, column=True),
        Field("kind", lazy("部件或事件"), "select", choices=refs.kinds, fixed=True, column=True),
        Field("code", lazy("代码"), longest=4, fixed=True, hint=lazy("已按“从 99 往下、用过的不再用”填好")),
        Field("major_name", lazy("大类名称"), longest=40, column=True, cell=major_name),
        fields.optional("major_name_en", lazy("大类英文名"), 80),
        Field("name", lazy("小类名称"), longest=60),
        fields.optional("name_en", lazy("英文名"), 100),
        Field("geometry", lazy("图形"), "select", choices=lambda: SHAPES, required=False),
        Field("accuracy", lazy("精度等级"), "select", choices=lambda: ACCURACY, required=False),
        fields.source(),
        fields.optional("note", lazy("备注"), 300),
    ),
    check=_check_class,
    links=lambda row: (
        (_("立案条件"), "conditions", "class", f"{row.kind}-{row.code}"),
        (_("责任单位"), "duties", "class", f"{row.kind}-{row.code}"),
    ),
)


# 立案条件 ---------------------------------------------------------------------


def _class_of(row: Any) -> str:
    return f"{row.kind}-{row.class_code}" if row.class_code else ""


def _put_class(row: Any, key: str) -> None:
    row.kind, _dash, row.class_code = key.partition("-")


def _class(*, column: bool = False) -> Field:
    """A class that the row names by two plain columns."""
    return Field(
        "class",
        lazy("类别"),
        "ref",
        ref=refs.CLASS,
        fixed=True,
        get=_class_of,
        put=_put_class,
        column=column,
    )


def _limit(value: Text, unit: Text, hint: Text = "") -> tuple[Field, Field]:
    return (
        Field("limit_value", value, "decimal", least=0.25, most=9999, column=True),
        Field("limit_unit", unit, "select", choices=refs.units, column=True, hint=hint),
    )


def _of_class(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    kind, _dash, code = value.partition("-")
    return rows.filter(kind=kind, class_code=code)


def _class_options() -> list[tuple[str, Any]]:
    return [(f"{kind}-{code}", refs.class_title(f"{kind}-{code}")) for kind, code in sorted(book().classes)]


def _severities() -> list[tuple[str, Any]]:
    return list(choices.SEVERITY.items())


def _number_condition(draft: Draft) -> None:
    """The next number of its class; numbers of conditions put out of use stay theirs."""
    if draft.is_new:
        last = Condition.objects.filter(kind=draft.row.kind, class_code=draft.row.class_code).aggregate(
            last=Max("n")
        )["last"]
        draft.row.n = (last or 0) + 1
        draft.row.wording = "ours"


BY_CLASS = Filter("class", lazy("全部类别"), _of_class, _class_options)
CONDITIONS = Register(
    code="conditions",
    title=lazy("立案条件"),
    group=WHAT,
    icon="clipboard-list",
    model=Condition,
    subject="urban.condition",
    topics=("classes",),
    about=lazy("什么样算问题、多久办完、怎样算办好"),
    key=refs.condition_key,
    label=lambda row: f"{row.class_code}-{row.n} {condition_text(row)}",
    order="class_code",
    search=("class_code", "text", "text_en", "closing", "closing_en"),
    filters=(Filter("kind", lazy("部件和事件"), by("kind"), refs.kinds), BY_CLASS),
    propose=lambda given: {"class": given.get("class", ""), "source": _("本市制定")},
    fields=(
        _class(column=True),
        Field("text", lazy("立案条件"), "textarea", longest=200),
        fields.optional("text_en", lazy("英文"), 200),
        *_limit(
            lazy("处置时限"),
            lazy("时限单位"),
            hint=lazy("紧急工作时、紧急工作日昼夜都数；工作时、工作日只数办公时间"),
        ),
        Field("severity", lazy("严重程度"), "select", choices=_severities, column=True),
        Field("closing", lazy("结案条件"), "textarea", longest=200),
        fields.optional("closing_en", lazy("结案条件英文"), 200),
        Field(
            "active",
            lazy("在用"),
            "checkbox",
            column=True,
            initial=True,
            hint=lazy("停用后新案卷不能选，旧案卷不变"),
        ),
        fields.source(),
    ),
    check=_number_condition,
    links=lambda row: ((_("阶段时限"), "milestones", "condition", refs.condition_key(row)),),
)


def _of_condition(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    found = refs.CONDITION.get(value)
    return rows.filter(condition=found) if found else rows.none()


def _staged() -> list[tuple[str, Any]]:
    rows = Condition.objects.filter(milestones__isnull=False).distinct().order_by("kind", "class_code", "n")
    return [(refs.condition_key(row), refs.CONDITION.title(row)) for row in rows]


def _number_milestone(draft: Draft) -> None:
    if draft.is_new:
        draft.row.n = (draft.row.condition.milestones.aggregate(last=Max("n"))["last"] or 0) + 1


MILESTONES = Register(
    code="milestones",
    title=lazy("阶段时限"),
    group=WHAT,
    icon="map-pins",
    model=Milestone,
    subject="urban.milestone",
    topics=("classes",),
    about=lazy("一个条件里分阶段的时限，例如一小时内到场围挡"),
    key=lambda row: f"{refs.condition_key(row.condition)} {row.n}",
    label=refs.named,
    related=("condition",),
    search=("name", "name_en", "condition__class_code"),
    filters=(Filter("condition", lazy("全部条件"), _of_condition, _staged),),
    propose=lambda given: {"condition": given.get("condition", ""), "source": _("本市制定")},
    fields=(
        Field("condition", lazy("立案条件"), "ref", ref=refs.CONDITION, fixed=True, column=True),
        Field("name", lazy("阶段"), longest=60),
        fields.optional("name_en", lazy("英文"), 80),
        *_limit(lazy("时限"), lazy("单位")),
        fields.source(),
    ),
    check=_number_milestone,
    removal=lambda row: "",
)


# 责任清单 ---------------------------------------------------------------------


def _check_duty(draft: Draft) -> None:
    row = draft.row
    fields.check_span(row)
    gone = row.organisation.valid_to
    if gone is not None and (row.valid_to is None or row.valid_to > gone):
        said = _("%(org)s从%(day)s起停用，请选接替的单位，或把失效日填到这一天")
        raise Invalid(
            _("没有保存：这个单位那时已经停用"),
            errors={"organisation": [said % {"org": row.organisation.name, "day": gone}]},
        )
    others = Duty.objects.filter(kind=row.kind, class_code=row.class_code, area=row.area).exclude(pk=row.pk)
    clash = next((one for one in others if _overlap(one, row)), None)
    if clash is not None:
        raise Invalid(
            _("没有保存：同一类别、同一区域、同一时间只能有一个责任单位"),
            errors={
                "organisation": [
                    _("这段时间已由%(org)s负责，先给它填失效日") % {"org": clash.organisation.name}
                ]
            },
        )


def _overlap(a: Any, b: Any) -> bool:
    a_before_b = a.valid_to is not None and b.valid_from is not None and a.valid_to <= b.valid_from
    b_before_a = b.valid_to is not None and a.valid_from is not None and b.valid_to <= a.valid_from
    return not (a_before_b or b_before_a)


DUTIES = Register(
    code="duties",
    title=lazy("责任清单"),
    group=WHAT,
    icon="file-certificate",
    model=Duty,
    subject="urban.duty",
    topics=("duty",),
    about=lazy("哪类问题在哪个区域由谁负责，依据什么，从哪天起"),
    key=lambda row: f"{row.kind} {row.class_code} {row.area}",
    label=lambda row: refs.class_title(f"{row.kind}-{row.class_code}"),
    order="class_code",
    related=("organisation",),
    search=("class_code", "organisation__name", "organisation__code", "area", "basis"),
    filters=(Filter("kind", lazy("部件和事件"), by("kind"), refs.kinds), BY_CLASS),
    propose=lambda given: {"class": given.get("class", ""), "source": _("本市制定")},
    fields=(
        _class(),
        Field(
            "area",
            lazy("区域"),
            "ref",
            ref=refs.AREA,
            fixed=True,
            column=True,
            hint=lazy("全市填 610300；区县、街镇、社区填各自代码，细的优先"),
        ),
        Field("organisation", lazy("责任单位"), "ref", ref=refs.ORGANISATION, column=True),
        Field("basis", lazy("依据条文"), "textarea", required=False, longest=200),
        fields.day("valid_from", lazy("起日")),
        fields.first_day_without("valid_to"),
        fields.source(lazy("来源")),
    ),
    check=_check_duty,
    removal=lambda row: "" if row.valid_from is None else _("已经生效过的责任不删除，填失效日"),
)

REGISTERS = (EDITIONS, CLASSES, CONDITIONS, MILESTONES, DUTIES)
