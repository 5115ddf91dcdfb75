"""Notices as the phone shows them, each leading to the phone's own page."""

from typing import Any

from django.urls import reverse

from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.queries import notices
from baoji.systems.urban import public
from baoji.systems.urban.actions.tell import TO_REPORTER
from baoji.systems.urban.pages.field.app import SHELL

ABOUT_A_TASK = frozenset({"verify_request", "check_request", "urge", "supervise"})
WATCH = "stay"  # of a notice, and of the tool
SHOWN = 30


def latest(caller: Caller) -> list[dict[str, Any]]:
    return notices(caller, limit=SHOWN)[0]


def address_of(caller: Caller, row: dict[str, Any]) -> str:
    """A task for who is asked to look, one's own report for who hears what became of it, the app for a watch: it stands nowhere
    else. Other links stay as they are."""
    number = row["link"].removeprefix("/cases/").strip("/")
    if not row["link"].startswith("/cases/") or "/" in number:
        return str(row["link"])
    if row["kind"] in ABOUT_A_TASK:
        return reverse("field-task", args=[number])
    if row["kind"] in TO_REPORTER:
        return reverse("field-own", args=[number])
    is_watch = row["kind"] == WATCH and WATCH in public.tools_of(caller)
    return f"{SHELL}#/stay/{number}" if is_watch else str(row["link"])
