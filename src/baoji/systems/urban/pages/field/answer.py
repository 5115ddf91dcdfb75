"""Answering 核实 and 核查 from a phone, and acts on one's own report: one deed however often the button is pressed."""

from hashlib import sha256
from typing import Any

import orjson
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.actions import keep
from baoji.kernel.wire import once
from baoji.systems.urban import public

ANSWERS = {"verify_answer": "found", "check_answer": "fixed"}
OWN_ACTS = frozenset({"withdraw", "reopen", "urge"})


def perform_once(request: HttpRequest, caller: Caller, number: str, act: str, facts: dict[str, Any]) -> None:
    """Does the act with the photos sent; a twin of the same form changes nothing. Raises Refused."""
    now, uploads = timezone.now(), request.FILES.getlist("photo")
    key = once.checked_key(request.POST.get("idempotency_key", ""))
    digests = []
    for upload in uploads:
        digests.append(sha256(b"".join(upload.chunks())).digest())
        upload.seek(0)
    request_hash = once.fingerprint(
        request.path.encode(), orjson.dumps([act, facts], option=orjson.OPT_SORT_KEYS), *digests
    )
    files = [(keep(upload, now=now).id, "photo") for upload in uploads]
    with transaction.atomic():
        if key and once.claim(f"p{caller.id}", key, request_hash) is not None:
            return
        doing = public.perform(
            number=number,
            act=act,
            by=caller,
            facts=facts,
            now=now,
            files=files,
            version=_version(request.POST.get("etag", "")),
        )
        if key:
            once.answer(
                f"p{caller.id}", key, 200, {"number": doing.case.number, "version": doing.case.version}
            )


def _version(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def answer_facts(request: HttpRequest, act: str) -> dict[str, Any]:
    """The facts of an answer: yes or no, and what was seen."""
    facts: dict[str, Any] = {}
    said = request.POST.get(ANSWERS[act], "")
    if said in {"true", "false"}:
        facts[ANSWERS[act]] = said == "true"
    if request.POST.get("opinion", "").strip():
        facts["opinion"] = request.POST["opinion"].strip()
    return facts
