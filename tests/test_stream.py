"""Live updates: a desk hears what happened since its page was drawn, not only since it listens."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baoji.kernel.base import tickets


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    key = tmp_path / "secret.key"
    key.write_text("s" * 50)
    monkeypatch.setenv("BAOJI_SECRET_KEY_FILE", str(key))
    from baoji.config.stream import Hub

    yield Hub()


def test_what_was_told_before_a_page_listened_is_told_when_it_does(hub: Any) -> None:
    drawn = time.time()
    hub.tell(["post:chief"])
    assert hub.missed(frozenset({"post:chief"}), drawn) == ["post:chief"]
    assert hub.missed(frozenset({"post:acceptor"}), drawn) == []
    assert hub.missed(frozenset({"post:chief"}), time.time() + 1) == []
    hub.tell(["all"])
    assert hub.missed(frozenset({"post:acceptor"}), drawn) == ["all"]


def test_a_page_drawn_long_ago_looks_at_everything(hub: Any) -> None:
    assert hub.missed(frozenset({"post:chief"}), time.time() - 3600) == ["all"]


@pytest.mark.parametrize(("path", "purpose"), [("/stream", "proof"), ("/other", tickets.LIVE)])
def test_a_ticket_for_something_else_opens_no_stream(
    hub: Any, monkeypatch: pytest.MonkeyPatch, path: str, purpose: str
) -> None:
    from baoji.config import stream

    monkeypatch.setattr(stream, "started", True)
    claims = {"for": "a report", "bits": 18, "exp": time.time() + 60}
    ticket = tickets.sign(claims, stream.secret, purpose)
    scope = {"type": "http", "path": path, "query_string": f"ticket={ticket}".encode(), "headers": []}
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    asyncio.run(stream.application(scope, receive, send))
    assert sent[0]["status"] == 403
