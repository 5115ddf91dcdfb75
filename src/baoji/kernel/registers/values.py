"""Values of fields: read from a form, shown in a form, plain for comparing and keeping."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import is_sane_day
from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import listed
from baoji.kernel.base.text import mark
from baoji.kernel.registers.declare import Field, Register
from baoji.kernel.wire.nul import refuse_nul

FORM_KINDS = {"decimal": "number", "ref": "search", "json": "textarea", "parsed": "text"}
T = TypeVar("T", int, Decimal)
MOST_DIGITS = 15


class Unreadable(ValueError):
    """The sentence for the field."""


def plain(field: Field, value: Any) -> Any:
    """The same for equal values; fit for JSON."""
    if value is None:
        return None
    if field.ref is not None and not isinstance(value, str):
        return field.ref.key(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


def plain_row(register: Register, row: Any) -> dict[str, Any]:
    """The row's fields by name, each `plain`."""
    return {field.name: plain(field, field.value(row)) for field in register.fields_for(row)}


def digest(register: Register, row: Any, beside: str = "") -> str:
    """Of what an editor sees, and of what a verb changes `beside` it: another digest, and somebody was quicker."""
    seen = orjson.dumps(plain_row(register, row), option=orjson.OPT_SORT_KEYS)
    return sha256(seen + beside.encode()).hexdigest()[:24]


def read(fields: tuple[Field, ...], given: QueryDict) -> dict[str, Any]:
    """The values of a form, or Invalid with a sentence for each field that cannot be used."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in fields:
        try:
            values[field.name] = _read(field, given)
        except Unreadable as wrong:
            errors[field.name] = [str(wrong)]
    if errors:
        raise Invalid(_("没有保存：有内容需要改正"), errors=errors)
    return values


def _read(field: Field, given: QueryDict) -> Any:
    if field.kind == "checkbox":
        return given.get(field.name, "") not in {"", "0", "false"}
    if field.kind == "checkboxes":
        return _several(field, given.getlist(field.name))
    text = given.get(field.name, "").strip()
    if "\x00" in text:
        raise Unreadable(_("文字里有不能保存的字符"))
    if not text:
        if field.required:
            raise Unreadable(_("请填写"))
        return "" if field.kind in {"text", "textarea", "tel", "email", "select"} else None
    return _READERS.get(field.kind, _text)(field, text)


def _several(field: Field, chosen: list[str]) -> list[Any]:
    known = {str(value): value for value, _title in field.choices()} if field.choices else {}
    if field.required and not chosen:
        raise Unreadable(_("请至少选一个"))
    if set(chosen) - set(known):
        raise Unreadable(_("请从名单里选"))
    return [field.parse(value) if field.parse else value for value in known if value in chosen]


def _text(field: Field, text: str) -> str:
    if field.longest and len(text) > field.longest:
        raise Unreadable(_("最多 %(n)d 个字") % {"n": field.longest})
    return text


def _email(field: Field, text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as wrong:
        raise Unreadable(_("邮箱写法不对，例如 zhang@example.cn")) from wrong
    return _text(field, text)


def _number(field: Field, text: str) -> int:
    size = whole(text.removeprefix("-"), MOST_DIGITS)
    if size is None:
        raise Unreadable(_("请填整数"))
    return _bounded(field, -size if text.startswith("-") else size)


def _decimal(field: Field, text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as wrong:
        raise Unreadable(_("请填数字")) from wrong
    if not found.is_finite():
        raise Unreadable(_("请填数字"))
    return _bounded(field, found)


def _bounded(field: Field, found: T) -> T:
    if field.least is not None and found < field.least:
        raise Unreadable(_("不能小于 %(n)s") % {"n": field.least})
    if field.most is not None and found > field.most:
        raise Unreadable(_("不能大于 %(n)s") % {"n": field.most})
    return found


def _moment(parse: Any, sentence: str) -> Any:
    def reader(field: Field, text: str) -> Any:
        try:
            found = parse(text)
        except ValueError:
            found = None
        if found is None or (isinstance(found, date) and not is_sane_day(found)):
            raise Unreadable(_(sentence))
        return (
            timezone.make_aware(found) if isinstance(found, datetime) and timezone.is_naive(found) else found
        )

    return reader


def _select(field: Field, text: str) -> str:
    if field.choices is None or text not in {str(value) for value, _title in field.choices()}:
        raise Unreadable(_("请从名单里选"))
    return text


def _ref(field: Field, text: str) -> Any:
    assert field.ref is not None
    found = field.ref.get(text)
    if found is None:
        raise Unreadable(_("没有找到“%(text)s”，请从名单里选") % {"text": text[:40]})
    return found


def _json(field: Field, text: str) -> Any:
    try:
        found = orjson.loads(text)
        refuse_nul(text.encode(), found)
        return found
    except Invalid as wrong:
        raise Unreadable(wrong.message) from wrong
    except orjson.JSONDecodeError as wrong:
        raise Unreadable(
            _("第 %(line)d 行第 %(column)d 个字不对，不是合法的 JSON")
            % {"line": wrong.lineno, "column": wrong.colno}
        ) from wrong


def _parsed(field: Field, text: str) -> Any:
    assert field.parse is not None
    try:
        return field.parse(text)
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from wrong


_READERS: dict[str, Any] = {
    "email": _email,
    "number": _number,
    "decimal": _decimal,
    "select": _select,
    "ref": _ref,
    "json": _json,
    "parsed": _parsed,
    "date": _moment(parse_date, mark("请填日期，例如 2026-10-01")),
    "time": _moment(parse_time, mark("请填时间，例如 08:00")),
    "datetime": _moment(parse_datetime, mark("请填日期和时间")),
}


def form_value(field: Field, value: Any) -> Any:
    """What stands in the control."""
    if field.kind == "checkboxes":
        return [str(one) for one in value or []]
    if field.kind == "checkbox":
        return bool(value)
    if value is None or value == "":
        return ""
    if field.form is not None:
        return field.form(value)
    if field.kind == "json":
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if field.kind == "datetime" and isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(plain(field, value))


def words(field: Field, value: Any) -> str:
    """A plain value as people read it, in lists and histories."""
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.choices is not None:
        titles = {str(code): str(title) for code, title in field.choices()}
        return listed(
            titles.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])
        )
    if field.form is not None:
        return field.form(value)
    if field.kind == "datetime":
        return str(value)[:16].replace("T", " ")
    if field.kind == "time":
        return str(value)[:5]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def control(field: Field, value: Any, *, error: str = "", find: str = "", title: str = "") -> dict[str, Any]:
    """The field as `ui/form_field.html` takes it; `value` is already a form value."""
    return {
        "name": field.name,
        "label": field.label,
        "kind": FORM_KINDS.get(field.kind, field.kind),
        "value": value,
        "required": field.required,
        "hint": field.hint,
        "error": error,
        "choices": [(str(code), text) for code, text in field.choices()] if field.choices else [],
        "maxlength": field.longest or "",
        **_bounds(field),
        "search_url": find,
        "value_title": title,
        "rows": 12 if field.kind == "json" else 2,
    }


def _bounds(field: Field) -> dict[str, Any]:
    """A browser counts steps of one from `min`, so a decimal has none there; the server looks at its bounds."""
    return {"min": None, "max": None} if field.kind == "decimal" else {"min": field.least, "max": field.most}


def changes(
    fields: tuple[Field, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[Field, Any, Any]]:
    """(field, old, new) of those that differ."""
    return [
        (field, before.get(field.name), after.get(field.name))
        for field in fields
        if before.get(field.name) != after.get(field.name)
    ]
