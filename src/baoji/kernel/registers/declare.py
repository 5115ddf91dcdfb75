"""How a system declares a table that its people keep: plain data with a few functions, read by actions and pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from baoji.kernel.identity.callers import Caller

Text = str | Promise
Choices = Callable[[], Sequence[tuple[str, Any]]]


@dataclass(frozen=True)
class Ref:
    """A foreign key by the text that people know it by; `search` gives (value, title, note) for words."""

    code: str
    key: Callable[[Any], str]
    title: Callable[[Any], str]
    get: Callable[[str], Any]
    search: Callable[[str], Sequence[tuple[str, str, str]]]


@dataclass(frozen=True)
class Field:
    """Kinds: text, textarea, tel, email, number, decimal, date, time, datetime, select, checkbox, checkboxes, ref, json,
    and `parsed` with its own `parse` and `form`. `cell` gives the words of the list's column from the row, where they are not
    the value's own: a name in the reader's language."""

    name: str
    label: Text
    kind: str = "text"
    required: bool = True
    hint: Text = ""
    choices: Choices | None = None
    ref: Ref | None = None
    longest: int = 0
    least: Any = None
    most: Any = None
    personal: bool = False
    fixed: bool = False
    column: bool = False
    initial: Any = ""
    get: Callable[[Any], Any] | None = None
    put: Callable[[Any, Any], None] | None = None
    parse: Callable[[str], Any] | None = None
    form: Callable[[Any], str] | None = None
    cell: Callable[[Any], str] | None = None

    def value(self, row: Any) -> Any:
        return self.get(row) if self.get else getattr(row, self.name)

    def set(self, row: Any, value: Any) -> None:
        if self.put:
            self.put(row, value)
        else:
            setattr(row, self.name, value)


@dataclass
class Draft:
    """A row about to be written: `before` holds its plain values, None for a new one."""

    row: Any
    before: Mapping[str, Any] | None
    by: Caller
    now: datetime
    shown_once: str = ""  # a secret that the answer shows and nobody keeps

    @property
    def is_new(self) -> bool:
        return self.before is None


@dataclass(frozen=True)
class RowAct:
    """A verb on one row. `run` does it and leaves what is to be shown once in the draft; `offered` says whether it makes sense;
    `beside` is what it changes and no field shows, so that the second of two who press it at once is refused."""

    code: str
    title: Text
    confirm: Text
    run: Callable[[Draft], None]
    offered: Callable[[Any], bool] = lambda row: True
    beside: Callable[[Any], str] = lambda row: ""
    danger: bool = False


Narrow = Callable[[QuerySet[Any], str], QuerySet[Any]]


def by(lookup: str, cast: Callable[[str], Any] = str) -> Narrow:
    """Narrows by a lookup of the model; a value that `cast` refuses finds nothing."""

    def narrow(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        try:
            return rows.filter(**{lookup: cast(value)})
        except (ValueError, ValidationError):
            return rows.none()

    return narrow


@dataclass(frozen=True)
class Filter:
    """A narrowing of the list by one choice."""

    name: str
    label: Text
    narrow: Narrow
    choices: Choices


def _nothing(draft: Draft) -> None:
    return None


def _save(draft: Draft) -> None:
    draft.row.save()


@dataclass(frozen=True)
class Register:
    """`subject` names the rows in the journal (20 letters at most); `key` names one row without personal data;
    `order` is a column that is never null and pages the list, ties broken by id; `links` leads from a row to lists of
    other registers: (title, register, filter, value); `ask` is answered before a new row's form is shown, and `propose`
    fills that form from it; `removal` says why a row stays, '' if it may go, and without it none ever goes."""

    code: str
    title: Text
    model: type[Model]
    fields: tuple[Field, ...]
    subject: str
    topics: tuple[str, ...]
    key: Callable[[Any], str]
    group: Text = ""
    icon: str = "table"
    about: Text = ""
    label: Callable[[Any], str] | None = None
    order: str = "id"
    descending: bool = False
    search: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    related: tuple[str, ...] = ()
    scope: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows
    fields_of: Callable[[Any], tuple[Field, ...]] | None = None
    may_add: bool = True
    add_title: Text = ""
    check: Callable[[Draft], None] = _nothing
    save: Callable[[Draft], None] = _save
    removal: Callable[[Any], str] | None = None
    ask: Filter | None = None
    propose: Callable[[Mapping[str, str]], Mapping[str, Any]] | None = None
    notes: Callable[[], Sequence[Text]] | None = None
    acts: tuple[RowAct, ...] = ()
    links: Callable[[Any], Sequence[tuple[Text, str, str, str]]] | None = None
    depth: Callable[[Any], int] | None = None
    posts: frozenset[str] = field(default_factory=lambda: frozenset({"operator"}))

    def fields_for(self, row: Any) -> tuple[Field, ...]:
        return self.fields_of(row) if self.fields_of and row is not None and row.pk else self.fields

    def label_of(self, row: Any) -> str:
        return self.label(row) if self.label else self.key(row)

    def rows(self) -> QuerySet[Any]:
        return self.scope(
            self.model._default_manager.select_related(*self.related)
            if self.related
            else self.model._default_manager.all()
        )
