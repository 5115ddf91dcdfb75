"""The operator's desk: what is kept in pages, in force at once, with history; and who may not."""

import json
import re
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.town import NOW, desk, report, retire, walk, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed
from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import StageLimit
from baoji.kernel.identity.callers import caller_by_token
from baoji.kernel.identity.models import Holding, Person, Token
from baoji.kernel.notices.models import Notice
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.registers import actions
from baoji.kernel.registers.declare import Draft
from baoji.kernel.registers.models import ChangeNote
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.actions.tables import REGISTERS
from baoji.systems.urban.actions.tables_calendar import unknown_years
from baoji.systems.urban.models import (
    CaseClass,
    Condition,
    CrossWalk,
    Duty,
    Edition,
    Policy,
    ResponsibilityGrid,
)
from baoji.systems.urban.queries.book import book, limits, photos, policies, rates
from baoji.systems.urban.queries.proposals import body_from, collectors

pytestmark = pytest.mark.django_db
BY_CODE = {register.code: register for register in REGISTERS}
WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"


def text(response) -> str:
    return response.content.decode()


def act_in(page: str, code: str) -> dict[str, str]:
    """What a browser would send from the button of a verb."""
    form = page[page.index(f'id="act-{code}"') :]
    return dict(re.findall(r'name="(seen)" value="([^"]*)"', form[: form.index("</form>")]))


def act_of(client: Client, url: str, code: str) -> dict[str, str]:
    return act_in(text(client.get(url)), code)


def form_of(client: Client, url: str) -> dict:
    """What a browser would send from the row's form as it stands."""
    response = client.get(url)
    assert response.status_code == 200
    page = text(response)
    form = page[page.index('id="row-form"') :]
    form = form[: form.index("</form>")]
    given: dict = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attrs.get("type") in {"checkbox", "radio"}:
            if re.search(r"\bchecked\b", tag):
                given.setdefault(attrs["name"], []).append(attrs.get("value", "on"))
        elif "name" in attrs:
            given[attrs["name"]] = attrs.get("value", "")
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        given[name] = inner.strip()
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', inner)
        given[name] = chosen[1] if chosen else ""
    return given


def save(client: Client, url: str, **changed):
    return client.post(url, form_of(client, url) | changed)


def condition() -> Condition:
    return Condition.objects.get(kind="component", class_code="0102", n=3)


@pytest.mark.parametrize("code", [register.code for register in REGISTERS])
def test_every_register_lists_its_rows_and_opens_one(code: str) -> None:
    client = desk("operator.1")
    response = client.get(f"/operator/{code}/")
    assert response.status_code == 200
    row = BY_CODE[code].rows().first()
    if row is not None:
        assert client.get(f"/operator/{code}/{row.pk}").status_code == 200
        assert client.get(f"/operator/{code}/{row.pk}/history").status_code == 200
    assert client.get(f"/operator/{code}/add").status_code == (200 if BY_CODE[code].may_add else 403)


@pytest.mark.parametrize(
    ("language", "body", "delete"),
    [
        ("en", "Municipal Works Office", "Delete this row 检查?"),
        ("zh-hans", "市政工程管理处", "删除这一行 检查？"),
    ],
)
def test_lists_filters_and_dialogs_are_in_the_readers_language(language: str, body: str, delete: str) -> None:
    office = Organisation.objects.get(code="D29")
    Organisation.objects.filter(pk=office.pk).update(name="市政工程管理处", name_en="Municipal Works Office")
    organisations.forget()
    client = desk("operator.1")
    client.cookies["django_language"] = language
    listed = text(client.get("/operator/organisations/"))
    options = dict(re.findall(r'<option value="(\d+)"[^>]*>([^<]*)</option>', listed))
    assert options[str(office.pk)].strip() == body
    assert f"D29 {body}" in text(client.get(f"/operator/organisations/{office.pk}"))
    register = BY_CODE["milestones"]
    row = register.rows().first()
    page = text(client.get(f"/operator/milestones/{row.pk}"))
    heading = re.search(r'<h2 id="confirm-remove-title">([^<]*)</h2>', page)
    assert heading and heading[1] == delete.replace("检查", register.label_of(row))


