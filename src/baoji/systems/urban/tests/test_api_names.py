"""Names that other programs rely on, as they were promised: whoever renames one breaks somebody."""

from typing import Any

import pytest
from tests.town import COVER, EVENT_PLACE, OTHER_COVER, do, event, new, program, report, walk

from baoji.kernel.maps.coordinates import to_gcj
from baoji.systems.urban.actions.facts import CHOICES
from baoji.systems.urban.city.report import COUNTS
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db

CASE = """number case_number kind class condition severity source description location unit_grid component responsible
co_handlers holder stage step status pending light due_at created_at returns rework merged_into closing timeline attachments
acts"""
ENTRY = "act by on_behalf_of post at from to receiver opinion overdue"
COMPONENT = "code class name location unit_grid in_charge owner maintainer state"
CITY = """counties streets communities unit_grids responsibility_grids components component_classes event_classes conditions
departments collectors officers sanitation_workers"""
STAGES = "collect file dispatch handle feedback check evaluate"
STATUSES = "open suspended closed rejected declined void merged"
# Acts and their facts; what may be left out besides has been added since.
ACTS = """
reject decline void withdraw reopen refer_back recall return appeal: reason
verify_request check_request: collector
verify_answer: found opinion
check_answer: fixed opinion
file: class condition
dispatch: to co_handlers
pass_on: to
answer co_answer review reply opinion settle: opinion
send_back extend_request: reason
arbitrate: to opinion
suspend_request: kind reason until
extend_decide suspend_decide appeal_decide: grant opinion
milestone: n opinion
close: closing_condition kind opinion
supervise: opinion reply_by
merge: into
correct: kind class component location address
accept sign resume urge unmerge:
"""
LINES = [line.partition(":") for line in ACTS.strip().splitlines()]
PROMISED = [(act, set(facts.split())) for acts, _colon, facts in LINES for act in acts.split()]


@pytest.mark.parametrize(("name", "facts"), PROMISED)
def test_an_act_takes_the_facts_that_were_promised_and_needs_no_others(name: str, facts: set[str]) -> None:
    found = [act for act in FLOW.acts if act.name == name]
    assert found
    for act in found:
        known = {fact.name for fact in act.facts}
        assert facts <= known
        assert {fact.name for fact in act.facts if fact.required} <= facts


def test_the_choices_of_facts() -> None:
    assert set(CHOICES["close", "kind"]) == {"normal", "by_notice", "forced"}
    assert {"defer"} < set(CHOICES["suspend_request", "kind"])
    assert set(CHOICES["correct", "kind"]) == {"component", "event"}


def test_stages_and_statuses() -> None:
    assert [code for code, _title in FLOW.stages] == STAGES.split()
    assert {step.status for step in FLOW.steps} == set(STATUSES.split())
    assert FLOW.step("evaluate/closed").status == "closed"


def test_a_case_and_its_timeline() -> None:
    number = walk(report(), "dispatch/filed")
    do(number, "dispatcher.1", "dispatch", co_handlers=["D38"])
    told = program("handler.D29").get(f"/api/v1/cases/{number}").json()
    assert set(CASE.split()) <= told.keys()
    assert all(set(ENTRY.split()) <= entry.keys() for entry in told["timeline"])
    assert (told["responsible"], told["holder"], told["co_handlers"]) == ("D29", "D29", ["D38"])
    last = told["timeline"][-1]
    assert (last["act"], last["from"], last["to"], last["receiver"]) == (
        "dispatch",
        "dispatch/filed",
        "handle/to_sign",
        "D29",
    )
    offer = next(one for one in told["acts"] if one["act"] == "sign")
    assert {"act", "title", "schema", "photos"} <= offer.keys() and offer["photos"].keys() == {"min", "max"}


def test_what_waits_on_a_case_is_named() -> None:
    number = new("handle/handling")
    do(number, "@body", "extend_request")
    do(number, "@body", "suspend_request")
    do(number, "mayor.1", "supervise")
    told = program("commander.1").get(f"/api/v1/cases/{number}").json()
    assert told["pending"].keys() == {"extend", "suspend", "supervise"}


REPORT: dict[str, Any] = {
    "kind": "event",
    "component": None,
    "class": "0110",
    "condition": 1,
    "description": "垃圾散落",
    "location": EVENT_PLACE,
    "crs": "EPSG:4490",
    "address": "经二路 9 号",
    "self_disposed": False,
    "caller": {"name": "雷秀兰", "phone": "13909170000"},
}


def test_a_report_takes_all_names() -> None:
    answer = program("hotline.1").post("/api/v1/reports", REPORT, content_type="application/json")
    assert answer.status_code == 201
    number = answer.json()["number"]
    assert answer["Location"] == f"/api/v1/cases/{number}"
    told = program("acceptor.1").get(f"/api/v1/cases/{number}").json()
    assert (told["kind"], told["class"], told["condition"], told["source"]) == ("event", "0110", 1, "hotline")
    assert (told["address"], told["status"], told["stage"]) == ("经二路 9 号", "open", "collect")


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326"])
def test_a_place_off_its_component_by_the_phone_maps_shift_has_its_code(crs: str) -> None:
    caller = program("officer.001")
    place = caller.get(f"/api/v1/components/{COVER}").json()["location"]["coordinates"]
    shifted = {"type": "Point", "coordinates": list(to_gcj(*place))}
    given = {"kind": "component", "component": COVER, "location": shifted, "crs": crs}
    refused = caller.post("/api/v1/reports", given, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "coordinates-shifted")
    assert refused["Content-Type"] == "application/problem+json" and "location" in refused.json()["errors"]
    said = caller.post("/api/v1/reports", given | {"crs": "GCJ-02"}, content_type="application/json")
    assert said.status_code == 201


def test_components_by_name_box_class_and_page() -> None:
    caller = program("collector.01")
    first = caller.get("/api/v1/components", {"limit": 1}).json()
    assert first.keys() == {"items", "next"} and set(COMPONENT.split()) <= first["items"][0].keys()
    every, after = [], ""
    while after is not None:
        page = caller.get("/api/v1/components", {"limit": 1, "after": after}).json()
        every += [one["code"] for one in page["items"]]
        after = page["next"]
    assert every == sorted(set(every)) and len(every) > 1
    alone = caller.get(f"/api/v1/components/{COVER}").json()
    lon, lat = alone["location"]["coordinates"]
    box = f"{lon - 0.00001},{lat - 0.00001},{lon + 0.00001},{lat + 0.00001}"
    there = {one["code"] for one in caller.get("/api/v1/components", {"bbox": box}).json()["items"]}
    assert COVER in there and OTHER_COVER not in there
    listed = caller.get("/api/v1/components", {"class": alone["class"]}).json()["items"]
    assert COVER in {one["code"] for one in listed} and {one["class"] for one in listed} == {alone["class"]}
    assert caller.get("/api/v1/components", {"class": "9998"}).json()["items"] == []
    missing = caller.get("/api/v1/components/6103020102999999")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-there")


def test_a_list_of_cases_is_a_page() -> None:
    numbers = {event(), event()}
    caller = program("chief.1")
    read, after = [], ""
    while after is not None:
        page = caller.get("/api/v1/cases", {"limit": 1, "after": after}).json()
        assert page.keys() == {"items", "next"}
        read += [one["number"] for one in page["items"]]
        after = page["next"]
    assert numbers <= set(read) and len(read) == len(set(read))


def test_the_citys_report() -> None:
    assert list(COUNTS) == CITY.split()
