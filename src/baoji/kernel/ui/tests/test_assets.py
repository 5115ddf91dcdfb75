"""A front end that is built under a running server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from baoji.kernel.ui import build
from baoji.kernel.ui.assets import Assets


@pytest.fixture
def server() -> Assets:
    return Assets(lambda request: HttpResponse(status=404))


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A file that the next build would leave, under a name that no build and no other process of the suite makes."""
    path = build.FOLDER / f"test-{os.getpid()}.fresh.build.css"
    yield path
    path.unlink(missing_ok=True)


def asked(path: str) -> HttpRequest:
    return RequestFactory().get(path)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_what_was_built_after_the_start_is_found(server: Assets, fresh: Path) -> None:
    request = asked(build.url(fresh.name))
    assert server(request).status_code == 404
    fresh.write_text("a{}")
    found = server(request)
    assert (found.status_code, content(found)) == (200, b"a{}")
    assert found["Content-Type"] == 'text/css; charset="utf-8"'


def test_what_was_taken_away_is_not_there_any_more(server: Assets, fresh: Path) -> None:
    fresh.write_text("a{}")
    request = asked(build.url(fresh.name))
    assert content(server(request)) == b"a{}"
    fresh.unlink()
    assert server(request).status_code == 404
    assert server(request).status_code == 404


@pytest.mark.parametrize("name", ["../build.py", "%2e%2e/build.py", "", "none.js", "a\\..\\build.py"])
def test_nothing_else_is_given_out(server: Assets, name: str) -> None:
    assert server(asked(build.url(name))).status_code == 404
