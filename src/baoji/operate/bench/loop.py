"""The whole loop as a client walks it: ten acts by seven people, following what each case offers."""

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from typing import Any
from uuid import uuid4

from PIL import Image

from baoji.operate.bench.crowd import Answer, Ask, request
from baoji.operate.bench.ground import Ground, Spot
from baoji.operate.bench.intake import report_ask

# act → who does it: a person, the case's body, or the collector asked
ACTS = (
    ("accept", "acceptor.1"),
    ("file", "chief.1"),
    ("dispatch", "dispatcher.1"),
    ("sign", "body"),
    ("answer", "body"),
    ("review", "dispatcher.1"),
    ("check_request", "acceptor.1"),
    ("check_answer", "asked"),
    ("close", "chief.1"),
)
PHOTO_ACTS = frozenset({"answer", "check_answer"})
SAID: dict[str, dict[str, Any]] = {
    "answer": {"opinion": "已处置，现场恢复原状"},
    "check_answer": {"fixed": True},
    "check_request": {"reason": "与上一件同一人"},  # drawn anew for each case, but learnt from one
}
Step = Generator[Ask, Answer, Any]
_pictures = count(1)


class Refusal(Exception):
    """An act was not accepted."""


def _picture() -> bytes:
    image = Image.effect_noise((96, 72), 40).convert("RGB")
    held = BytesIO()
    image.save(held, "JPEG", quality=70)
    return held.getvalue()


PICTURE = _picture()


def picture() -> bytes:
    """A small JPEG that no other is equal to: a comment of its own behind the first mark."""
    words = f"{uuid4().hex} {next(_pictures)}".encode()
    return PICTURE[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + PICTURE[2:]


@dataclass
class Learnt:
    """A spot, and what the case there offered: who acts and with which facts. Nothing else is known of the loop."""

    spot: Spot
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manner:
    minimal: bool = False  # Prefer: return=minimal
    look: bool = False  # each person fetches the case before they act


def multipart(facts: dict[str, Any]) -> tuple[str, bytes]:
    mark = uuid4().hex
    parts = (
        f'--{mark}\r\nContent-Disposition: form-data; name="facts"\r\n\r\n{json.dumps(facts, ensure_ascii=False)}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return (
        f"multipart/form-data; boundary={mark}",
        parts.encode() + picture() + f"\r\n--{mark}--\r\n".encode(),
    )


def act_ask(token: str, number: str, act: str, facts: dict[str, Any], manner: Manner) -> Ask:
    kind, body = (
        multipart(facts)
        if act in PHOTO_ACTS
        else ("application/json", json.dumps(facts, ensure_ascii=False).encode())
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    if manner.minimal:
        headers["Prefer"] = "return=minimal"
    return Ask(act, request("POST", f"/api/v1/cases/{number}/acts/{act}", headers, body))


def look_ask(token: str, number: str, label: str = "look") -> Ask:
    return Ask(label, request("GET", f"/api/v1/cases/{number}", {"Authorization": f"Bearer {token}"}))


def read(answer: Answer, act: str, *wanted: int) -> dict[str, Any]:
    if answer.status not in wanted:
        raise Refusal(f"{act}: {answer.status} {answer.body[:160].decode(errors='replace')}")
    found: dict[str, Any] = json.loads(answer.body) if wanted != (0,) else {}
    return found


def reported(ground: Ground, spot: Spot) -> Step:
    token = ground.draw.choice(ground.tokens([f"officer.{n:03d}" for n in range(1, 33)]))
    answer = yield report_ask(token, spot)
    return read(answer, "report", 201)["number"]


def learn(ground: Ground, learnt: Learnt) -> Step:
    """Walks one case, fetching it before every act, and keeps what it proposed."""
    number = yield from reported(ground, learnt.spot)
    for act, who in ACTS:
        if act == "sign":
            case = read((yield look_ask(ground.token("dispatcher.1"), number)), "look", 200)
            learnt.people["body"] = f"handler.{case['responsible']}"
        person = learnt.people.get(who, who)
        case = read((yield look_ask(ground.token(person), number)), "look", 200)
        learnt.facts[act] = proposed(case, act)
        read((yield act_ask(ground.token(person), number, act, learnt.facts[act], Manner())), act, 200)
        if act == "check_request":
            learnt.people["asked"] = learnt.facts[act]["collector"]


def proposed(case: dict[str, Any], act: str) -> dict[str, Any]:
    """The facts that the case proposes for an act it offers; what only people know is ours."""
    offer = next((one for one in case["acts"] if one["act"] == act), None)
    if offer is None:
        raise Refusal(f"{act} is not offered at {case['stage']}/{case['step']}")
    properties: dict[str, dict[str, Any]] = offer["schema"]["properties"]
    found = {name: schema["default"] for name, schema in properties.items() if "default" in schema}
    return {**found, **SAID.get(act, {})}


def walk(ground: Ground, learnt: Learnt, manner: Manner) -> Step:
    """One lifecycle; every answer is read and its step looked at."""
    number = yield from reported(ground, learnt.spot)
    for act, who in ACTS:
        token = ground.token(learnt.people.get(who, who))
        if manner.look:
            read((yield look_ask(token, number)), "look", 200)
        answer = yield act_ask(token, number, act, learnt.facts[act], manner)
        if answer.status != 200:
            read(answer, act, 200)
    if b'"step":"closed"' not in answer.body:
        raise Refusal(f"the case was not closed: {answer.body[:160].decode(errors='replace')}")
