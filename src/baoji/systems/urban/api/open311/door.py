"""The frame of every Open311 call: format, language, key and limits in; an answer or the error array out."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import orjson
from django.conf import settings
from django.db.utils import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from baoji.kernel.base.errors import NotAllowed, Refused, TooMany
from baoji.kernel.wire import problems
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban.api.open311 import limits
from baoji.systems.urban.api.open311.faults import Faulty
from baoji.systems.urban.api.open311.formats import Answer, response, wanted
from baoji.systems.urban.api.open311.given import Given
from baoji.systems.urban.queries.open311_keys import Key, live_key

View = Callable[..., Answer]
# What the specification wants told as 404 and 403, and what HTTP itself has a status for; all else is 400.
KEPT = frozenset({403, 404, 405, 409, 413, 429, 500, 503, 507})
# Programs in browsers may call from anywhere: no cookie is looked at here.
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key, Accept-Language",
    "Access-Control-Max-Age": "86400",
}


def resource(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view gets what was given and the key, if a live one was shown; it answers or refuses."""

    def door(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def asked(request: HttpRequest, extension: str = "", **parts: Any) -> HttpResponse:
            allow = ", ".join([*methods, "OPTIONS"])
            if request.method == "OPTIONS":
                return HttpResponse(
                    status=204, headers={**PREFLIGHT, "Allow": allow, "Access-Control-Allow-Methods": allow}
                )
            with translation.override(_language(request)):
                answer = _answered(request, view, methods, parts)
                if answer.status == 405:
                    answer.headers["Allow"] = allow
                return _made(request, answer, extension)

        asked.refused = refused  # type: ignore[attr-defined]
        return asked

    return door


def _made(request: HttpRequest, answer: Answer, extension: str) -> HttpResponse:
    made = response(answer, wanted(request, extension))
    made.headers["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    made.headers["Access-Control-Allow-Origin"] = "*"
    made.headers["Access-Control-Expose-Headers"] = "Link, Retry-After"
    made.headers.setdefault("Cache-Control", "no-cache")
    patch_vary_headers(made, ["Accept", "Accept-Language"])
    return made


def refused(
    request: HttpRequest, status: int, sentence: str, extension: str = "", **_parts: Any
) -> HttpResponse:
    """What is refused before a view is reached (a body over the limit), as the error array in the format asked for."""
    return _made(request, errors(status, [sentence]), extension)


def _language(request: HttpRequest) -> str:
    """`locale` in the address (`en`, `zh_CN`), else what the browser asked for."""
    asked = request.GET.get("locale", "").replace("_", "-").strip().lower()
    try:
        return (
            get_supported_language_variant(asked) if asked else translation.get_language_from_request(request)
        )
    except LookupError:
        return translation.get_language_from_request(request)


def _answered(request: HttpRequest, view: View, methods: tuple[str, ...], parts: dict[str, Any]) -> Answer:
    try:
        if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
            raise Refused(_("这个地址不支持 %(method)s") % {"method": request.method}, status=405)
        given = Given(request)
        key = _key(request, given)
        given.must_be_ours()
        return view(given, key, **parts)
    except Refused as refused:
        return from_refusal(refused)
    except (OperationalError, InterfaceError) as fault:
        return _from_problem(problems.from_database(cast(DatabaseError, fault)))
    except Exception as fault:
        return _from_problem(problems.from_fault(request, fault))


def _key(request: HttpRequest, given: Given) -> Key | None:
    """The live key shown. To post one needs one; a wrong one is refused also where none is needed."""
    shown = given.text("api_key")
    found = live_key(shown)
    if shown and found is None:
        raise NotAllowed(_("api_key 无效或已停用"))
    if request.method == "POST":
        if found is None:
            raise NotAllowed(_("请带上 api_key。怎样取得，见 discovery 里的 key_service"))
    else:
        limits.take_read(found, network_of(request))
    return found


def from_refusal(refused: Refused) -> Answer:
    """One error for each thing that is wrong, so that a program can say it at the right field."""
    parts = refused.parts if isinstance(refused, Faulty) else [refused]
    body = [{"code": _status(part), "description": line} for part in parts for line in _lines(part)]
    headers = {"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {}
    return Answer("errors", body, _status(refused), headers)


def _status(refused: Refused) -> int:
    return refused.status if refused.status in KEPT else 400


def _lines(refused: Refused) -> list[str]:
    return [_at_field(name, line) for name, found in refused.errors.items() for line in found] or [
        refused.message
    ]


def _at_field(name: str, line: str) -> str:
    return line if name in line else f"{name}: {line}"


def _from_problem(answer: HttpResponse) -> Answer:
    detail = str(orjson.loads(answer.content)["detail"])
    headers = {"Retry-After": answer.headers["Retry-After"]} if "Retry-After" in answer.headers else {}
    return errors(answer.status_code if answer.status_code in KEPT else 400, [detail], headers)


def errors(status: int, lines: list[str], headers: dict[str, str] | None = None) -> Answer:
    """The error array: one `{code, description}` a line, each with the status of the whole."""
    return Answer("errors", [{"code": status, "description": line} for line in lines], status, headers or {})
