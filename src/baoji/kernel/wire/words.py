"""What pydantic found wrong, in the user's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SENTENCES = {
    "missing": gettext_lazy("请填写这一项"),
    "literal_error": gettext_lazy("可以是 %(expected)s"),
    "string_type": gettext_lazy("请写文字"),
    "string_too_long": gettext_lazy("最多 %(max_length)s 个字"),
    "string_pattern_mismatch": gettext_lazy("格式不对，应符合 %(pattern)s"),
    "int_parsing": gettext_lazy("请写整数"),
    "int_type": gettext_lazy("请写整数"),
    "int_from_float": gettext_lazy("请写整数"),
    "float_type": gettext_lazy("请写数字"),
    "float_parsing": gettext_lazy("请写数字"),
    "bool_parsing": gettext_lazy("请写 true 或 false"),
    "bool_type": gettext_lazy("请写 true 或 false"),
    "greater_than_equal": gettext_lazy("不能小于 %(ge)s"),
    "less_than_equal": gettext_lazy("不能大于 %(le)s"),
    "too_short": gettext_lazy("至少 %(min_length)s 项"),
    "too_long": gettext_lazy("最多 %(max_length)s 项"),
    "list_type": gettext_lazy("请写一个列表"),
    "model_type": gettext_lazy("请写一个对象"),
    "model_attributes_type": gettext_lazy("请写一个对象"),
}


def sentences(errors: Iterable[Mapping[str, Any]], whole: str) -> dict[str, list[str]]:
    """Field → sentences; `whole` names what has no field."""
    found: dict[str, list[str]] = {}
    for one in errors:
        name = ".".join(str(part) for part in one["loc"]) or whole
        found.setdefault(name, []).append(_sentence(one))
    return found


def _sentence(one: Mapping[str, Any]) -> str:
    kind = str(one["type"])
    if kind.startswith(("datetime", "date")):
        return _("请写日期和时间，例如 2026-11-24T17:30:00+08:00")
    known = SENTENCES.get(kind)
    return (
        str(known) % dict(one.get("ctx") or {})
        if known
        else _("这一项不能用：%(why)s") % {"why": one.get("msg", kind)}
    )
