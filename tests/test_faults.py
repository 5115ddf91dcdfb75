"""Pages about what went wrong: in our style and the reader's language, without a look at the database.

No test here asks for a database, so a query would fail it.
"""

from collections.abc import Callable
from typing import NoReturn

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from baoji.config import faults
from baoji.kernel.base.postgres.base import Crossed, HeldTooLong
from baoji.kernel.ui.build import NotBuilt


def raises(fault: Exception) -> Callable[[HttpRequest], NoReturn]:
    def view(request: HttpRequest, **_of_the_address: str) -> NoReturn:
        raise fault

    return view


urlpatterns = [
    path("", raises(Http404()), name="home"),
    path("language/", raises(Http404()), name="set_language"),
    path("bug", raises(ValueError("never shown"))),
    path("down", raises(OperationalError("the connection is lost"))),
    path("public/down", raises(OperationalError("the connection is lost"))),
    path("crossed", raises(Crossed("deadlock detected"))),
    path("held", raises(HeldTooLong("canceling statement due to lock timeout"))),
    path("forbidden", raises(PermissionDenied())),
    path("cases/<str:number>", raises(OperationalError("the connection is lost"))),
]
handler400 = faults.bad_request
handler403 = faults.not_allowed
handler404 = faults.not_found
handler500 = faults.fault


def ask(address: str, *, method: str = "get", language: str = "zh-hans", **extra: str) -> HttpResponse:
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = language
    # A session that nobody has looked into: these pages must not be the first to do so.
    client.cookies[settings.SESSION_COOKIE_NAME] = "n" * 32
    with override_settings(ROOT_URLCONF=__name__):
        answer: HttpResponse = getattr(client, method)(address, **extra)
    return answer


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/bug", 500, "服务器出了错"),
        ("/down", 503, "数据库暂时没有应答"),
        ("/crossed", 409, "别人正在办理同一件案卷"),
        ("/held", 503, "需要的内容一直被别处占用"),
        ("/forbidden", 403, "您的岗位不能看这个页面"),
        ("/nowhere", 404, "没有这个页面"),
    ],
)
def test_a_fault_is_told_on_a_page_of_ours(address: str, status: int, sentence: str) -> None:
    answer = ask(address)
    text = answer.content.decode()
    assert answer.status_code == status
    for part in (sentence, "data-bs-theme", "plain-page", "数字宝鸡", 'href="/"', f"{status} · 20"):
        assert part in text, part
    assert "never shown" not in text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/bug", "服务器出了错，没有保存"),
        ("/down", "没有保存。通常一会儿就好"),
        ("/held", "没有保存：需要的内容一直被别处占用"),
    ],
)
def test_only_whoever_wrote_is_told_that_nothing_was_saved(address: str, words: str) -> None:
    assert words not in ask(address).content.decode()
    assert words in ask(address, method="post").content.decode()


def test_it_speaks_the_readers_language_and_theme() -> None:
    assert "The database is not answering" in ask("/down", language="en").content.decode()
    client = Client(raise_request_exception=False)
    client.cookies["baoji_theme"] = "dark"
    with override_settings(ROOT_URLCONF=__name__):
        assert 'data-bs-theme="dark"' in client.get("/bug").content.decode()


def test_a_read_may_be_tried_again_and_a_write_is_not_repeated_by_a_link() -> None:
    assert 'href="/cases/T1?tab=todo"' in ask("/cases/T1?tab=todo").content.decode()
    assert 'href="/down"' in ask("/down").content.decode()
    assert 'href="/down"' not in ask("/down", method="post").content.decode()
    assert ask("/down").headers["Retry-After"] == "10"


def test_citizens_are_led_to_their_own_first_page() -> None:
    assert 'href="/public/"' in ask("/public/down").content.decode()


def test_a_form_without_its_token_is_told_what_to_do() -> None:
    answer = faults.stale_form(RequestFactory().post("/cases/T1/acts/sign"))
    assert answer.status_code == 403
    assert "请退回上一页，刷新后再试" in answer.content.decode()


def test_a_body_that_is_too_large_is_refused_on_a_page_with_a_way_back() -> None:
    large = {"CONTENT_LENGTH": str(settings.MAX_REQUEST_BYTES + 1)}
    answer = ask("/bug", method="post", HTTP_REFERER="http://testserver/cases/T1", **large)
    text = answer.content.decode()
    assert answer.status_code == 413
    assert "超过 64 MB" in text and "plain-page" in text and 'href="http://testserver/cases/T1"' in text
    assert (
        "evil"
        not in ask("/bug", method="post", HTTP_REFERER="https://evil.example/", **large).content.decode()
    )
    assert "larger than 64 MB" in ask("/bug", method="post", language="en", **large).content.decode()
    wire = ask("/api/v1/cases", method="post", **large)
    assert wire.headers["Content-Type"] == "application/problem+json"


def test_if_not_even_the_page_can_be_made_the_sentence_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_built(*_args: object, **_more: object) -> NoReturn:
        raise NotBuilt("the front end is missing")

    monkeypatch.setattr(faults, "fault_page", not_built)
    answer = ask("/bug")
    assert answer.status_code == 500
    assert "服务器出了错" in answer.content.decode()
