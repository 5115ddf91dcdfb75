"""The shell's context: who is here, where they can go, what waits, what is loud. Worked out only by pages that show it."""

import time
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji.kernel.base import tickets
from baoji.kernel.base.phrases import up_to
from baoji.kernel.evidence.devices import may_approve
from baoji.kernel.evidence.queries import waiting_count
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.queries import COUNT_TO, unread_count
from baoji.kernel.registry.manifest import MenuEntry, SystemManifest, load, manifests
from baoji.kernel.ui.policy import stream_origin
from baoji.kernel.wire.pages import person_of
from baoji.portals.internal.outgoing import POST as OUTGOING_POST
from baoji.portals.internal.posts import post_words

DRAWING_S = 2.0  # a page shows what stood in the database at most so long before its end is written


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request)}


class Shell:
    """Each part is worked out when a template first asks for it; a stranger's shell is empty."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def caller(self) -> Caller | None:
        return person_of(self.request)

    @cached_property
    def person(self) -> dict[str, str] | None:
        if self.caller is None:
            return None
        post = post_words(self.caller)
        return {
            "name": self.caller.name,
            "post": post,
            "who": f"{post} {self.caller.name}".strip(),
            "url": "/me/",
        }

    @cached_property
    def system(self) -> dict[str, str]:
        """The system whose page this is: the first that offers a menu entry here, else the first of all."""
        found = manifests()
        here = next(
            (one for one in found for entry in one.menu if self.request.path.startswith(entry.url)), found[0]
        )
        return {"name": str(here.name), "url": "/"}

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        if self.caller is None:
            return []
        kinds = self.caller.kinds()
        entries = [
            (one, entry)
            for one in manifests()
            for entry in one.menu
            if not entry.posts or entry.posts & kinds
        ]
        entries.sort(key=lambda pair: pair[1].order)
        items = [self._item(one, entry) for one, entry in entries]
        here = self._current(items)
        for item in items:
            item["current"] = item is here
        return [*items, *self._own_items()]

    def _item(self, one: SystemManifest, entry: MenuEntry) -> dict[str, Any]:
        count = self._counts(one).get(entry.code, 0)
        return {
            "title": str(entry.title),
            "icon": entry.icon,
            "url": entry.url,
            "count": up_to(count, 999),
            "badge": f"badge-{one.code}-{entry.code}",
        }

    def _current(self, items: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The entry whose address is the longest beginning of this page's address, its query included."""
        here = self.request.get_full_path()
        matching = [item for item in items if here.startswith(item["url"])]
        return max(matching, key=lambda item: len(item["url"]), default=None)

    def _counts(self, one: SystemManifest) -> dict[str, int]:
        """What waits at each menu entry. A view that has counted already leaves it in `request.menu_counts`."""
        if not hasattr(self.request, "menu_counts"):
            self.request.menu_counts = {}  # type: ignore[attr-defined]
        known: dict[str, dict[str, int]] = self.request.menu_counts  # type: ignore[attr-defined]
        if one.code not in known:
            known[one.code] = load(one.counts)(self.caller) if one.counts else {}
        return known[one.code]

    def _own_items(self) -> list[dict[str, Any]]:
        path = self.request.path
        return [
            {
                "title": _("消息"),
                "icon": "bell",
                "url": "/notices/",
                "count": self.unread,
                "badge": "badge-notices",
                "current": path.startswith("/notices/"),
            },
            *self._devices(path),
            *self._outgoing(path),
            {"title": _("帮助"), "icon": "help", "url": "/help/", "current": path == "/help/", "wide": True},
        ]

    def _devices(self, path: str) -> list[dict[str, Any]]:
        """For those who approve phones; what waits for them is counted."""
        if self.caller is None or not may_approve(self.caller):
            return []
        return [
            {
                "title": _("手机"),
                "icon": "device-mobile",
                "url": "/devices/",
                "count": up_to(waiting_count(), 99),
                "badge": "badge-devices",
                "current": path.startswith("/devices/"),
                "wide": True,
            }
        ]

    def _outgoing(self, path: str) -> list[dict[str, Any]]:
        """For the operator: what went out by SMS and mail."""
        if self.caller is None or OUTGOING_POST not in self.caller.kinds():
            return []
        return [
            {
                "title": _("短信"),
                "icon": "send",
                "url": "/outgoing/",
                "current": path.startswith("/outgoing/"),
                "wide": True,
            }
        ]

    @cached_property
    def unread(self) -> str:
        return up_to(unread_count(self.caller), COUNT_TO) if self.caller else ""

    @cached_property
    def alarms(self) -> list[dict[str, Any]]:
        if self.caller is None:
            return []
        now = timezone.now()
        return [alarm for one in manifests() if one.alarms for alarm in load(one.alarms)(self.caller, now)]

    @property
    def alarms_url(self) -> str:
        return "/alarms/" if self.caller else ""

    @cached_property
    def search_url(self) -> str:
        return next((one.search for one in manifests() if one.search), "") if self.caller else ""

    @property
    def query(self) -> str:
        return self.request.GET.get("q", "")

    @property
    def sign_out_url(self) -> str:
        return "/sign-out/" if self.caller else ""

    @property
    def demo(self) -> str:
        return (
            _("演示环境：人、案卷和街道都是生成的，可以随便办理")
            if settings.DEMO and self.request.path == "/help/"
            else ""
        )

    @cached_property
    def stream_url(self) -> str:
        if self.caller is None:
            return ""
        now = time.time()
        claims = {
            "topics": topics(self.caller),
            "drawn": round(now - DRAWING_S, 1),
            "exp": int(now) + settings.SESSION_COOKIE_AGE,
        }
        ticket = tickets.sign(claims, settings.SECRET_KEY, tickets.LIVE)
        return f"{stream_origin(self.request)}/stream?ticket={ticket}"

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE


def topics(caller: Caller) -> list[str]:
    """What this person's desk is to hear of: themselves, their organisations, the desks they share with others.

    Posts that only bring reports are left out, and those of departments are reached through their organisation.
    """
    found = {f"person:{caller.id}"}
    for hold in caller.holds:
        found.add(f"org:{hold.org_id}")
        if hold.side != "department" and not hold.door:
            found.add(f"post:{hold.kind}" if hold.side else "cases")
    return sorted(found)
