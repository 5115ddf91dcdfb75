"""Registers of how the work runs: policies with an editor for each known one, stage limits."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.phrases import listed
from baoji.kernel.flow.models import StageLimit
from baoji.kernel.registers.declare import Draft, Field, Register, Text
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_citizens import CITIZENS, tidy
from baoji.systems.urban.actions.tables_plausibility import PLAUSIBILITY
from baoji.systems.urban.actions.tables_policy import at as _at
from baoji.systems.urban.actions.tables_policy import fixed as _fixed
from baoji.systems.urban.actions.tables_policy import flag as _flag
from baoji.systems.urban.actions.tables_policy import put as _put
from baoji.systems.urban.actions.tables_policy import share as _share
from baoji.systems.urban.actions.tables_policy import whole as _whole
from baoji.systems.urban.models import Policy
from baoji.systems.urban.queries.likeness import DEFAULTS as LIKENESS
from baoji.systems.urban.rules.citizens import Words
from baoji.systems.urban.rules.everyday import PREFIX
from baoji.systems.urban.rules.score import GRADES
from baoji.systems.urban.rules.table import FLOW

HOW = lazy("规则和日历")
ANY_DOOR = "*"
PHOTO_ACTS = ("report", "answer", "co_answer", "verify_answer", "check_answer", "milestone")
SPARE_LINES = 3


# 参数 ------------------------------------------------------------------------
# A field reaches into the policy's JSON by a path; each known policy has its own fields.


def _post(name: str, label: Text, default: str) -> Field:
    return Field(
        name,
        label,
        "select",
        choices=lambda: [("holder", _("办理人自己")), *refs.posts()],
        hint=lazy("只管部门处置中的案卷；其他环节告知上一级岗位"),
        get=_at(name, default=default),
        put=_put(name),
    )


def _act_title(act: str) -> str:
    if act == "report":
        return _("上报")
    return next((_(found.title) for found in FLOW.acts if found.name == act), act)


def _photo_lines() -> list[tuple[str, str, str]]:
    """(act, door, title) of every pair for which photos can be demanded."""
    found = [("report", str(door), " · ".join((_("上报"), str(title)))) for door, title in refs.sources()]
    return found + [(act, ANY_DOOR, _act_title(act)) for act in PHOTO_ACTS[1:]]


def _photo_field(act: str, door: str, title: str, end: str) -> Field:
    def get(row: Any) -> Any:
        line = next((one for one in row.value or [] if one["act"] == act and one["door"] == door), None)
        return line[end] if line else {"min": 0, "max": 9}[end]

    def put(row: Any, value: Any) -> None:
        lines = [dict(one) for one in row.value or []]
        line = next((one for one in lines if one["act"] == act and one["door"] == door), None)
        if line is None:
            line = {"act": act, "door": door, "min": 0, "max": 9}
            lines.append(line)
        line[end] = value
        row.value = lines

    word = _("最少") if end == "min" else _("最多")
    return Field(f"{act}.{door}.{end}", f"{title} · {word}", "number", least=0, most=20, get=get, put=put)


def _photos(row: Any) -> tuple[Field, ...]:
    return tuple(
        _photo_field(act, door, title, end) for act, door, title in _photo_lines() for end in ("min", "max")
    )


def _waived_field(n: int, name: str, label: str, **more: Any) -> Field:
    def get(row: Any) -> Any:
        lines = (row.value or {}).get("waived", [])
        if n >= len(lines):
            return ""
        line = lines[n]
        return (
            line.get("source", "")
            if name == "source"
            else f"{line['kind']}-{line['class']}"
            if line.get("class")
            else ""
        )

    def put(row: Any, value: Any) -> None:
        row.value = dict(row.value or {})
        lines = [dict(line) for line in row.value.get("waived", [])]
        while len(lines) <= n:
            lines.append({})
        if name == "source":
            lines[n].pop("source", None)
            lines[n] |= {"source": value} if value else {}
        else:
            kind, _dash, code = (value or "").partition("-")
            lines[n].pop("kind", None)
            lines[n].pop("class", None)
            lines[n] |= {"kind": kind, "class": code} if code else {}
        row.value["waived"] = lines

    return Field(f"waived.{n}.{name}", label, required=False, get=get, put=put, **more)


def _check_fields(row: Any) -> tuple[Field, ...]:
    """One line a class that needs no check before closing, some lines spare; a line without class is dropped on saving."""
    made: list[Field] = []
    for n in range(len((row.value or {}).get("waived", [])) + SPARE_LINES):
        made.append(
            _waived_field(
                n, "class", _("第 %(n)d 条：免核查的类别") % {"n": n + 1}, kind="ref", ref=refs.CLASS
            )
        )
        made.append(
            _waived_field(
                n,
                "source",
                _("第 %(n)d 条：只限这个来源") % {"n": n + 1},
                kind="select",
                choices=refs.sources,
                hint=_("空着就是任何来源"),
            )
        )
    return tuple(made)


EDITORS: dict[str, tuple[Text, Any, Callable[[Any], tuple[Field, ...]]]] = {
    "photos": (lazy("各环节照片数量"), [], _photos),
    "self_disposed": (
        lazy("采集员自行处置"),
        {},
        _fixed(
            Field(
                "doors",
                lazy("谁可以自行处置"),
                "checkboxes",
                required=False,
                choices=refs.sources,
                get=_at("doors", default=[]),
                put=_put("doors"),
            ),
            _whole("photos_before_min", lazy("处置前照片最少"), 1, 9),
            _whole("photos_after_min", lazy("处置后照片最少"), 1, 9),
            _whole("photos_max", lazy("照片最多"), 9, 20),
        ),
    ),
    "verify_before_filing": (
        lazy("立案前核实"),
        {},
        lambda row: tuple(_flag(str(door), title) for door, title in refs.sources()),
    ),
    "check": (lazy("结案前核查"), {"waived": []}, _check_fields),
    "lights": (
        lazy("红黄绿灯"),
        {},
        _fixed(_share("yellow_below", lazy("余下时限不足多少亮黄灯"), 0.2, lazy("0.2 就是余两成"))),
    ),
    "limits": (
        lazy("次数和天数限制"),
        {},
        _fixed(
            _whole("returns_max", lazy("第几次退回转裁定"), 3, 20, least=1),
            _whole("extensions_max", lazy("最多延期几次"), 2, 20),
            _whole("reopen_days", lazy("上报人几天内可要求重办"), 15, 365),
            _whole("suspend_max_days", lazy("挂账最多几天"), 365, 365, least=1),
            _whole("reworks_notice", lazy("第几次返工起告知指挥长"), 2, 20, least=1),
            _whole("urge_again_min", lazy("同一人隔几分钟可再催办"), 10, 1440),
        ),
    ),
    "duplicates": (
        lazy("疑似重复案卷"),
        {},
        _fixed(
            _whole("radius_m", lazy("多少米之内"), 50, 1000),
            _whole("hours", lazy("多少小时之内"), 24, 720),
            _flag("same_class", lazy("只看同一类别"), True),
        ),
    ),
    "coordinates": (
        lazy("坐标偏移提示"),
        {},
        _fixed(
            _whole("gcj_tolerance_m", lazy("与火星坐标偏移相差几米之内提示"), 30, 500),
            _whole("component_m", lazy("离所报部件几米以外提示"), 200, 100_000),
        ),
    ),
    "escalation": (
        lazy("逐级提醒"),
        {},
        _fixed(
            _post("near", lazy("临近时限告知"), "dispatcher"),
            _post("overdue", lazy("超期告知"), "dispatcher"),
            _post("overdue_twice", lazy("超期一倍告知"), "commander"),
        ),
    ),
    "grades": (
        lazy("考评等级分界"),
        dict(GRADES),
        _fixed(
            *(
                _share(letter, letter, least, lazy("按期处置率达到多少，0.9 就是九成"))
                for letter, least in GRADES.items()
            ),
        ),
    ),
    **CITIZENS,
    **PLAUSIBILITY,
}


def _policy_fields(row: Any) -> tuple[Field, ...]:
    if row.name in EDITORS:
        return (*EDITORS[row.name][2](row), fields.source())
    return (
        Field(
            "value", lazy("值（JSON）"), "json", hint=lazy("这个参数没有专门的表单；写法不对会指出在哪一行")
        ),
        fields.source(),
    )


# Policies of the city's files that have no form of their own.
UNEDITED: dict[str, Text] = {
    "likeness": lazy("照片再用"),
    "open311": lazy("Open311 接口"),
    "hotline": lazy("12319 热线"),
}


def _policy_title(row: Any) -> str:
    """In the reader's language where we know the policy; what the database keeps is the city's."""
    known = EDITORS[row.name][0] if row.name in EDITORS else UNEDITED.get(row.name)
    return str(known or row.title or row.name)


def _missing() -> Sequence[tuple[str, Any]]:
    there = set(Policy.objects.values_list("name", flat=True))
    return [(name, title) for name, (title, _default, _fields) in EDITORS.items() if name not in there]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


# What the keys of an unedited policy must be; each is read by whoever asks, often.
SHAPES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "likeness": dict.fromkeys(LIKENESS, _is_number),
    "open311": {
        "jurisdiction": lambda value: isinstance(value, str),
        "required": _is_list,
        "fields": _is_list,
        "words": lambda value: isinstance(value, bool) or value in list(Words),
    },
    "hotline": {"seats": _is_table},
}


def _check_shape(row: Any) -> None:
    known = SHAPES.get(row.name)
    if known is None:
        return
    if not isinstance(row.value, dict):
        raise Invalid(_("没有保存：有内容需要改正"), errors={"value": [_("应是花括号里的一组键和值")]})
    wrong = [key for key, value in row.value.items() if key in known and not known[key](value)]
    if wrong:
        sentence = _("“%(keys)s” 的值不能用") % {"keys": listed(wrong)}
        raise Invalid(_("没有保存：有内容需要改正"), errors={"value": [sentence]})


def _check_policy(draft: Draft) -> None:
    row = draft.row
    _check_shape(row)
    if draft.is_new:
        title, default, _fields = EDITORS[row.name]
        row.title, row.value = str(title), default
    if row.name == "check":
        row.value["waived"] = [line for line in row.value.get("waived", []) if line.get("class")]
    if row.name == "public":
        tidy(row.value)
    if row.name == "photos":
        wrong = next((line for line in row.value if line["min"] > line["max"]), None)
        if wrong is not None:
            raise Invalid(
                _("没有保存：最少不能多于最多"),
                errors={f"{wrong['act']}.{wrong['door']}.min": [_("不能多于最多张数")]},
            )
    if row.name == "grades":
        steps = [float(row.value.get(letter, least)) for letter, least in GRADES.items()]
        if steps != sorted(steps, reverse=True):
            raise Invalid(_("没有保存：等级分界应一级比一级低"), errors={"A": [_("A 不低于 B，B 不低于 C")]})


POLICIES = Register(
    code="policies",
    title=lazy("参数"),
    group=HOW,
    icon="adjustments",
    model=Policy,
    subject="urban.policy",
    topics=("policies",),
    about=lazy("照片、核实、核查、次数、灯、提醒、等级"),
    key=lambda row: row.name,
    label=_policy_title,
    order="name",
    scope=lambda rows: rows.exclude(name__startswith=PREFIX),
    fields=(
        Field(
            "name",
            lazy("参数"),
            "select",
            choices=_missing,
            fixed=True,
            hint=lazy("只列还没有设的参数；没有设的按系统默认值"),
        ),
    ),
    fields_of=_policy_fields,
    check=_check_policy,
)


# 环节时限 ---------------------------------------------------------------------
DECISIONS = {
    "extend_decide": lazy("审批延期"),
    "suspend_decide": lazy("审批挂账"),
    "appeal_decide": lazy("审议申诉"),
}


def _step_title(row: Any) -> str:
    if row.step in DECISIONS:
        return str(DECISIONS[row.step])
    known = {step.key: step.title for step in FLOW.steps}
    return _(known[row.step]) if row.step in known else row.step


STAGE_LIMITS = Register(
    code="limits",
    title=lazy("环节时限"),
    group=HOW,
    icon="ruler",
    model=StageLimit,
    subject="flow.stage_limit",
    topics=("policies",),
    about=lazy("受理、立案、派遣、复核、核查、结案各给多少分钟"),
    key=lambda row: row.step,
    label=_step_title,
    order="step",
    may_add=False,
    scope=lambda rows: rows.filter(flow="urban"),
    fields=(
        Field("step", lazy("环节"), fixed=True, cell=_step_title),
        Field(
            "minutes",
            lazy("分钟"),
            "number",
            least=1,
            most=60 * 24 * 30,
            column=True,
            hint=lazy("特急、紧急案卷昼夜都数，一般案卷只数办公时间"),
        ),
        fields.source(),
    ),
)


REGISTERS = (POLICIES, STAGE_LIMITS)
