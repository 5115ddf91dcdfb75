"""The shell of the city's public site: where citizens can go, the telephone, the office."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baoji.kernel.registry.manifest import manifests

ROOT = "/public/"
# PUBLIC_PHONE: the number that citizens call; the national city-management line unless the city has another.
PHONE = str(getattr(settings, "PUBLIC_PHONE", "12319"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Listed after the internal portal's: on the public site there is no desk, whoever is signed in."""
    if not (request.path + "/").startswith(ROOT):
        return {}
    return {
        "shell": {
            "home_url": ROOT,
            "office": _("宝鸡市城市管理监督中心"),
            "phone": PHONE,
            "nav": _nav(request.path),
            "links": [{"title": _("无障碍"), "url": f"{ROOT}accessibility/"}],
            "demo": _("演示环境：请不要上报真实的问题") if settings.DEMO else "",
        }
    }


def _nav(path: str) -> list[dict[str, Any]]:
    entries = sorted(
        (entry for one in manifests() for entry in one.public_menu), key=lambda entry: entry.order
    )
    return [
        {
            "title": str(entry.title),
            "url": entry.url,
            "icon": entry.icon,
            "current": path.rstrip("/") == entry.url.rstrip("/"),
        }
        for entry in entries
    ]
