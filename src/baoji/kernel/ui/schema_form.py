"""An HTML form from the JSON Schema of an act's facts, and the facts back from what the form sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import listed

Schema = Mapping[str, Any]
Choice = tuple[str, str]

MANY_CHOICES = 8
LINE = 100


@dataclass
class Field:
    """A field as `ui/form_field.html` takes it; `proposed` says that its value is the system's, not the person's."""

    name: str
    label: str
    kind: str
    value: Any = ""
    choices: list[Choice] = field(default_factory=list)
    required: bool = False
    hint: str = ""
    error: str = ""
    search_url: str = ""
    value_title: str = ""
    min: Any = None
    max: Any = None
    minlength: int | None = None
    maxlength: int | None = None
    pattern: str = ""
    multiple: bool = False
    proposed: bool = False


def fields_of(
    schema: Schema, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> list[Field]:
    """Values given win over the schema's defaults; nested objects become `outer.inner`."""
    return [
        _field(name, spec, required, values or {}, errors or {}) for name, spec, required in _leaves(schema)
    ]


def facts_from(schema: Schema, sent: QueryDict) -> dict[str, Any]:
    """What a form built by `fields_of` sent, as the JSON that the act expects; empty answers are left out."""
    facts: dict[str, Any] = {}
    for name, spec, _required in _leaves(schema):
        value = _read(name, spec, sent)
        if value is None:
            continue
        target = facts
        *outer, last = name.split(".")
        for step in outer:
            target = target.setdefault(step, {})
        target[last] = value
    return facts


def _leaves(schema: Schema, prefix: str = "", demanded: bool = True) -> Iterable[tuple[str, Schema, bool]]:
    required = set(schema.get("required", ()))
    for name, raw in schema.get("properties", {}).items():
        spec = _settled(raw)
        must = demanded and name in required
        if spec.get("x-hidden"):
            continue
        if _type(spec) == "object" and not _is_place(spec):
            yield from _leaves(spec, f"{prefix}{name}.", must)
        else:
            yield f"{prefix}{name}", spec, must


def _settled(spec: Schema) -> Schema:
    """`anyOf [X, null]` is X that may be left out."""
    options = [part for part in spec.get("anyOf", ()) if part.get("type") != "null"]
    if len(options) != 1:
        return spec
    return {**options[0], **{key: value for key, value in spec.items() if key != "anyOf"}}


def _type(spec: Schema) -> str:
    kind = spec.get("type", "string")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "string")
    return str(kind)


def _is_place(spec: Schema) -> bool:
    return "x-place" in spec or "coordinates" in spec.get("properties", {})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _choices(spec: Schema) -> list[Choice]:
    source = spec.get("items", spec) if _type(spec) == "array" else spec
    for word in ("oneOf", "anyOf"):
        options = [part for part in source.get(word, ()) if "const" in part]
        if options:
            return [(_text(part["const"]), str(part.get("title", part["const"]))) for part in options]
    titles = source.get("x-titles", {})
    return [
        (_text(value), str(titles.get(value, value))) for value in source.get("enum", ()) if value is not None
    ]


def _search(spec: Schema) -> str:
    return str(spec.get("x-search") or spec.get("items", {}).get("x-search") or "")


def _kind(spec: Schema, choices: list[Choice], required: bool) -> str:
    kind = _type(spec)
    if kind == "object":
        return "place"
    if _search(spec):
        return "search"
    if kind == "array":
        return "checkboxes" if len(choices) <= MANY_CHOICES else "select"
    if kind == "boolean":
        return "radios" if choices or (required and "default" not in spec) else "checkbox"
    if choices:
        return "radios" if len(choices) <= 3 and required else "select"
    return _kind_of_text(spec, kind)


