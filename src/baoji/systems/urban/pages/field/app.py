"""城管通: the shell of the app in the street, its service worker, its manifest, and the list of what it keeps offline."""

from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui import build
from baoji.kernel.wire.pages import page
from baoji.systems.urban import public
from baoji.systems.urban.pages.field.app_words import app_words

SHELL = "/field/"
COLOUR = "#0b1620"
MARKS = ("ui/mark.svg", "ui/mark-192.png", "ui/mark-512.png")


@require_safe
@never_cache
@gzip_page  # nothing secret stands in it beside what a stranger could put there
@ensure_csrf_cookie
@page
def shell(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The same for everybody but for the name in it: the app fetches the rest, or has it already."""
    context = {
        "words": app_words(),
        "person": {"code": caller.code, "name": caller.name, "tools": public.tools_of(caller)},
        "styles": [build.url(name) for name in build.styles("field")],
        "script": build.url(build.entry("field")["file"]),
        "imports": [build.url(name) for name in build.imported("field")],
    }
    return render(request, "urban/field/app.html", context)


@require_safe
@never_cache
def shell_list(request: HttpRequest) -> JsonResponse:
    """`{version, files}`: what the service worker keeps; the version changes with any of them."""
    built = sorted(build.url(name) for name in build.whole("field"))
    files = [SHELL, reverse("field-manifest"), *map(static, MARKS), *built]
    said = [*files, get_language(), *app_words().values()]
    return JsonResponse(
        {"version": sha256("\n".join(map(str, said)).encode()).hexdigest()[:16], "files": files}
    )


@require_safe
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from an address that lets it serve the whole of /field/."""
    text = (build.FOLDER / build.entry("worker")["file"]).read_text("utf-8")
    return HttpResponse(
        text, content_type="text/javascript; charset=utf-8", headers={"Service-Worker-Allowed": SHELL}
    )


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Web app manifest (W3C): installed, it opens like an app."""
    said: dict[str, Any] = {
        "id": SHELL,
        "name": _("城管通"),
        "short_name": _("城管通"),
        "description": _("拍照上报、核实核查，没有信号也能用"),
        "start_url": SHELL,
        "scope": SHELL,
        "display": "standalone",
        "orientation": "portrait",
        "lang": "en" if get_language() == "en" else "zh-CN",
        "theme_color": COLOUR,
        "background_color": COLOUR,
        "icons": [
            {
                "src": f"/static/ui/mark-{size}.png",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size in (192, 512)
            for purpose in ("any", "maskable")
        ],
    }
    return JsonResponse(said, content_type="application/manifest+json")
