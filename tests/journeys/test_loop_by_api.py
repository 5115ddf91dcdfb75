"""The closed loop through the public API, by a program that knows nothing but what a case offers."""

import pytest

from tests.cities import RunningCity
from tests.journeys.walk import act, manhole, report

pytestmark = [pytest.mark.slow]


def test_a_broken_manhole_from_report_to_score(city: RunningCity) -> None:
    component = manhole(city)
    number = report(
        city, kind="component", component=component["code"], condition=1, description="井盖缺失，路口行人绕行"
    )
    assert act(city, "acceptor.1", number, "accept")["stage"] == "file"
    filed = act(city, "chief.1", number, "file")
    assert filed["severity"] == "critical" and filed["case_number"].startswith(component["code"][:6])
    dispatched = act(city, "dispatcher.1", number, "dispatch")
    body = dispatched["responsible"]
    assert body == component["maintainer"]
    act(city, f"handler.{body}", number, "sign")
    act(city, f"handler.{body}", number, "answer", opinion="已补装井盖")
    act(city, "dispatcher.1", number, "review")
    asked = act(city, "acceptor.1", number, "check_request")["holder"]
    assert asked.startswith("collector.") and asked != "collector.01"
    act(city, asked, number, "check_answer", fixed=True)
    closed = act(city, "chief.1", number, "close")
    assert (closed["stage"], closed["status"], closed["light"], closed["due_at"]) == (
        "evaluate",
        "closed",
        None,
        None,
    )
    assert [entry["act"] for entry in closed["timeline"]] == [
        "report",
        "accept",
        "file",
        "dispatch",
        "sign",
        "answer",
        "review",
        "check_request",
        "check_answer",
        "close",
    ]


def test_the_department_learns_nobody(city: RunningCity) -> None:
    component = manhole(city)
    number = report(city, kind="component", component=component["code"], condition=2, description="井盖破损")
    act(city, "acceptor.1", number, "accept")
    act(city, "chief.1", number, "file")
    body = act(city, "dispatcher.1", number, "dispatch")["responsible"]
    with city.client(f"handler.{body}") as client:
        assert "collector." not in client.get(f"/api/v1/cases/{number}").text
    with city.client("handler.D53" if body != "D53" else "handler.D52") as stranger:
        assert stranger.get(f"/api/v1/cases/{number}").status_code == 404


def test_the_journal_verifies(city: RunningCity) -> None:
    assert city.dev("baoji", "audit", "verify")
