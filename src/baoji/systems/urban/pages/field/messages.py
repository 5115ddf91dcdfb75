"""Notices as the phone shows them, each leading to the phone's own page."""

from typing import Any

from django.urls import reverse

from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.queries import notices

ASKING = frozenset({"verify_request", "check_request"})
SHOWN = 30


def latest(caller: Caller) -> list[dict[str, Any]]:
    return notices(caller, limit=SHOWN)[0]


def address_of(row: dict[str, Any]) -> str:
    """A task for who is asked to look, one's own report otherwise; links elsewhere stay as they are."""
    number = row["link"].removeprefix("/cases/").strip("/")
    if not row["link"].startswith("/cases/") or "/" in number:
        return str(row["link"])
    return reverse("field-task" if row["kind"] in ASKING else "field-own", args=[number])