@pytest.mark.parametrize(
    "person", ["chief.1", "head.1", "mayor.1", "dispatcher.1", "handler.D29", "collector.01"]
)
def test_other_posts_are_refused(person: str) -> None:
    client = desk(person)
    assert client.get("/operator/").status_code == 403
    assert client.get("/operator/people/").status_code == 403
    assert client.post(f"/operator/conditions/{condition().pk}", {"limit_value": "9"}).status_code == 403
    with pytest.raises(NotAllowed):
        actions.act(BY_CODE["people"], who("chief.1").id, "password-reset", seen="", by=who(person), now=NOW)
    assert Client().get("/operator/").status_code == 302


def test_an_edit_is_in_force_journalled_and_readable() -> None:
    client, row = desk("operator.1"), condition()
    url = f"/operator/conditions/{row.pk}"
    assert save(client, url, limit_value="3").status_code == 302
    changed = book().condition("component", "0102", 3)
    assert changed is not None
    assert changed.limit_value == 3
    note = ChangeNote.objects.get(register="conditions", row=row.pk)
    assert (note.before, note.after, note.by.code) == (
        {"limit_value": "2"},
        {"limit_value": "3"},
        "operator.1",
    )
    entry = Entry.objects.get(subject="urban.condition", subject_id=row.pk)
    assert json.loads(entry.payload)["facts"]["before"] == {"limit_value": "2"}
    assert entry.actor_id == who("operator.1").id
    history = text(client.get(f"{url}/history"))
    assert "处置时限" in history
    assert note.by.name in history
    page = text(client.get(url))
    assert "本市修改" in page
    assert row.source in page, "the source it came with stays"
    assert Condition.objects.get(pk=row.pk).source == row.source


def test_saving_without_a_change_writes_nothing() -> None:
    client, row = desk("operator.1"), condition()
    assert save(client, f"/operator/conditions/{row.pk}").status_code == 302
    assert not ChangeNote.objects.exists()


