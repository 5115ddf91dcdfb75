"""The shell of the city's public site: where citizens can go, the telephone, the office."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baoji.kernel.organisations.names import centre_name
from baoji.kernel.registry.manifest import MenuEntry, manifests

ROOT = "/public/"
# PUBLIC_PHONE: the number that citizens call; the national city-management line unless the city has another.
PHONE = str(getattr(settings, "PUBLIC_PHONE", "12319"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Listed after the internal portal's: on the public site there is no desk, whoever is signed in."""
    entries = _entries()
    if not _is_public(request.path, entries):
        return {}
    return {
        "shell": {
            "home_url": ROOT,
            "office": centre_name,  # asked for by the templates that show it: a page of a fault needs no database
            "phone": PHONE,
            "nav": [
                {
                    "title": str(entry.title),
                    "url": entry.url,
                    "icon": entry.icon,
                    "current": _is_here(request.path, entry.url),
                }
                for entry in entries
            ],
            "links": [{"title": _("无障碍"), "url": f"{ROOT}accessibility/"}],
            "size_url": f"{ROOT}size/",
            "demo": _("演示环境：请不要上报真实的问题") if settings.DEMO else "",
        }
    }


def _entries() -> list[MenuEntry]:
    return sorted((entry for one in manifests() for entry in one.public_menu), key=lambda entry: entry.order)


def _is_public(path: str, entries: list[MenuEntry]) -> bool:
    """Below the site's own root or below what it offers."""
    return (path + "/").startswith((ROOT, *(entry.url.rstrip("/") + "/" for entry in entries)))


def _is_here(path: str, url: str) -> bool:
    """The root is a page of its own; what is offered includes all below it."""
    return path.rstrip("/") == url.rstrip("/") or (
        url != ROOT and (path + "/").startswith(url.rstrip("/") + "/")
    )
