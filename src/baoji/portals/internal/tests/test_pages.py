"""Signing in and out, language, password, notices."""

import pytest
from django.test import Client, override_settings
from tests.town import NOW, desk, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.identity.callers import new_token
from baoji.kernel.identity.models import Person
from baoji.kernel.notices.actions import notify
from baoji.portals.internal.tests.conftest import WORD

pytestmark = pytest.mark.django_db


def test_the_right_password_opens_the_first_page(person: Person) -> None:
    client = Client()
    answer = client.post("/sign-in/", {"code": person.code, "password": WORD})
    assert answer["Location"] == "/"
    assert client.get("/")["Location"] == "/work/"
    assert Entry.objects.filter(subject="identity.person", subject_id=person.pk, verb="signed-in").exists()


def test_one_comes_back_to_where_one_wanted_but_never_to_another_site(person: Person) -> None:
    given = {"code": person.code, "password": WORD}
    assert Client().post("/sign-in/", given | {"next": "/cases/?q=1"})["Location"] == "/cases/?q=1"
    assert Client().post("/sign-in/", given | {"next": "https://elsewhere.example/"})["Location"] == "/"


def test_a_wrong_password_is_said_and_keeps_the_code(person: Person) -> None:
    answer = Client().post("/sign-in/", {"code": person.code, "password": "not-this-one"})
    assert answer.status_code == 422
    assert "人员代码或密码不对" in answer.content.decode()
    assert f'value="{person.code}"' in answer.content.decode()


def test_after_five_wrong_ones_the_right_one_waits_too(person: Person) -> None:
    for _n in range(5):
        Client().post("/sign-in/", {"code": person.code, "password": "not-this-one"})
    assert Client().post("/sign-in/", {"code": person.code, "password": WORD}).status_code == 422


def test_the_demo_signs_in_by_one_press() -> None:
    client = Client()
    assert b"dispatcher.1" in client.get("/sign-in/").content
    client.post("/sign-in/demo/", {"code": "chief.1"})
    assert client.get("/")["Location"] == "/work/"


@pytest.mark.parametrize(
    ("words", "code"),
    [("collector.02", "collector.02"), ("排水", "handler.D29"), ("collector", "collector.01")],
)
def test_the_demo_finds_everybody_else(words: str, code: str) -> None:
    found = Client().get("/sign-in/demo/people", {"q": words}).json()["items"]
    assert found[0]["value"] == code
    assert found[0]["title"] == who(code).name
    assert Client().get("/sign-in/demo/people", {"q": " "}).json() == {"items": []}


@override_settings(DEMO=False)
def test_outside_the_demo_there_is_no_one_press() -> None:
    assert Client().get("/sign-in/demo/people", {"q": "collector"}).status_code == 404
    assert b"dispatcher.1" not in Client().get("/sign-in/").content
    assert Client().post("/sign-in/demo/", {"code": "chief.1"}).status_code == 404


def test_signing_out_ends_it() -> None:
    client = desk("dispatcher.1")
    client.post("/sign-out/")
    assert client.get("/work/").status_code == 302
    assert client.get("/sign-out/").status_code == 405


def test_the_chosen_language_is_remembered_with_the_person() -> None:
    client = desk("dispatcher.1")
    client.post("/language/", {"language": "en", "next": "/help/"})
    assert 'lang="en"' in client.get("/help/").content.decode()
    assert Person.objects.get(code="dispatcher.1").language == "en"
    client.post("/language/", {"language": "xx", "next": "/help/"})
    assert Person.objects.get(code="dispatcher.1").language == "en"


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("wrong", "xinmima-2026-a", "xinmima-2026-a", "现在的密码不对"),
        (WORD, "short1", "short1", "10"),
        (WORD, "1234567890123", "1234567890123", "数字"),
        (WORD, "xinmima-2026-a", "xinmima-2026-b", "两遍新密码不一样"),
        (WORD, WORD, WORD, "和现在的一样"),
    ],
)
def test_a_password_that_will_not_do_is_said(
    person: Person, old: str, new: str, again: str, sentence: str
) -> None:
    answer = desk(person.code).post("/password/", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Person.objects.get(pk=person.pk).check_password(WORD)


def test_a_new_password_is_kept_and_the_session_goes_on(person: Person) -> None:
    client = desk(person.code)
    client.post("/password/", {"old": WORD, "new": "xinmima-2026-a", "again": "xinmima-2026-a"})
    assert Person.objects.get(pk=person.pk).check_password("xinmima-2026-a")
    assert client.get("/work/").status_code == 200


def test_whoever_must_change_the_password_does_that_first(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(must_change_password=True)
    assert desk(person.code).get("/work/")["Location"] == "/password/"
    given = {"code": person.code, "password": WORD, "next": "/field/"}
    client = Client()
    assert client.post("/sign-in/", given)["Location"] == "/password/", "a phone has /field/ of its own"
    assert client.get("/sign-in/?next=/field/")["Location"] == "/password/"


def test_a_first_password_opens_nothing_by_the_api_either(person: Person) -> None:
    """401, as for a session that is over: what waits on a phone stays there. A token is another door."""
    Person.objects.filter(pk=person.pk).update(must_change_password=True)
    client = Client()
    client.post("/sign-in/", {"code": person.code, "password": WORD})
    csrf = {"X-CSRFToken": client.get("/password/").context["csrf_token"]}
    for answer in (
        client.get("/api/v1/cases"),
        client.get("/api/v1/field/me"),
        client.post("/api/v1/field/devices", {"spki": ""}, "application/json", headers=csrf),
        client.post("/api/v1/uploads/", headers=csrf | {"Tus-Resumable": "1.0.0"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "must-change-password")
        assert "改密码" in answer.json()["detail"]
    token = {"Authorization": f"Bearer {new_token(person.pk, 'a program')}"}
    assert Client().get("/api/v1/cases", headers=token).status_code == 200
    client.post("/password/", {"old": WORD, "new": "xinmima-2026-a", "again": "xinmima-2026-a"})
    assert client.get("/api/v1/cases").status_code == 200


def test_notices_are_for_the_person_the_post_and_the_organisation() -> None:
    dispatcher, handler = who("dispatcher.1"), who("handler.D29")
    notify("a", kind="x", title="给本人的", at=NOW, person=dispatcher.id, link="/help/")
    notify("b", kind="x", title="给派遣席的", at=NOW, post="dispatcher")
    notify("c", kind="x", title="给排水公司的", at=NOW, post="handler", organisation=handler.holds[0].org_id)
    mine, theirs = (
        desk("dispatcher.1").get("/notices/").content.decode(),
        desk("handler.D29").get("/notices/").content.decode(),
    )
    assert ("给本人的" in mine, "给派遣席的" in mine, "给排水公司的" in mine) == (True, True, False)
    assert ("给本人的" in theirs, "给派遣席的" in theirs, "给排水公司的" in theirs) == (False, False, True)
    assert "给排水公司的" not in desk("handler.D38").get("/notices/").content.decode()


def test_a_notice_is_read_by_whom_it_is_for_and_only_by_them() -> None:
    dispatcher = who("dispatcher.1")
    notify("d", kind="x", title="给本人的", at=NOW, person=dispatcher.id, link="/help/")
    client = desk("dispatcher.1")
    unread = client.get("/notices/").context["unread"]
    assert len(unread) == 1
    desk("chief.1").post("/notices/read/", {"id": unread})
    assert client.get("/notices/").context["unread"] == unread
    assert client.post("/notices/read/", {"id": unread, "next": "/help/"})["Location"] == "/help/"
    assert client.get("/notices/").context["unread"] == []
