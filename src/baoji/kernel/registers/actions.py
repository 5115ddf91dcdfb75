"""The four ways in which a register changes: add, change, remove, and a verb of its own. Each all or nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.http import QueryDict
from django.utils.translation import gettext as _

from baoji.kernel.audit import actions as audit
from baoji.kernel.audit.digest import row_digest
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused, Stale
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import Caller
from baoji.kernel.registers.declare import Draft, Field, Register, RowAct
from baoji.kernel.registers.models import ChangeNote
from baoji.kernel.registers.values import changes, digest, plain_row, read

Values = Mapping[str, Any]


class Changed(Stale):
    """Somebody was quicker; `current` is what is there now, `note` who changed it last."""

    def __init__(self, current: Any, note: ChangeNote | None) -> None:
        super().__init__(_("没有保存：刚被别人改过"))
        self.current = current
        self.note = note


def must_keep(register: Register, by: Caller) -> None:
    """Raises NotAllowed unless they hold a post that keeps this register."""
    if not by.kinds() & register.posts:
        raise NotAllowed(_("这些资料由运行维护员维护"))


def must_be_open(register: Register) -> None:
    """Raises NotAllowed where rows come from elsewhere."""
    if not register.may_add:
        raise NotAllowed(_("这个表不能新增"))


def _begin(register: Register, by: Caller) -> None:
    """One change at a time, in all registers: what `check` reads of other rows stays so until this one is written, and nobody
    who holds a row waits for somebody who needs it."""
    must_keep(register, by)
    sql.value("SELECT pg_advisory_xact_lock(hashtext('registers'))")


@transaction.atomic
def add(register: Register, *, given: QueryDict, by: Caller, now: datetime) -> Draft:
    """A new row from a form. Raises Invalid with a sentence for each field that cannot be used."""
    _begin(register, by)
    must_be_open(register)
    row = register.model()
    _fill(row, register.fields, read(register.fields, given))
    draft = Draft(row, None, by, now)
    _write(register, draft)
    _note(register, draft, "added", {}, plain_row(register, row), register.fields)
    return draft


@transaction.atomic
def change(
    register: Register, row_id: int, *, given: QueryDict, seen: str, by: Caller, now: datetime
) -> Draft:
    """`seen` is the digest of the values the editor was shown. Raises Changed if they are no longer so."""
    _begin(register, by)
    row = locked(register, row_id, seen)
    before = plain_row(register, row)
    fields = tuple(field for field in register.fields_for(row) if not field.fixed)
    _fill(row, fields, read(fields, given))
    draft = Draft(row, before, by, now)
    after = plain_row(register, row)
    if after == before:
        return draft
    _write(register, draft)
    _note(register, draft, "changed", before, plain_row(register, row), register.fields_for(row))
    return draft


@transaction.atomic
def remove(register: Register, row_id: int, *, seen: str, by: Caller, now: datetime) -> None:
    """Raises Changed, and Refused (`in-use`) with the reason why this row stays."""
    _begin(register, by)
    row = locked(register, row_id, seen)
    why_not = register.removal(row) if register.removal else _("这个表的行不删除，只停用")
    if why_not:
        raise Refused(why_not, code="in-use")
    draft = Draft(row, plain_row(register, row), by, now)
    _note(register, draft, "removed", draft.before or {}, {}, register.fields_for(row))
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError as kept:
        raise Refused(_("没有删除：还有别的资料在用它"), code="in-use") from kept


@transaction.atomic
def act(register: Register, row_id: int, name: str, *, seen: str, by: Caller, now: datetime) -> Draft:
    """A verb of the register. What it leaves in `shown_once` is for the one answer."""
    _begin(register, by)
    verb = _verb(register, name)
    row = locked(register, row_id, seen, verb.beside)
    if not verb.offered(row):
        raise Refused(_("现在不能这样做"), code="wrong-stage")
    before = plain_row(register, row)
    draft = Draft(row, before, by, now)
    verb.run(draft)
    _note(register, draft, name, before, plain_row(register, row), register.fields_for(row))
    return draft


def _verb(register: Register, name: str) -> RowAct:
    found = next((verb for verb in register.acts if verb.code == name), None)
    if found is None:
        raise NotThere(_("没有这个动作：%(act)s") % {"act": name})
    return found


def locked(register: Register, row_id: int, seen: str, beside: Callable[[Any], str] = lambda row: "") -> Any:
    """The row, locked until the transaction ends. Raises NotThere, Changed."""
    row = (
        register.scope(register.model._default_manager.select_for_update(of=("self",)))
        .filter(pk=row_id)
        .first()
    )
    if row is None:
        raise NotThere(_("没有这一行，可能已被删除"))
    if seen != digest(register, row, beside(row)):
        raise Changed(row, last_note(register, row_id))
    return row


def last_note(register: Register, row_id: int) -> ChangeNote | None:
    """Who changed the row last, if it was changed here at all."""
    return (
        ChangeNote.objects.filter(register=register.code, row=row_id)
        .select_related("by")
        .order_by("-id")
        .first()
    )


def _fill(row: Any, fields: tuple[Field, ...], values: Values) -> None:
    for field in fields:
        if field.name in values:
            field.set(row, values[field.name])


def _write(register: Register, draft: Draft) -> None:
    register.check(draft)
    try:
        draft.row.validate_unique()
        draft.row.validate_constraints()
        with transaction.atomic():
            register.save(draft)
    except ValidationError as wrong:
        raise Invalid(_("没有保存：有内容需要改正"), errors=_errors(register, wrong)) from wrong
    except IntegrityError as twin:
        raise Invalid(_("没有保存：已经有一样的，或与其他资料冲突")) from twin


def _errors(register: Register, wrong: ValidationError) -> dict[str, list[str]]:
    """Sentences for fields of the form; what belongs to none of them goes to the first."""
    names = {field.name for field in register.fields}
    first = register.fields[0].name
    found: dict[str, list[str]] = {}
    for name, lines in (wrong.message_dict if hasattr(wrong, "error_dict") else {"": wrong.messages}).items():
        twin = _("已经有一样的一行") if name not in names else None
        found.setdefault(name if name in names else first, []).extend([twin] if twin else lines)
    return found


def _note(
    register: Register, draft: Draft, verb: str, before: Values, after: Values, fields: tuple[Field, ...]
) -> None:
    """The journal, the readable note and the topics. Call it while the row still has its id."""
    salt, changed = token_hex(16), changes(fields, before, after)
    said: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    kept: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    hidden = [field.name for field, _old, _new in changed if field.personal]
    for field, old, new in changed:
        for side, value in (("before", old), ("after", new)):
            if field.personal:
                said[side][field.name] = row_digest(salt, [value]) if value else ""
            else:
                said[side][field.name] = kept[side][field.name] = value
    ChangeNote.objects.create(
        register=register.code,
        row=draft.row.pk,
        title=register.key(draft.row)[:160],
        verb=verb,
        at=draft.now,
        by_id=draft.by.id,
        salt=salt,
        hidden=hidden,
        **kept,
    )
    audit.record(
        register.subject, draft.row.pk, verb, {"register": register.code, **said}, draft.by.id, draft.now
    )
    for topic in register.topics:
        bump(topic)
