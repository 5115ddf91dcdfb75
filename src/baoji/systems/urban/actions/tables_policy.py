"""Fields that reach into a policy's JSON by a path."""

from collections.abc import Callable, Mapping
from typing import Any

from baoji.kernel.registers.declare import Field, Text


def at(*path: str, default: Any = None) -> Callable[[Any], Any]:
    def get(row: Any) -> Any:
        found = row.value
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return default if found is None else found

    return get


def put(*path: str, cast: Callable[[Any], Any] = lambda value: value) -> Callable[[Any, Any], None]:
    def write(row: Any, value: Any) -> None:
        place = row.value = dict(row.value or {})
        for name in path[:-1]:
            place[name] = dict(place.get(name) or {})
            place = place[name]
        place[path[-1]] = cast(value)

    return write


def whole(name: str, label: Text, default: int, most: int = 9999, hint: Text = "", least: int = 0) -> Field:
    return Field(
        name,
        label,
        "number",
        least=least,
        most=most,
        hint=hint,
        get=at(name, default=default),
        put=put(name),
    )


def share(name: str, label: Text, default: float, hint: Text = "") -> Field:
    return Field(
        name,
        label,
        "decimal",
        least=0,
        most=1,
        hint=hint,
        get=at(name, default=default),
        put=put(name, cast=float),
    )


def flag(name: str, label: Text, default: bool = False) -> Field:
    return Field(name, label, "checkbox", get=at(name, default=default), put=put(name))


def fixed(*fields: Field) -> Callable[[Any], tuple[Field, ...]]:
    return lambda row: fields
