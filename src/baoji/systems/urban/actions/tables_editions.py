"""The register of editions of the class tables: which are in force."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.registers.declare import Draft, Field, Register
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.models import CaseClass, Condition, Edition
from baoji.systems.urban.queries.names import edition_name

WHAT = lazy("分类和责任")
Classes = dict[tuple[str, str], str]  # kind and code → name


_named = Snapshot(lambda: list(Edition.objects.order_by("code").values_list("code", "name")), "classes")


def editions() -> list[tuple[str, Any]]:
    """(code, name in the reader's language) of each, as choices; asked for in each line of a list."""
    return [(code, edition_name(name)) for code, name in _named()]


def _check_edition(draft: Draft) -> None:
    """Filing conditions, duties and bodies name a class by its code alone, so that a code may mean one class at a time."""
    row = draft.row
    classes = row.classes.values_list("kind", "code", "name") if row.pk else ()
    mine = {(kind, code): name for kind, code, name in classes}
    if row.in_force:
        _no_twins(row, mine)
    elif draft.before and draft.before.get("in_force"):
        _nothing_in_use(mine)


def _no_twins(row: Edition, mine: Classes) -> None:
    others = CaseClass.objects.filter(edition__in_force=True).exclude(edition_id=row.pk)
    twins = [one for one in others.order_by("kind", "code") if (one.kind, one.code) in mine]
    if not twins:
        return
    told_by = next((one for one in twins if one.name != mine[one.kind, one.code]), twins[0])
    told = {
        "n": len(twins),
        "code": told_by.code,
        "mine": mine[told_by.kind, told_by.code],
        "name": told_by.name,
    }
    sentence = _("有 %(n)d 个代码重复，例如 %(code)s：这一版是“%(mine)s”，在用的是“%(name)s”") % told
    raise Invalid(_("没有保存：两个在用版本的类别代码重复"), errors={"in_force": [sentence]})


def _nothing_in_use(mine: Classes) -> None:
    codes = Condition.objects.filter(active=True).values_list("kind", "class_code")
    used = sum(one in mine for one in codes)
    if used:
        sentence = _("还有 %(n)d 条立案条件在用，停用后别的版本会错用它们。先停用这些条件") % {"n": used}
        raise Invalid(_("没有保存：这一版的立案条件还在用"), errors={"in_force": [sentence]})


EDITIONS = Register(
    code="editions",
    title=lazy("分类版本"),
    group=WHAT,
    icon="book",
    model=Edition,
    subject="urban.edition",
    topics=("classes",),
    about=lazy("2007 版、2013 版和本市扩展；哪些在用"),
    key=lambda row: row.code,
    label=lambda row: edition_name(row.name),
    order="code",
    fields=(
        Field("code", lazy("代号"), longest=10, fixed=True),
        Field("name", lazy("名称"), longest=80),
        Field(
            "in_force",
            lazy("在用"),
            "checkbox",
            column=True,
            hint=lazy("不在用的版本留着查旧案卷，新案卷不能选"),
        ),
        fields.source(),
    ),
    check=_check_edition,
    links=lambda row: ((_("类别"), "classes", "edition", row.code),),
)
