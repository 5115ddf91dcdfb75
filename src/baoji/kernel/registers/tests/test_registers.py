"""The room by itself, with a register declared here: reading values, pages by key, two editors, verbs, what the journal keeps."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict

from baoji.kernel.audit.models import Entry
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.base.snapshot import versions
from baoji.kernel.identity.callers import Caller, Hold
from baoji.kernel.identity.models import Person
from baoji.kernel.registers import actions, queries
from baoji.kernel.registers.declare import Draft, Field, Register, RowAct
from baoji.kernel.registers.models import ChangeNote
from baoji.kernel.registers.values import digest, form_value, plain, read, words
from baoji.kernel.worktime.models import OfficeHours

NOW = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
CODE = Field("code", "代码", longest=40, fixed=True)
NAME = Field("name", "姓名", longest=5, personal=True)
SOURCE = Field("source", "依据", required=False, longest=60)


def _shout(draft: Draft) -> None:
    draft.row.source = "shouted"
    draft.row.save()
    draft.shown_once = "a secret"


PEOPLE = Register(
    code="test-people",
    title="人",
    model=Person,
    fields=(CODE, NAME, SOURCE),
    subject="test.person",
    topics=("test-people",),
    key=lambda row: row.code,
    order="code",
    search=("code",),
    scope=lambda rows: rows.filter(code__startswith="test."),
    acts=(RowAct("shout", "喊", "真喊", _shout, offered=lambda row: row.source != "shouted"),),
    removal=lambda row: "还在用" if row.source == "used" else "",
)


def given(**values: Any) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, value in values.items():
        made.setlist(name, value if isinstance(value, list) else [value])
    return made


@pytest.fixture
def keeper(db: None) -> Caller:
    person = Person.objects.get(code="operator.1")
    return Caller(person.pk, person.code, person.name, (Hold("operator", "", "", 1, 1, (1,)),))


def add(keeper: Caller, code: str, **more: str) -> Person:
    return actions.add(PEOPLE, given=given(code=code, name="张三", **more), by=keeper, now=NOW).row


READ = [
    (Field("x", "x", "number"), "7", 7),
    (Field("x", "x", "number"), "-7", -7),
    (Field("x", "x", "decimal"), "2.50", Decimal("2.50")),
    (Field("x", "x", "date"), "2026-02-28", datetime(2026, 2, 28).date()),
    (Field("x", "x", required=False), "  ", ""),
    (Field("x", "x", "date", required=False), "", None),
    (Field("x", "x", "json"), '{"a": [1]}', {"a": [1]}),
    (Field("x", "x", "select", choices=lambda: [("a", "甲")]), "a", "a"),
    (Field("x", "x", "email"), "a@example.cn", "a@example.cn"),
    (
        Field("x", "x", "checkboxes", choices=lambda: [("1", "一"), ("2", "二")], parse=int),
        ["2", "1"],
        [1, 2],
    ),
    (Field("x", "x", "checkbox"), "on", True),
]
UNREADABLE = [
    (Field("x", "x", "number"), "7.5"),
    (Field("x", "x", "number"), "--7"),
    (Field("x", "x", "number"), "²"),
    (Field("x", "x", "number", most=6), "7"),
    (Field("x", "x", "number"), "9" * 30),
    (Field("x", "x", "decimal"), "Infinity"),
    (Field("x", "x", "date"), "2026-02-31"),
    (Field("x", "x", "date"), "soon"),
    (Field("x", "x"), ""),
    (Field("x", "x"), "a\x00"),
    (Field("x", "x", longest=2), "三个字"),
    (Field("x", "x", "json"), "{"),
    (Field("x", "x", "select", choices=lambda: [("a", "甲")]), "b"),
    (Field("x", "x", "email"), "nobody"),
    (Field("x", "x", "checkboxes", choices=lambda: [("1", "一")]), ["3"]),
    (Field("x", "x", "checkboxes", choices=lambda: [("1", "一")]), []),
]


@pytest.mark.parametrize(("field", "sent", "value"), READ)
def test_values_are_read_and_shown_again(field: Field, sent: Any, value: Any) -> None:
    assert read((field,), given(x=sent))["x"] == value
    assert words(field, plain(field, value)) != ""
    form_value(field, value)


@pytest.mark.parametrize(
    ("kind", "kept", "read_as"),
    [("datetime", "2026-11-28T00:21+08:00", "2026-11-28 00:21"), ("time", "08:00:00", "08:00")],
)
def test_times_are_shown_as_people_write_them(kind: str, kept: str, read_as: str) -> None:
    assert words(Field("x", "x", kind), kept) == read_as


@pytest.mark.parametrize(("field", "sent"), UNREADABLE)
def test_what_cannot_be_read_is_said_for_its_field(field: Field, sent: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read((field,), given(x=sent))
    assert refused.value.errors["x"]


def test_a_change_is_journalled_noted_and_bumps_its_topic(keeper: Caller) -> None:
    row = add(keeper, "test.1")
    before = versions("test-people")
    actions.change(
        PEOPLE, row.pk, given=given(name="李四", source="令"), seen=digest(PEOPLE, row), by=keeper, now=NOW
    )
    assert versions("test-people") != before
    note = ChangeNote.objects.filter(register="test-people").latest("id")
    assert (note.before, note.after, note.hidden) == ({"source": ""}, {"source": "令"}, ["name"])
    added, changed = Entry.objects.filter(subject="test.person", subject_id=row.pk).order_by("n")
    assert (added.verb, changed.verb) == ("added", "changed")
    assert "张三" not in added.payload + changed.payload
    assert "李四" not in changed.payload


def test_the_second_editor_is_told_who_was_first(keeper: Caller) -> None:
    row = add(keeper, "test.1")
    seen = digest(PEOPLE, row)
    actions.change(PEOPLE, row.pk, given=given(name="李四"), seen=seen, by=keeper, now=NOW)
    for again in (
        lambda: actions.change(PEOPLE, row.pk, given=given(name="王五"), seen=seen, by=keeper, now=NOW),
        lambda: actions.remove(PEOPLE, row.pk, seen=seen, by=keeper, now=NOW),
        lambda: actions.act(PEOPLE, row.pk, "shout", seen=seen, by=keeper, now=NOW),
    ):
        with pytest.raises(actions.Changed) as refused:
            again()
        assert refused.value.note is not None
        assert refused.value.note.by == Person.objects.get(pk=keeper.id)
        assert refused.value.current.name == "李四"


def test_what_is_fixed_stays(keeper: Caller) -> None:
    row = add(keeper, "test.1")
    actions.change(
        PEOPLE, row.pk, given=given(code="test.9", name="李四"), seen=digest(PEOPLE, row), by=keeper, now=NOW
    )
    row.refresh_from_db()
    assert row.code == "test.1"
    with pytest.raises(Invalid) as twin:
        add(keeper, "test.1")
    assert "code" in twin.value.errors


def test_a_verb_is_offered_or_refused(keeper: Caller) -> None:
    row = add(keeper, "test.1")
    assert (
        actions.act(PEOPLE, row.pk, "shout", seen=digest(PEOPLE, row), by=keeper, now=NOW).shown_once
        == "a secret"
    )
    row.refresh_from_db()
    with pytest.raises(Refused):
        actions.act(PEOPLE, row.pk, "shout", seen=digest(PEOPLE, row), by=keeper, now=NOW)
    with pytest.raises(NotThere):
        actions.act(PEOPLE, row.pk, "whisper", seen=digest(PEOPLE, row), by=keeper, now=NOW)
    assert "a secret" not in "".join(
        Entry.objects.filter(subject="test.person").values_list("payload", flat=True)
    )


def test_removal_needs_leave_and_leaves_a_note(keeper: Caller) -> None:
    hours = replace(
        PEOPLE, model=OfficeHours, fields=(NAME, SOURCE), key=lambda row: row.name, scope=lambda rows: rows
    )
    used, free = (
        OfficeHours.objects.create(
            valid_from=f"209{n}-01-01", spans=[["08:00", "12:00"]], name="张三", source=source
        )
        for n, source in enumerate(("used", "free"))
    )
    with pytest.raises(Refused) as refused:
        actions.remove(hours, used.pk, seen=digest(hours, used), by=keeper, now=NOW)
    assert refused.value.message == "还在用"
    actions.remove(hours, free.pk, seen=digest(hours, free), by=keeper, now=NOW)
    assert not OfficeHours.objects.filter(pk=free.pk).exists()
    note = ChangeNote.objects.latest("id")
    assert (note.verb, note.before, note.hidden) == ("removed", {"source": "free"}, ["name"])
    with pytest.raises(Refused):
        actions.remove(replace(hours, removal=None), used.pk, seen=digest(hours, used), by=keeper, now=NOW)


def test_rows_outside_the_scope_and_people_without_the_post(keeper: Caller) -> None:
    other = Person.objects.get(code="operator.1")
    with pytest.raises(NotThere):
        actions.change(PEOPLE, other.pk, given=given(name="李四"), seen="", by=keeper, now=NOW)
    guest = replace(keeper, holds=())
    with pytest.raises(NotAllowed):
        actions.add(PEOPLE, given=given(code="test.1", name="张三"), by=guest, now=NOW)
    with pytest.raises(NotAllowed):
        actions.add(
            replace(PEOPLE, may_add=False), given=given(code="test.1", name="张三"), by=keeper, now=NOW
        )


@pytest.mark.parametrize("descending", [False, True])
def test_pages_by_key_lead_through_all_rows_and_back(
    keeper: Caller, monkeypatch: pytest.MonkeyPatch, descending: bool
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    register = replace(PEOPLE, descending=descending)
    codes = [add(keeper, f"test.{n}").code for n in range(5)]
    pages, after = [], ""
    while True:
        found = queries.page(register, after=after)
        pages.append([row.code for row in found.rows])
        if not found.next:
            break
        after = found.next
    assert [code for page in pages for code in page] == sorted(codes, reverse=descending)
    assert [len(page) for page in pages] == [2, 2, 1]
    back = queries.page(register, before=found.previous or "")
    assert [row.code for row in back.rows] == pages[1]
    first = queries.page(register, before=back.previous or "")
    assert [row.code for row in first.rows] == pages[0]
    assert first.previous is None
    assert [row.code for row in queries.page(register, words="test.3").rows] == ["test.3"]
