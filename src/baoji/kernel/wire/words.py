"""What pydantic found wrong, in the user's words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.phrases import listed

SENTENCES = {
    "missing": gettext_lazy("请填写这一项"),
    "literal_error": gettext_lazy("可以是 %(expected)s"),
    "string_type": gettext_lazy("请写文字"),
    "string_unicode": gettext_lazy("文字里有不能保存的字符"),
    "string_too_long": gettext_lazy("最多 %(max_length)s 个字"),
    "int_parsing": gettext_lazy("请写整数"),
    "int_parsing_size": gettext_lazy("这个数太大"),
    "int_type": gettext_lazy("请写整数"),
    "int_from_float": gettext_lazy("请写整数"),
    "float_type": gettext_lazy("请写数字"),
    "float_parsing": gettext_lazy("请写数字"),
    "finite_number": gettext_lazy("请写数字"),
    "bool_parsing": gettext_lazy("请写 true 或 false"),
    "bool_type": gettext_lazy("请写 true 或 false"),
    "greater_than_equal": gettext_lazy("不能小于 %(ge)s"),
    "less_than_equal": gettext_lazy("不能大于 %(le)s"),
    "too_short": gettext_lazy("至少 %(min_length)s 项"),
    "too_long": gettext_lazy("最多 %(max_length)s 项"),
    "list_type": gettext_lazy("请写一个列表"),
    "tuple_type": gettext_lazy("请写一个列表"),
    "dict_type": gettext_lazy("请写一个对象"),
    "phone": gettext_lazy("电话号码不对，请写数字，例如 0917-3262000 或 13909170000"),
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
    told = dict(one.get("ctx") or {})
    if kind == "string_pattern_mismatch":
        return _formed(str(told.get("pattern", "")))
    if kind == "literal_error":
        told["expected"] = listed(_choices(str(told["expected"])))
    known = SENTENCES.get(kind)
    return str(known) % told if known else _("这一项不能用：%(why)s") % {"why": one.get("msg", kind)}


QUOTED = re.compile(r"'([^']*)'")
DIGITS = re.compile(r"\^\(?\[0-9\]\{(?:(0),)?([0-9]+)\}\)?\??\$")


def _choices(expected: str) -> list[str]:
    """pydantic's `'', 'a' or 'b'` without quotes and without the empty choice; numbers as they stand."""
    return [one for one in QUOTED.findall(expected) if one] or [expected]


def _formed(pattern: str) -> str:
    """No reader need know regular expressions: what is made of digits says how many."""
    digits = DIGITS.fullmatch(pattern)
    if digits is None:
        return _("格式不对，请检查")
    return (_("最多写 %(n)s 位数字") if digits[1] else _("请写 %(n)s 位数字")) % {"n": digits[2]}