def test_the_second_of_two_operators_gets_both_values() -> None:
    first, second, url = desk("operator.1"), desk("operator.2"), f"/operator/conditions/{condition().pk}"
    mine, theirs = form_of(first, url), form_of(second, url)
    assert first.post(url, mine | {"limit_value": "3"}).status_code == 302
    refused = second.post(url, theirs | {"limit_value": "4"})
    assert refused.status_code == 412
    page = text(refused)
    assert "刚被别人改过" in page
    assert Person.objects.get(code="operator.1").name in page
    assert re.search(r"处置时限</th><td>4</td><td>3</td>", page)
    assert Condition.objects.get(pk=condition().pk).limit_value == 3
    assert save(second, url, limit_value="4").status_code == 302, "having seen it they may insist"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"limit_value": ""}, "请填写"),
        ({"limit_value": "zwei"}, "请填数字"),
        ({"limit_value": "0"}, "不能小于"),
        ({"limit_value": "nan"}, "请填数字"),
        ({"limit_unit": "fortnight"}, "请从名单里选"),
        ({"text": "长" * 201}, "最多 200 个字"),
        ({"text": "a\x00b"}, "不能保存的字符"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept_in_the_form(changed: dict, sentence: str) -> None:
    client, url = desk("operator.1"), f"/operator/conditions/{condition().pk}"
    refused = save(client, url, **changed)
    assert refused.status_code == 422
    assert sentence in text(refused)
    assert not ChangeNote.objects.exists()


@pytest.mark.parametrize(
    ("code", "given", "name"),
    [
        ("delegations", {"starts_at": "0001-01-01T00:00", "ends_at": "2026-12-31T23:59"}, "starts_at"),
        ("delegations", {"starts_at": "2026-01-01T00:00", "ends_at": "9999-12-31T23:59-10:00"}, "ends_at"),
        ("holdings", {"person": "chief.1", "since": "0002-01-01"}, "since"),
        ("days", {"day": "9999-12-31", "kind": "holiday", "name": "x", "source": "x"}, "day"),
    ],
)
def test_a_day_that_no_page_could_show_is_refused(code: str, given: dict, name: str) -> None:
    """Half a year typed into a browser's field is the year 2; and what the database keeps of the year 1 nothing reads back."""
    client = desk("operator.1")
    usual = {"principal": "chief.1", "deputy": "acceptor.1", "post": f"chief@{_org_of('chief')}"}
    refused = client.post(f"/operator/{code}/add", usual | given)
    assert refused.status_code == 422 and "请填日期" in text(refused)
    assert client.get(f"/operator/{code}/").status_code == 200


@pytest.mark.parametrize(
    ("code", "given", "sentence"),
    [
        ("shifts", {"valid_from": "2026-03-02", "valid_to": "2026-03-01"}, "失效日在起日之前"),
        ("holdings", {"since": "2026-03-02", "until": "2026-03-01"}, "止日在起日之前"),
        ("organisations", {"valid_from": "2026-03-02", "valid_to": "2026-03-01"}, "停用日在启用日之前"),
    ],
)
def test_a_span_that_ends_before_it_begins_is_refused_by_the_names_of_its_days(
    code: str, given: dict, sentence: str
) -> None:
    rows = BY_CODE[code].rows()
    row = rows.filter(children__isnull=True).first() if code == "organisations" else rows.first()
    refused = save(desk("operator.1"), f"/operator/{code}/{row.pk}", **given)
    assert refused.status_code == 422 and sentence in text(refused)


def test_an_operator_neither_ends_their_own_post_nor_puts_it_off() -> None:
    own = Holding.objects.get(person__code="operator.1", post__kind="operator")
    for given in ({"until": "2020-01-01"}, {"since": "2199-01-01"}):
        refused = save(desk("operator.1"), f"/operator/holdings/{own.pk}", **given)
        assert refused.status_code == 422 and "不能免去自己的维护岗位" in text(refused)
    assert desk("operator.1").get("/operator/").status_code == 200


REFS = [
    (register.code, field.name, field.fixed)
    for register in REGISTERS
    for field in register.fields
    if field.ref is not None
]


@pytest.mark.parametrize(("code", "name", "is_fixed"), REFS)
def test_a_reference_that_no_database_can_look_up_is_refused_at_its_field(
    code: str, name: str, is_fixed: bool
) -> None:
    client, register = desk("operator.1"), BY_CODE[code]
    row = register.rows().first()
    addresses = [f"/operator/{code}/add"] if register.may_add else []
    addresses += [f"/operator/{code}/{row.pk}"] if row is not None and not is_fixed else []
    assert addresses
    for address in addresses:
        for value in ("\x00", "D3\x002"):
            known = {} if address.endswith("/add") else form_of(client, address)
            refused = client.post(address, known | {name: value})
            assert refused.status_code == 422, address
            assert "不能保存的字符" in text(refused)
            assert "\x00" not in text(refused)


def test_json_with_a_letter_that_no_database_holds_is_refused() -> None:
    made = Policy.objects.create(name="made.here", value={"a": 1})
    client, url = desk("operator.1"), f"/operator/policies/{made.pk}"
    for written in ('{"a": "\\u0000"}', '{"\\u0000": 1}'):
        refused = save(client, url, value=written)
        assert refused.status_code == 422
        assert "不能保存的字符" in text(refused)


def test_personal_values_enter_journal_and_notes_as_hashes_only() -> None:
    client, person = desk("operator.1"), Person.objects.get(code="chief.1")
    url = f"/operator/people/{person.pk}"
    assert save(client, url, phone="13992700001", email="chief@example.cn", name="唐亚华").status_code == 302
    person.refresh_from_db()
    assert (person.phone, person.email, person.name) == ("13992700001", "chief@example.cn", "唐亚华")
    note = ChangeNote.objects.get(register="people")
    payload = Entry.objects.filter(subject="identity.person", subject_id=person.pk).latest("n").payload
    for value in ("13992700001", "chief@example.cn", "唐亚华"):
        assert value not in payload
        assert value not in str(note.before) + str(note.after) + note.title
    assert set(note.hidden) == {"name", "phone", "email"}
    assert "个人信息有改动" in text(client.get(f"{url}/history"))


def test_a_new_person_gets_a_password_once_and_must_change_it() -> None:
    client = desk("operator.1")
    made = client.post("/operator/people/add", {"code": "dispatcher.3", "name": "新人", "is_active": "1"})
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    password = re.search(r"user-select: all\">([^<]+)<", text(made))
    assert password is not None
    person = Person.objects.get(code="dispatcher.3")
    assert person.check_password(password[1])
    assert person.must_change_password
    assert (
        password[1]
        not in Entry.objects.filter(subject="identity.person", subject_id=person.pk).latest("n").payload
    )
    newcomer = Client()
    newcomer.force_login(person)
    assert newcomer.get("/work/")["Location"] == "/password/"
    again = client.post("/operator/people/add", {"code": "dispatcher.3", "name": "又一个", "is_active": "1"})
    assert again.status_code == 422, "a code is nobody else's"


def test_resetting_a_password_ends_the_old_one() -> None:
    client, person = desk("operator.1"), Person.objects.get(code="chief.1")
    person.set_password("an old password 1")
    person.failed_sign_ins = 5
    person.save()
    url = f"/operator/people/{person.pk}"
    answer = client.post(f"{url}/do/password-reset", act_of(client, url, "password-reset"))
    fresh = re.search(r"user-select: all\">([^<]+)<", text(answer))
    person.refresh_from_db()
    assert fresh is not None
    assert person.check_password(fresh[1])
    assert not person.check_password("an old password 1")
    assert (person.must_change_password, person.failed_sign_ins) == (True, 0)


def test_of_two_who_reset_one_password_the_second_is_shown_none() -> None:
    first, second, person = desk("operator.1"), desk("operator.1"), Person.objects.get(code="chief.1")
    url = f"/operator/people/{person.pk}"
    seen = [act_of(client, url, "password-reset") for client in (first, second)]
    shown, refused = (
        client.post(f"{url}/do/password-reset", given)
        for client, given in zip((first, second), seen, strict=True)
    )
    fresh = re.search(r"user-select: all\">([^<]+)<", text(shown))
    assert fresh is not None
    assert refused.status_code == 412
    assert "没有办：您打开这一页以后，别人已经改过或办过" in text(refused)
    assert "user-select" not in text(refused)
    person.refresh_from_db()
    assert person.check_password(fresh[1])
    resets = Entry.objects.filter(subject="identity.person", subject_id=person.pk, verb="password-reset")
    assert resets.count() == 1
    again = second.post(f"{url}/do/password-reset", act_in(text(refused), "password-reset"))
    assert again.status_code == 200, "who looks and means it may"
    assert save(first, url, phone="13992700001").status_code == 302, "a form of fields minds fields alone"


def test_a_person_put_out_of_use_cannot_call_and_not_oneself() -> None:
    client, person = desk("operator.1"), Person.objects.get(code="chief.2")
    form = form_of(client, f"/operator/people/{person.pk}")
    form.pop("is_active", None)
    assert client.post(f"/operator/people/{person.pk}", form).status_code == 302
    guest = Client()
    guest.force_login(person)
    assert guest.get("/work/").status_code == 302
    me = Person.objects.get(code="operator.1")
    mine = form_of(client, f"/operator/people/{me.pk}")
    mine.pop("is_active", None)
    refused = client.post(f"/operator/people/{me.pk}", mine)
    assert refused.status_code == 422
    assert "不能停用自己" in text(refused)


def test_a_token_is_shown_once_works_and_can_be_revoked() -> None:
    client, person = desk("operator.1"), Person.objects.get(code="collector.01")
    url = f"/operator/people/{person.pk}"
    made = client.post(f"{url}/do/token-created", {"seen": form_of(client, url)["seen"]})
    token = re.search(r"bj_[\w-]+", text(made))
    assert token is not None
    assert caller_by_token(token[0], timezone.now()).code == "collector.01"
    row = Token.objects.latest("id")
    seen = form_of(client, f"/operator/tokens/{row.pk}")["seen"]
    assert token[0] not in text(client.get(f"/operator/tokens/{row.pk}"))
    assert client.post(f"/operator/tokens/{row.pk}/do/revoked", {"seen": seen}).status_code == 302
    assert caller_by_token(token[0], timezone.now()) is None


def test_a_local_class_is_numbered_from_99_downward_and_never_again() -> None:
    client = desk("operator.1")
    taken = set(
        CaseClass.objects.filter(kind="component", code__startswith="01").values_list("code", flat=True)
    )
    expected = next(f"01{n:02d}" for n in range(99, 0, -1) if f"01{n:02d}" not in taken)
    form = form_of(client, "/operator/classes/add?major=component-01")
    assert (form["code"], form["edition"], form["kind"]) == (expected, "local", "component")
    assert client.post("/operator/classes/add", form | {"name": "智能垃圾柜"}).status_code == 302
    assert book().classes["component", expected].name == "智能垃圾柜"
    assert form_of(client, "/operator/classes/add?major=component-01")["code"] < expected
    again = client.post("/operator/classes/add", form | {"name": "另一个"})
    assert again.status_code == 422
    assert "不重复使用" in text(again)
    row = CaseClass.objects.get(edition__code="local", kind="component", code=expected)
    gone = client.post(
        f"/operator/classes/{row.pk}",
        {"seen": form_of(client, f"/operator/classes/{row.pk}")["seen"], "remove": "1"},
    )
    assert gone.status_code == 409, "a class is never removed: its code would be free"


def test_a_new_condition_takes_the_next_number_of_its_class() -> None:
    client = desk("operator.1")
    last = max(row.n for row in Condition.objects.filter(kind="component", class_code="0102"))
    given = {
        "class": "component-0102",
        "text": "井盖被占压",
        "limit_value": "1",
        "limit_unit": "work_day",
        "severity": "normal",
        "closing": "已腾退",
        "active": "1",
        "source": "本市制定",
    }
    assert client.post("/operator/conditions/add", given).status_code == 302
    assert book().condition("component", "0102", last + 1).text == "井盖被占压"


def test_two_bodies_never_answer_for_one_thing_at_one_time() -> None:
    client = desk("operator.1")
    duty = Duty.objects.filter(kind="component", class_code="0102").order_by("area").first()
    given = {
        "class": "component-0102",
        "area": duty.area,
        "organisation": "D38",
        "valid_from": "2026-01-01",
        "source": "本市制定",
        "basis": "",
        "valid_to": "",
    }
    refused = client.post("/operator/duties/add", given)
    assert refused.status_code == 422
    assert duty.organisation.name in text(refused)
    assert save(client, f"/operator/duties/{duty.pk}", valid_to="2025-12-31").status_code == 302
    assert client.post("/operator/duties/add", given).status_code == 302
    assert len(book().duties["component", "0102"]) >= 2


def test_a_duty_is_handed_on_without_a_day_between() -> None:
    client = desk("operator.1")
    duty = Duty.objects.filter(kind="component", class_code="0102").order_by("area").first()
    assert save(client, f"/operator/duties/{duty.pk}", valid_to="2026-01-01").status_code == 302
    given = {
        "class": "component-0102",
        "area": duty.area,
        "organisation": "D38",
        "valid_from": "2026-01-01",
        "source": "本市制定",
        "basis": "",
        "valid_to": "",
    }
    assert client.post("/operator/duties/add", given).status_code == 302
    for day, body in ((date(2025, 12, 31), duty.organisation.code), (date(2026, 1, 1), "D38")):
        found = body_from(None, duty.area, "component", "0102", day)
        assert found is not None and organisations().code(found.org_id) == body, day
        assert "责任清单" in found.reason


@pytest.mark.django_db(transaction=True)
def test_two_who_give_one_thing_to_two_bodies_at_once_do_so_one_after_the_other() -> None:
    register, keeper = BY_CODE["duties"], who("operator.1")
    Duty.objects.filter(kind="event", class_code="0110").delete()

    def give(body: str) -> None:
        given = QueryDict(f"class=event-0110&area=610300&organisation={body}&source=x")
        actions.add(register, given=given, by=keeper, now=NOW)

    def second() -> None:
        try:
            give("D29")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            give("D38")
            asked = pool.submit(second)
            until = time.monotonic() + 30
            while not (asked.done() or sql.value(WAITS)) and time.monotonic() < until:
                continue
        with pytest.raises(Invalid, match="只能有一个责任单位"):
            asked.result(30)
    assert Duty.objects.get(kind="event", class_code="0110").organisation.code == "D38"


def test_a_duty_outlives_no_body() -> None:
    """Typed as a code: the field proposes none that have ended."""
    retire("D38")
    ended = Organisation.objects.get(code="D38").valid_to
    given = {"class": "event-0110", "area": "610302", "organisation": "D38", "source": "本市制定"}
    client = desk("operator.1")
    refused = client.post("/operator/duties/add", given)
    assert refused.status_code == 422 and "起停用，请选接替的单位" in text(refused)
    assert not Duty.objects.filter(kind="event", class_code="0110", area="610302").exists()
    given |= {"valid_to": f"{ended}"}
    assert client.post("/operator/duties/add", given).status_code == 302, (
        "what was its duty while it was there"
    )


def test_two_who_move_at_once_make_no_ring() -> None:
    """What the second one was shown is older than what the first one did."""
    one, other = Organisation.objects.get(code="D29-C1"), Organisation.objects.get(code="D29-S1")
    seen = Organisation.objects.get(pk=other.pk)
    Organisation.objects.filter(pk=other.pk).update(parent=one, path=[*one.path, other.pk])
    one.parent = seen
    with pytest.raises(Invalid, match="自己的下级"):
        BY_CODE["organisations"].check(Draft(one, {}, who("operator.1"), NOW))


def test_an_organisation_moves_with_all_below_it() -> None:
    client = desk("operator.1")
    section = Organisation.objects.get(code="D29-C1")
    assert save(client, f"/operator/organisations/{section.pk}", parent="D38", body="D38").status_code == 302
    assert Organisation.objects.get(code="D38").pk in organisations().by_id[section.pk].path
    top = Organisation.objects.get(code="D38")
    circle = save(client, f"/operator/organisations/{top.pk}", parent="D29-C1")
    assert circle.status_code == 422
    assert "自己的下级" in text(circle)
    retired = save(client, f"/operator/organisations/{top.pk}", valid_to="2026-01-01")
    assert "先停用下级机构" in text(retired)
    assert save(client, f"/operator/organisations/{section.pk}", valid_to="2026-01-01").status_code == 302
    assert "D29-C1" not in organisations().by_code


def test_who_ends_a_body_has_the_dispatchers_told_what_it_still_holds() -> None:
    walk(report(), "handle/handling")
    walk(report(), "dispatch/filed")
    client, row, today = desk("operator.1"), Organisation.objects.get(code="D29"), timezone.localdate()
    Organisation.objects.filter(parent=row).update(valid_to=today)
    saved = save(client, f"/operator/organisations/{row.pk}", valid_to=today.isoformat())
    assert saved.status_code == 302
    told = Notice.objects.get(kind="ended")
    assert told.post == "dispatcher" and "还有 1 件案卷没有办结" in told.title
    listed = desk("dispatcher.1").get(told.link)
    assert listed.status_code == 200 and text(listed).count("污水井盖") >= 1


def test_a_holding_gives_the_post_and_its_end_takes_it() -> None:
    client = desk("operator.1")
    assert (
        client.post(
            "/operator/holdings/add", {"person": "hotline.1", "post": f"chief@{_org_of('chief')}"}
        ).status_code
        == 302
    )
    assert "chief" in who("hotline.1").kinds()
    held = Holding.objects.get(person__code="hotline.1", post__kind="chief")
    assert save(client, f"/operator/holdings/{held.pk}", until="2020-01-01").status_code == 302
    assert "chief" not in who("hotline.1").kinds()


def _org_of(kind: str) -> str:
    return Holding.objects.filter(post__kind=kind).first().post.organisation.code


def test_policies_have_typed_fields_and_are_in_force() -> None:
    client = desk("operator.1")
    policy = Policy.objects.get(name="limits")
    assert save(client, f"/operator/policies/{policy.pk}", returns_max="5").status_code == 302
    assert limits(policies())["returns_max"] == 5
    refused = save(client, f"/operator/policies/{policy.pk}", returns_max="0")
    assert "不能小于 1" in text(refused)
    photo = Policy.objects.get(name="photos")
    assert save(client, f"/operator/policies/{photo.pk}", **{"answer.*.min": "2"}).status_code == 302
    assert photos(policies(), "answer", "collector") == (2, 9)
    refused = save(client, f"/operator/policies/{photo.pk}", **{"answer.*.min": "10"})
    assert "不能多于最多" in text(refused)
    check = Policy.objects.get(name="check")
    assert (
        save(
            client,
            f"/operator/policies/{check.pk}",
            **{"waived.1.class": "event-0110", "waived.1.source": "citizen"},
        ).status_code
        == 302
    )
    assert policies()["check"]["waived"] == [{"kind": "event", "class": "0110", "source": "citizen"}]


def test_grades_are_set_once_and_then_edited() -> None:
    client = desk("operator.1")
    assert client.post("/operator/policies/add", {"name": "grades"}).status_code == 302
    row = Policy.objects.get(name="grades")
    assert save(client, f"/operator/policies/{row.pk}", A="0.97", B="0.94").status_code == 302
    assert policies()["grades"] == {"A": 0.97, "B": 0.94, "C": 0.6}
    refused = save(client, f"/operator/policies/{row.pk}", A="0.5")
    assert "A 不低于 B" in text(refused)


def test_a_policy_without_a_form_is_edited_as_checked_json() -> None:
    client = desk("operator.1")
    row = Policy.objects.create(name="odd", value={"a": 1}, title="无专门表单")
    wrong = save(client, f"/operator/policies/{row.pk}", value="{\n 'a'")
    assert wrong.status_code == 422
    assert "第 2 行" in text(wrong)
    assert save(client, f"/operator/policies/{row.pk}", value='{"a": 2}').status_code == 302
    assert policies()["odd"] == {"a": 2}


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("hotline", "[]", '{"seats": {"8001": "hotline.1"}}'),
        ("hotline", '{"seats": []}', '{"seats": {}, "source": "x"}'),
        ("likeness", '{"bits": "x"}', '{"bits": 7, "alike": 0.94}'),
        ("open311", '{"fields": "address"}', '{"fields": ["address"], "words": "none"}'),
        ("open311", '{"words": "some"}', '{"words": false}'),
    ],
)
def test_a_policy_that_is_read_at_each_call_keeps_its_shape(name: str, wrong: str, right: str) -> None:
    client = desk("operator.1")
    row = Policy.objects.get_or_create(name=name, defaults={"value": {}, "title": name})[0]
    before = row.value
    refused = save(client, f"/operator/policies/{row.pk}", value=wrong)
    assert refused.status_code == 422 and ("花括号" in text(refused) or "的值不能用" in text(refused))
    assert Policy.objects.get(pk=row.pk).value == before
    assert save(client, f"/operator/policies/{row.pk}", value=right).status_code == 302
    assert policies()[name] == json.loads(right)


