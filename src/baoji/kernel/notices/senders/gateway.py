"""SMS by any gateway that takes an HTTP POST: its address, the body it wants and its secret header are settings."""

import json
import re
from collections.abc import Callable
from urllib.parse import quote_plus

from django.conf import settings

from baoji.kernel.base.posting import Answer, post
from baoji.kernel.notices.senders.outcome import Message, Outcome

TIMEOUT_S = 10.0
LONGEST_SAID = 200


def send(message: Message) -> Outcome:
    """One POST. Whether the gateway took it is told by its status and, where set, by `SMS_OK` in its answer.

    An answer that never came may mean either: the next attempt carries the same id.
    """
    answer = post(settings.SMS_URL, _body(message), _headers(message), TIMEOUT_S)
    if answer.is_good:
        return _judged(answer)
    said = answer.text if answer.status == 0 else f"HTTP {answer.status} {answer.text}".strip()
    return Outcome(False, again=answer.may_be_tried_again, said=said[:LONGEST_SAID])


def _judged(answer: Answer) -> Outcome:
    """Many gateways say 200 to everything: `SMS_OK` is a pattern that only a message taken is answered with."""
    said = answer.text[:LONGEST_SAID]
    if settings.SMS_OK and not re.search(settings.SMS_OK, answer.text):
        return Outcome(False, again=True, said=said)
    return Outcome(True, said=said or "accepted")


def _is_json() -> bool:
    return str(settings.SMS_BODY).lstrip()[:1] in {"{", "["}


def _body(message: Message) -> bytes:
    """The template with its values, each written as JSON or a form wants it."""
    write: Callable[[str], str] = _in_json if _is_json() else quote_plus
    at = message.at.isoformat(timespec="seconds")
    values = {"to": message.to, "text": message.text, "id": message.ref, "at": at}
    return re.sub(r"\{(to|text|id|at)\}", lambda found: write(values[found[1]]), settings.SMS_BODY).encode()


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _headers(message: Message) -> dict[str, str]:
    kind = "application/json" if _is_json() else "application/x-www-form-urlencoded"
    name, _colon, value = str(settings.SMS_HEADER).partition(":")
    secret = {name.strip(): value.strip()} if name.strip() else {}
    return {
        "Content-Type": f"{kind}; charset=utf-8",
        "Idempotency-Key": message.ref,
        "User-Agent": "digital-baoji",
        **secret,
    }
