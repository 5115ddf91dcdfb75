"""What reporters do about their own report, signed in or by its query code: one deed however often the button is pressed."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.utils import timezone

from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire import once
from baoji.systems.urban import public

OWN_ACTS = frozenset({"withdraw", "reopen", "urge"})
VERSION_DIGITS = 9


def perform_once(request: HttpRequest, caller: Caller, number: str, act: str, facts: dict[str, Any]) -> None:
    """Does the act with the photos sent; a twin of the same form changes nothing. Raises Refused."""
    now, uploads = timezone.now(), request.FILES.getlist("photo")
    key, who = once.checked_key(request.POST.get("idempotency_key", "")), once.name_of(caller)
    request_hash = once.fingerprint(
        request.path.encode(),
        orjson.dumps([act, facts], option=orjson.OPT_SORT_KEYS),
        *once.digests(uploads),
    )
    with keeping([(upload, "photo") for upload in uploads], now=now) as files:
        if key and once.claim(who, key, request_hash) is not None:
            return
        doing = public.perform(
            number=number,
            act=act,
            by=caller,
            facts=facts,
            now=now,
            files=files,
            version=whole(request.POST.get("etag", ""), VERSION_DIGITS),
        )
        if key:
            once.answer(who, key, 200, {"number": doing.case.number, "version": doing.case.version})


def reason(request: HttpRequest) -> dict[str, Any]:
    """The facts of these acts: at most a reason."""
    text = request.POST.get("reason", "").strip()
    return {"reason": text} if text else {}