def _kind_of_text(spec: Schema, kind: str) -> str:
    if kind in ("integer", "number"):
        return "number"
    known = {"date-time": "datetime", "date": "date", "phone": "tel", "tel": "tel", "textarea": "textarea"}
    if spec.get("format") in known:
        return known[spec["format"]]
    short = "pattern" in spec or "format" in spec or int(spec.get("maxLength", LINE + 1)) <= LINE
    return "text" if short else "textarea"


def _field(
    name: str, spec: Schema, required: bool, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Field:
    choices = _choices(spec)
    kind = _kind(spec, choices, required)
    if kind == "radios" and not choices:
        choices = [("true", _("是")), ("false", _("否"))]
    value = _given(name, values, spec.get("default", ""))
    return Field(
        name=name,
        label=str(spec.get("title", name)),
        kind=kind,
        value=_shown(value, kind, multiple=_type(spec) == "array"),
        choices=choices,
        required=required,
        hint=str(spec.get("description", "")),
        error=errors.get(name, ""),
        search_url=_search(spec),
        value_title=str(spec.get("x-default-title", "") or dict(choices).get(_text(value), "")),
        min=spec.get("minimum"),
        max=spec.get("maximum"),
        minlength=spec.get("minLength"),
        maxlength=spec.get("maxLength"),
        pattern=str(spec.get("pattern", "")),
        multiple=_type(spec) == "array",
        proposed="default" in spec,
    )


def _given(name: str, values: Mapping[str, Any], default: Any) -> Any:
    if name in values:
        return values[name]
    found: Any = values
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return default
        found = found[step]
    return found


def _shown(value: Any, kind: str, *, multiple: bool) -> Any:
    if value is None or value == "":
        return [] if multiple and kind != "search" else ""
    if multiple:
        items = [_text(one) for one in value] if isinstance(value, list | tuple) else [_text(value)]
        return listed(items) if kind == "search" else items
    if kind == "datetime":
        return _local(value)
    if kind == "place":
        return value if isinstance(value, Mapping) else ""
    return _text(value)


def _local(value: Any) -> str:
    """`datetime-local` knows no zone: show the office's time."""
    moment = value if isinstance(value, datetime) else parse_datetime(str(value))
    if moment is None:
        return str(value)
    if timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return moment.strftime("%Y-%m-%dT%H:%M")


def _read(name: str, spec: Schema, sent: QueryDict) -> Any:
    kind = _type(spec)
    if kind == "object":
        return _place(name, sent)
    if kind == "array":
        return _several(name, spec, sent)
    text = (sent.get(name) or "").strip()
    if kind == "boolean":
        return _yes_or_no(name, spec, sent, text)
    if not text:
        return None
    if kind in ("integer", "number"):
        return _number(text, kind)
    if spec.get("format") == "date-time":
        return _moment(text)
    return text


def _several(name: str, spec: Schema, sent: QueryDict) -> list[str] | None:
    found = [part.strip() for part in sent.getlist(name)]
    if _search(spec):
        for mark in ("、", "，", "\n"):
            found = [part.replace(mark, ",") for part in found]
        found = [one.strip() for part in found for one in part.split(",")]
    return [one for one in found if one] or None


def _yes_or_no(name: str, spec: Schema, sent: QueryDict, text: str) -> bool | None:
    if text:
        return text in ("true", "on", "1")
    # An unticked box sends nothing; the form's marker tells it from a question that was not asked.
    return False if f"{name}.asked" in sent else None


def _number(text: str, kind: str) -> int | float | str:
    """What is no number goes on as text, so that the act's own check answers with its sentence."""
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        return text


def _moment(text: str) -> str:
    moment = parse_datetime(text)
    if moment is None:
        return text
    return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()


def _place(name: str, sent: QueryDict) -> dict[str, Any] | None:
    lon, lat = sent.get(f"{name}.lon", "").strip(), sent.get(f"{name}.lat", "").strip()
    if not lon or not lat:
        return None
    return {"type": "Point", "coordinates": [_number(lon, "number"), _number(lat, "number")]}
