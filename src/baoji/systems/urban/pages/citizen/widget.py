"""The newest public cases in a frame for other sites, and the one line of script that puts it there. Framing is allowed only here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.shown import wanted_of
from baoji.systems.urban.pages.citizen.shown_words import line
from baoji.systems.urban.pages.citizen.told import told

SHOWN = 5
LANGUAGES = {"zh": "zh-hans", "en": "en"}
# No script and no form in the frame: nothing in it can be pressed on somebody's behalf.
POLICY = (
    "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors *"
)
LOADER = """(function () {
  var script = document.currentScript, at = new URL(script.src), frame = document.createElement("iframe");
  var query = new URLSearchParams();
  ["area", "class", "theme", "lang"].forEach(function (name) { if (script.dataset[name]) query.set(name, script.dataset[name]); });
  frame.src = at.origin + "/public/widget?" + query;
  frame.title = script.dataset.title || "数字宝鸡 · 公开案卷";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  frame.style.cssText = "border:0;width:100%;height:" + (parseInt(script.dataset.height, 10) || 420) + "px";
  if (!document.head.contains(script)) script.parentNode.insertBefore(frame, script);
  else if (document.body) document.body.append(frame);
  else document.addEventListener("DOMContentLoaded", function () { document.body.append(frame); });
})();
"""


@require_safe
@xframe_options_exempt
@told
def widget(request: HttpRequest) -> HttpResponse:
    """`lang` (zh, en) is the language of the site around it; without one it is the reader's."""
    limits.reads.take(network_of(request))
    with override(LANGUAGES.get(request.GET.get("lang", "")[:2].lower(), get_language())):
        return _widget(request)


def _widget(request: HttpRequest) -> HttpResponse:
    wanted, now = wanted_of(request.GET), timezone.now()
    wanted.status = "open"
    context = {
        "rows": [line(row, now) for row in public.listed(wanted, limit=SHOWN).rows],
        "theme": "dark" if request.GET.get("theme") == "dark" else "light",
    }
    response = render(request, "urban/citizen/widget.html", context)
    response.headers["Content-Language"] = get_language() or ""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """`<script src="https://…/public/widget.js" data-area="610302" async></script>`."""
    return HttpResponse(
        LOADER,
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"},
    )
