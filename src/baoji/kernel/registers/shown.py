"""What the pages of a register show, as plain dicts for the templates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Refused
from baoji.kernel.base.phrases import remarked
from baoji.kernel.registers.actions import Changed
from baoji.kernel.registers.declare import Field, Ref, Register
from baoji.kernel.registers.models import ChangeNote
from baoji.kernel.registers.queries import last_notes
from baoji.kernel.registers.values import control, form_value, plain, words

if TYPE_CHECKING:
    from baoji.kernel.registers.pages import Desk

VERBS = {"added": lambda: _("新增"), "changed": lambda: _("修改"), "removed": lambda: _("删除")}


def groups(desk: "Desk", current: Register | None) -> list[dict[str, Any]]:
    """Registers in their groups, for the overview and the column beside each list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for register in desk.registers.values():
        found.setdefault(str(register.group), []).append(
            {
                "title": register.title,
                "url": desk.url(register),
                "icon": register.icon,
                "about": register.about,
                "current": register is current,
            }
        )
    return [{"title": title, "registers": registers} for title, registers in found.items()]


def heads(register: Register) -> list[Any]:
    """Titles of the list's columns."""
    return [field.label for field in register.fields if field.column]


def lines(desk: "Desk", register: Register, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of the list, each with its cells under `heads` and who changed it last."""
    notes = last_notes(register, [row.pk for row in rows])
    return [
        {
            "id": row.pk,
            "url": desk.url(register, row.pk),
            "label": register.label_of(row),
            "cells": [
                {"label": field.label, "text": _cell(field, row)} for field in register.fields if field.column
            ],
            "source": getattr(row, "source", ""),
            "note": notes.get(row.pk),
            "depth": register.depth(row) if register.depth else 0,
        }
        for row in rows
    ]


def _cell(field: Field, row: Any) -> str:
    if field.cell is not None:
        return field.cell(row)
    value = field.value(row)
    if field.ref is not None and value is not None:
        return field.ref.title(value)
    return words(field, plain(field, value))


def controls(
    desk: "Desk",
    register: Register,
    row: Any,
    *,
    values: Mapping[str, Any] | None,
    posted: QueryDict | None,
    errors: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """The form's fields for `ui/form_field.html`: what was posted, else the row's, else what is proposed in `values`."""
    made = []
    for field in register.fields_for(row):
        if row is not None and field.fixed:
            made.append({"fixed": True, "label": field.label, "text": _cell(field, row)})
            continue
        value, title = _value(field, row, values, posted)
        find = f"{desk.prefix}find/{register.code}/{field.ref.code}" if field.ref else ""
        made.append(control(field, value, error=" ".join(errors.get(field.name, ())), find=find, title=title))
    return made


def _value(
    field: Field, row: Any, values: Mapping[str, Any] | None, posted: QueryDict | None
) -> tuple[Any, str]:
    """The control's value and, for a reference, its words."""
    if posted is not None:
        if field.kind == "checkboxes":
            return posted.getlist(field.name), ""
        # No database finds a letter 0, and no page can hold it.
        value = posted.get(field.name, "").replace("\x00", "")
        target = field.ref.get(value) if field.ref and value else None
        return (value, field.ref.title(target)) if field.ref and target is not None else (value, "")
    found = (
        field.value(row)
        if row is not None
        else (values or {}).get(field.name, field.initial() if callable(field.initial) else field.initial)
    )
    title = ""
    if field.ref is not None and found not in {None, ""}:
        target = field.ref.get(found) if isinstance(found, str) else found
        title = field.ref.title(target) if target is not None else ""
    return form_value(field, found), title


def conflict(
    register: Register, row: Any, posted: QueryDict | None, refused: Refused | None
) -> dict[str, Any] | None:
    """Both values of each field that now differs from what was sent; `typed` is False for a verb, which sends none."""
    if not isinstance(refused, Changed):
        return None
    differing = []
    for field in register.fields_for(row):
        if posted is None or field.fixed:
            continue
        now = form_value(field, field.value(row))
        mine: Any = posted.getlist(field.name) if field.kind == "checkboxes" else posted.get(field.name, "")
        mine = bool(mine) if field.kind == "checkbox" else mine
        if mine != now:
            differing.append(
                {
                    "label": field.label,
                    "mine": words(field, mine),
                    "theirs": words(field, plain(field, field.value(row))),
                }
            )
    return {"note": refused.note, "fields": differing, "typed": posted is not None}


def history(desk: "Desk", register: Register, row: Any, notes: Sequence[ChangeNote]) -> list[dict[str, Any]]:
    """Notes in words, each field with what it was and what it became."""
    known = {
        field.name: field
        for field in (*register.fields, *(register.fields_for(row) if row is not None else ()))
    }
    titles = {one.code: one.title for one in register.acts}
    return [
        {
            "at": note.at,
            "by": note.by,
            "title": note.title,
            "url": desk.url(register, note.row),
            "verb": VERBS[note.verb]() if note.verb in VERBS else titles.get(note.verb, note.verb),
            "fields": [
                _changed(known.get(name), name, note.before.get(name), note.after.get(name))
                for name in _in_order(known, note)
            ],
            "hidden": [known[name].label if name in known else name for name in note.hidden],
        }
        for note in notes
    ]


def _in_order(known: Mapping[str, Field], note: ChangeNote) -> list[str]:
    names = {*note.before, *note.after}
    return [name for name in known if name in names] + sorted(names - set(known))


def _changed(field: Field | None, name: str, before: Any, after: Any) -> dict[str, Any]:
    if field is None:
        return {
            "label": name,
            "before": "—" if before is None else str(before),
            "after": "—" if after is None else str(after),
        }
    return {"label": field.label, "before": _words(field, before), "after": _words(field, after)}


def _words(field: Field, value: Any) -> str:
    if field.ref is not None and value:
        target = field.ref.get(value)
        return remarked(field.ref.title(target), value) if target is not None else str(value)
    return words(field, value)


def refs(desk: "Desk") -> dict[str, Ref]:
    """References of all the desk's fields by code; rows with fields of their own use the same."""
    return {
        field.ref.code: field.ref
        for register in desk.registers.values()
        for field in register.fields
        if field.ref is not None
    }
