"""Registers of what other tables rest on: how the editions of the classes answer to each other, and who walks which grid."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.identity.models import Holding
from baoji.kernel.registers.declare import Draft, Field, Filter, Register, by
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_editions import WHAT, editions
from baoji.systems.urban.models import CaseClass, CrossWalk, ResponsibilityGrid
from baoji.systems.urban.queries.names import grid_name

RELATIONS = {
    "same": lazy("相同"),
    "renamed": lazy("改名"),
    "merged": lazy("并为一类"),
    "split": lazy("分为几类"),
    "none": lazy("没有对应"),
}


# 版本对照 ---------------------------------------------------------------------


def _class_in(edition: str, kind: str, code: str) -> CaseClass | None:
    return CaseClass.objects.filter(edition__code=edition, kind=kind, code=code).first()


def _load_classes() -> dict[tuple[str, str, str], CaseClass]:
    rows = CaseClass.objects.select_related("edition")
    return {(row.edition.code, row.kind, row.code): row for row in rows}


_classes = Snapshot(_load_classes, "classes")  # of all editions: a list names two in each line


def _named(edition: str, kind: str, code: str) -> str:
    found = _classes().get((edition, kind, code))
    return f"{code} {refs.named(found) if found else ''}".strip() or "—"


def _check_crosswalk(draft: Draft) -> None:
    row = draft.row
    errors: dict[str, list[str]] = {}
    if _class_in(row.from_edition, row.kind, row.from_code) is None:
        errors["from_code"] = [_("这一版没有这个代码")]
    if bool(row.to_code) is (row.relation == "none"):
        errors["to_code"] = [_("没有对应的空着，其余的要填")]
    elif row.to_code and _class_in(row.to_edition, row.kind, row.to_code) is None:
        errors["to_code"] = [_("这一版没有这个代码")]
    others = CrossWalk.objects.filter(
        kind=row.kind,
        from_edition=row.from_edition,
        from_code=row.from_code,
        to_edition=row.to_edition,
        to_code=row.to_code,
    ).exclude(pk=row.pk)
    if not errors and others.exists():
        errors["to_code"] = [_("已经有一样的一行")]
    if errors:
        raise Invalid(_("没有保存：有内容需要改正"), errors=errors)


CROSSWALK = Register(
    code="crosswalk",
    title=lazy("版本对照"),
    group=WHAT,
    icon="switch-horizontal",
    model=CrossWalk,
    subject="urban.crosswalk",
    topics=("classes",),
    about=lazy("一版的类别在另一版叫什么：相同、改名、并为一类、分为几类或没有对应"),
    key=lambda row: f"{row.kind} {row.from_edition} {row.from_code} {row.to_edition} {row.to_code}".strip(),
    label=lambda row: _named(row.from_edition, row.kind, row.from_code),
    order="from_code",
    search=("from_code", "to_code", "note"),
    filters=(
        Filter("kind", lazy("部件和事件"), by("kind"), refs.kinds),
        Filter("relation", lazy("全部关系"), by("relation"), lambda: list(RELATIONS.items())),
    ),
    propose=lambda given: {"source": _("本市制定")},
    fields=(
        Field("kind", lazy("部件或事件"), "select", choices=refs.kinds, fixed=True, column=True),
        Field("from_edition", lazy("原版本"), "select", choices=editions, fixed=True, column=True),
        Field(
            "from_code",
            lazy("原代码"),
            longest=4,
            fixed=True,
            cell=lambda row: _named(row.from_edition, row.kind, row.from_code),
        ),
        Field("relation", lazy("关系"), "select", choices=lambda: list(RELATIONS.items()), column=True),
        Field("to_edition", lazy("对应版本"), "select", choices=editions, column=True),
        fields.optional(
            "to_code",
            lazy("对应代码"),
            4,
            column=True,
            cell=lambda row: _named(row.to_edition, row.kind, row.to_code),
        ),
        fields.optional("note", lazy("备注"), 200),
        fields.source(),
    ),
    check=_check_crosswalk,
    removal=lambda row: "",
)


# 责任网格 ---------------------------------------------------------------------


def _check_grid(draft: Draft) -> None:
    """Reports, verification and checks of a grid are asked of a collector, and of nobody else."""
    walker = draft.row.collector
    if walker is None:
        return
    held = Holding.objects.filter(person=walker, post__kind="collector").exclude(
        until__lt=timezone.localdate(draft.now)
    )
    if not walker.is_active or not held.exists():
        raise Invalid(_("没有保存：有内容需要改正"), errors={"collector": [_("请选一位任采集员岗位的人")]})


def _save_grid(draft: Draft) -> None:
    draft.row.save(update_fields=["name", "collector"])  # its outline is drawn elsewhere


GRIDS = Register(
    code="grids",
    title=lazy("责任网格"),
    group=WHAT,
    icon="map-pins",
    model=ResponsibilityGrid,
    subject="urban.grid",
    topics=("grids", "people"),
    about=lazy("每个责任网格归哪位采集员；换人在这里换"),
    key=lambda row: row.code,
    label=lambda row: f"{row.code} {grid_name(row.name, row.code)}",
    order="code",
    related=("collector",),
    search=("code", "name", "collector__code", "collector__name"),
    may_add=False,
    fields=(
        Field("code", lazy("代码"), fixed=True),
        Field("name", lazy("名称"), longest=60),
        Field(
            "collector",
            lazy("采集员"),
            "ref",
            ref=refs.PERSON,
            required=False,
            column=True,
            hint=lazy("空着就没有人巡查这一片，核实核查仍从附近当班的人里抽"),
        ),
    ),
    check=_check_grid,
    save=_save_grid,
)

REGISTERS = (CROSSWALK, GRIDS)