def test_stage_limits_and_the_calendar_are_in_force() -> None:
    client = desk("operator.1")
    row = StageLimit.objects.get(flow="urban", step="dispatch/filed")
    assert save(client, f"/operator/limits/{row.pk}", minutes="20").status_code == 302
    assert rates().minutes["dispatch/filed"] == 20
    day = {
        "day": "2027-05-03",
        "kind": "holiday",
        "name": "劳动节",
        "source": "国务院办公厅通知",
        "confidence": "V1",
    }
    assert client.post("/operator/days/add", day).status_code == 302
    assert not current_calendar().is_workday(date(2027, 5, 3))
    hours = {
        "valid_from": "2031-05-01",
        "spans": "08:30-12:00；14:30-18:00",
        "name": "夏季作息",
        "source": "本市",
        "confidence": "V1",
        "valid_to": "",
    }
    assert "先后不重叠" in text(client.post("/operator/hours/add", hours | {"spans": "12:00-08:00"}))
    assert client.post("/operator/hours/add", hours).status_code == 302
    assert [f"{a:%H:%M}" for a, _b in current_calendar().spans_on(date(2031, 5, 2))] == ["08:30", "14:30"]


def test_the_editions_cross_walk_is_kept_in_pages() -> None:
    client, old = (
        desk("operator.1"),
        Edition.objects.get_or_create(code="2007", defaults={"name": "2007 版"})[0],
    )
    now = CaseClass.objects.filter(edition__in_force=True, kind="component", code="0102").first()
    CaseClass.objects.get_or_create(edition=old, kind="component", code="0102", defaults={"name": "污水井盖"})
    bump("classes")
    given = {
        "kind": "component",
        "from_edition": "2007",
        "from_code": "0102",
        "relation": "renamed",
        "to_edition": now.edition.code,
        "to_code": "0102",
        "note": "污水井盖 → 排水井盖",
        "source": "本市制定",
    }
    for wrong in ({"to_code": ""}, {"to_code": "9998"}, {"from_code": "9998"}, {"relation": "none"}):
        assert client.post("/operator/crosswalk/add", given | wrong).status_code == 422, wrong
    assert client.post("/operator/crosswalk/add", given).status_code == 302
    assert client.post("/operator/crosswalk/add", given).status_code == 422, "the same line twice"
    row = CrossWalk.objects.get(from_code="0102", relation="renamed")
    listed = text(client.get("/operator/crosswalk/?relation=renamed"))
    assert "污水井盖" in listed and "改名" in listed
    gone = save(client, f"/operator/crosswalk/{row.pk}", relation="none", to_code="")
    assert gone.status_code == 302
    assert "没有对应" in text(client.get(f"/operator/crosswalk/{row.pk}/history"))


