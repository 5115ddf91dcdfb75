"""Answering 核实 and 核查 from a phone."""

from typing import Any

from django.http import HttpRequest

ANSWERS = {"verify_answer": "found", "check_answer": "fixed"}


def answer_facts(request: HttpRequest, act: str) -> dict[str, Any]:
    """The facts of an answer: yes or no, and what was seen."""
    facts: dict[str, Any] = {}
    said = request.POST.get(ANSWERS[act], "")
    if said in {"true", "false"}:
        facts[ANSWERS[act]] = said == "true"
    if request.POST.get("opinion", "").strip():
        facts["opinion"] = request.POST["opinion"].strip()
    return facts
