"""The demonstration's sender: one line of JSON a message, in a file under the data directory."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from baoji.kernel.notices.senders.outcome import Message, Outcome

LARGEST = 1024 * 1024


def path() -> Path:
    return Path(settings.DATA) / "messages" / "outgoing.jsonl"


def send(message: Message) -> Outcome:
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > LARGEST:
        file.replace(file.with_suffix(".old.jsonl"))
    line = {
        "id": message.ref,
        "channel": message.channel,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        **({"headers": dict(message.headers)} if message.headers else {}),
        "at": message.at,
        "written_at": datetime.now(UTC),
    }
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as opened:
        opened.write(orjson.dumps(line) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    return Outcome(True, said="messages/outgoing.jsonl")


def last(count: int) -> list[dict[str, Any]]:
    """The newest messages, newest first."""
    try:
        lines = path().read_bytes().splitlines()[-count:]
    except OSError:
        return []
    return [orjson.loads(line) for line in reversed(lines) if line.endswith(b"}")]