def test_a_long_cross_walk_is_listed_with_no_query_for_each_line() -> None:
    client, code = desk("operator.1"), Edition.objects.filter(in_force=True)[0].code
    asked = []
    for n in (1, 9):
        for _line in range(n):
            CrossWalk.objects.create(
                kind="component",
                from_edition=code,
                from_code="0102",
                to_edition=code,
                to_code="0101",
                relation="same",
            )
        client.get("/operator/crosswalk/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/operator/crosswalk/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_code_means_one_class_at_a_time() -> None:
    """Conditions, duties and bodies name a class by its code alone: of two editions with the same codes one is in force."""
    client = desk("operator.1")
    old = Edition.objects.get_or_create(code="2007", defaults={"name": "2007 版"})[0]
    Edition.objects.filter(pk=old.pk).update(in_force=False)
    for code, name in (("0101", "上水井盖"), ("0118", "路灯")):
        CaseClass.objects.get_or_create(edition=old, kind="component", code=code, defaults={"name": name})
    now = Edition.objects.get(classes__kind="component", classes__code="0102", in_force=True)
    CaseClass.objects.get_or_create(
        edition=now, kind="component", code="0118", defaults={"name": "化粪池井盖"}
    )
    twice = save(client, f"/operator/editions/{old.pk}", in_force="on")
    assert twice.status_code == 422 and "这一版是“路灯”，在用的是“化粪池井盖”" in text(twice)
    ended = form_of(client, f"/operator/editions/{now.pk}")
    ended.pop("in_force")
    refused = client.post(f"/operator/editions/{now.pk}", ended)
    assert refused.status_code == 422 and "条立案条件在用" in text(refused)
    assert [one.in_force for one in (Edition.objects.get(pk=old.pk), Edition.objects.get(pk=now.pk))] == [
        False,
        True,
    ]
    Condition.objects.update(active=False)
    assert client.post(f"/operator/editions/{now.pk}", ended).status_code == 302
    assert save(client, f"/operator/editions/{old.pk}", in_force="on").status_code == 302


def test_a_responsibility_grid_goes_to_another_collector() -> None:
    client, grid = desk("operator.1"), ResponsibilityGrid.objects.exclude(collector=None).first()
    url, first = f"/operator/grids/{grid.pk}", grid.collector.code
    other = next(one for one in collectors() if one.code != first)
    refused = save(client, url, collector="handler.D29")
    assert refused.status_code == 422 and "采集员岗位" in text(refused)
    assert save(client, url, collector=other.code).status_code == 302
    grids = {one.code: one.unit_grids for one in collectors()}
    assert set(grid.unit_grids) <= grids[other.code] and not set(grid.unit_grids) & grids[first]
    assert first in text(client.get(f"{url}/history")), "who had it stays to be read"
    assert ResponsibilityGrid.objects.get(pk=grid.pk).place == grid.place
    assert client.get("/operator/grids/add").status_code == 403
    Holding.objects.filter(person__code=first).update(until="2020-01-01")
    refused = save(client, url, collector=first)
    assert refused.status_code == 422 and "采集员岗位" in text(refused), "who was one once walks no grid"


def test_unknown_years_are_warned_of() -> None:
    warned = unknown_years()
    assert bool(warned) is any(
        year not in current_calendar().known_years
        for year in range(date.today().year - 1, date.today().year + 2)
    )
    page = text(desk("operator.1").get("/operator/days/"))
    assert all(sentence[:10] in page for sentence in warned)


def test_long_lists_are_read_forward_and_back() -> None:
    client = desk("operator.1")
    first = text(client.get("/operator/people/"))
    following = re.search(r'href="([^"]*after=[^"]*)"', first)
    codes = re.findall(r'<a href="/operator/people/\d+">(\S+)', first)
    assert len(codes) == len(set(codes)) <= 50
    if following:
        second = text(client.get(following[1].replace("&amp;", "&")))
        assert not set(codes) & set(re.findall(r'<a href="/operator/people/\d+">(\S+)', second))
        back = re.search(r'href="([^"]*before=[^"]*)"', second)
        assert back is not None
        assert (
            re.findall(
                r'<a href="/operator/people/\d+">(\S+)', text(client.get(back[1].replace("&amp;", "&")))
            )
            == codes
        )
    assert client.get("/operator/people/?after=nonsense").status_code == 422
    for register, made_up in (
        ("people", ["a\0", 1]),
        ("people", ["a", 2**70]),
        ("people", ["a", -1]),
        ("days", ["no day", 1]),
        ("days", [None, 1]),
        ("days", [{"a": 1}, 1]),
    ):
        cursor = urlsafe_b64encode(json.dumps(made_up).encode()).decode()
        assert client.get(f"/operator/{register}/?after={cursor}").status_code == 422, (register, made_up)
    assert "chief.1" in text(client.get("/operator/people/?find=chief"))
    assert client.get("/operator/organisations/?under=x").status_code == 200
    assert client.get("/operator/nothing/").status_code == 404
    assert client.get(f"/operator/people/{2**63}").status_code == 404


def test_fields_over_long_lists_can_be_searched() -> None:
    client = desk("operator.1")
    found = client.get("/operator/find/holdings/person?q=chief")
    assert {"chief.1", "chief.2"} <= {one["value"] for one in found.json()["items"]}
    assert client.get("/operator/find/policies/class?q=0102").json()["items"][0]["value"] == "component-0102"
    assert client.get("/operator/find/holdings/nothing").status_code == 404
