"""Register of what people say for a class: words that propose it, kept as one policy a class."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from baoji.kernel.base.errors import Invalid
from baoji.kernel.registers.declare import Draft, Field, Register, Text
from baoji.systems.urban.actions import tables_fields as fields
from baoji.systems.urban.actions import tables_refs as refs
from baoji.systems.urban.actions.tables_policy import at, put
from baoji.systems.urban.models import Policy
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.rules.everyday import MOST_WORDS, PREFIX, class_of, is_word, words_of

LANGUAGES = ("zh", "en")


def _key(row: Any) -> str:
    """`event-0110`."""
    return str(row.name).removeprefix(PREFIX)


def _put_class(row: Any, key: str) -> None:
    row.name = PREFIX + key


def _wrong(words: Sequence[str]) -> str:
    wrong = next((word for word in words if not is_word(word)), None)
    if wrong is not None:
        return _("“%(word)s” 不是能用的词：最长 30 个字，只用文字和数字") % {"word": wrong}
    return _("最多 %(n)d 个词") % {"n": MOST_WORDS} if len(words) > MOST_WORDS else ""


def _usual() -> Sequence[tuple[str, Text]]:
    return (("0", _("少见")), ("1", _("有时")), ("2", _("常见")), ("3", _("最常见")))


def _check(draft: Draft) -> None:
    row = draft.row
    if draft.is_new and Policy.objects.filter(name=row.name).exists():
        raise Invalid(_("没有保存：这个类别已有日常说法"), errors={"class": [_("请打开那一行来改")]})
    wrong = {name: [told] for name in LANGUAGES if (told := _wrong(row.value.get(name) or []))}
    if wrong:
        raise Invalid(_("没有保存：有不能用的词"), errors=wrong)
    if not any(row.value.get(name) for name in LANGUAGES):
        raise Invalid(_("没有保存：没有词"), errors={"zh": [_("请至少写一个词")]})
    known = book().classes.get(class_of(row.name))
    row.title = known.name if known else row.title


def _field(name: str, label: Text, hint: Text = "", *, column: bool = False) -> Field:
    return Field(
        name,
        label,
        "textarea",
        required=False,
        longest=1000,
        hint=hint,
        column=column,
        get=lambda row: "; ".join(at(name, default=[])(row)),
        put=put(name, cast=words_of),
    )


WORDS = Register(
    code="words",
    title=lazy("日常说法"),
    group=lazy("分类和责任"),
    icon="message-2",
    model=Policy,
    subject="urban.policy",
    topics=("policies",),
    about=lazy("市民平常怎么说这类问题；还没有结案可学时，按它推荐类别"),
    key=lambda row: row.name,
    label=lambda row: refs.class_title(_key(row)),
    order="name",
    search=("name", "title", "value__zh", "value__en"),
    scope=lambda rows: rows.filter(name__startswith=PREFIX),
    propose=lambda given: {"class": given.get("class", ""), "source": _("本市制定")},
    fields=(
        Field("class", lazy("类别"), "ref", ref=refs.CLASS, fixed=True, get=_key, put=_put_class),
        _field(
            "zh",
            lazy("中文说法"),
            lazy("用分号隔开；几个词要同时出现才算的，用加号连起来，例如 灯+不亮"),
            column=True,
        ),
        _field("en", lazy("英文说法")),
        Field(
            "usual",
            lazy("多常见"),
            "select",
            choices=_usual,
            column=True,
            initial="1",
            get=lambda row: str(at("usual", default=0)(row)),
            put=put("usual", cast=int),
            hint=lazy("同样的话可能指几类时，常见的排在前面"),
        ),
        fields.source(),
    ),
    check=_check,
    removal=lambda row: "",
)
