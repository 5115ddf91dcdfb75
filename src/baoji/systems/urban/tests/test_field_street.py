"""On foot: duty and positions, tasks that are passed on, SOS, corrections of the ledger, staying at a place."""

from base64 import b64encode
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from tests.town import COVER, NOW, case, do, new, photo, program, report, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.signed import canonical
from baoji.systems.urban import public
from baoji.systems.urban.models import CaseClass, Edition

pytestmark = pytest.mark.django_db
PLACE = (107.1485, 34.3605)
MINUTE = timedelta(minutes=1)


def point(minutes: int, lon: float = PLACE[0]) -> public.Point:
    return public.Point(NOW + minutes * MINUTE, lon, PLACE[1], 8.0)


def told(kind: str) -> int:
    return int(sql.value("SELECT count(*) FROM notices_notice WHERE kind = %s", [kind]))


def refused(what: Any, **given: Any) -> str:
    with pytest.raises(Refused) as caught:
        what(**given)
    return caught.value.code


# Duty and positions


def test_duty_begins_once_and_ends() -> None:
    me = who("collector.01")
    assert public.start_duty(by=me, now=NOW) == public.start_duty(by=me, now=NOW + MINUTE) == NOW
    assert public.on_duty_since(me) == NOW
    public.end_duty(by=me, now=NOW + MINUTE)
    assert public.on_duty_since(me) is None


def test_positions_are_kept_while_on_duty_only_and_each_once() -> None:
    me = who("collector.01")
    assert public.keep_positions(by=me, points=[point(1)], now=NOW + 2 * MINUTE) == (0, {"off_duty": 1})
    public.start_duty(by=me, now=NOW)
    given = [point(n) for n in (1, 2, 3)]
    for _time in range(2):
        public.keep_positions(by=me, points=given, now=NOW + 5 * MINUTE)
    public.end_duty(by=me, now=NOW + 10 * MINUTE)
    told = public.keep_positions(by=me, points=[point(8), point(30)], now=NOW + 40 * MINUTE)
    assert told == (1, {"off_duty": 1})
    assert sql.value("SELECT count(*) FROM urban_position") == 4


def test_a_gap_is_shown_and_not_filled_in() -> None:
    me = who("collector.01")
    public.start_duty(by=me, now=NOW)
    public.keep_positions(by=me, points=[point(1), point(40)], now=NOW + 41 * MINUTE)
    seen = public.own_track(me, "", NOW + 45 * MINUTE)
    assert [len(seen["points"]), seen["gaps"]] == [2, [[NOW + MINUTE, NOW + 40 * MINUTE]]]
    assert seen["runs"] == [1, 1]
    public.keep_positions(by=me, points=[point(9), point(48), point(50)], now=NOW + 51 * MINUTE)
    assert public.own_track(me, "", NOW + 51 * MINUTE)["runs"] == [2, 3]


def test_positions_are_forgotten_after_their_time() -> None:
    me = who("collector.01")
    public.start_duty(by=me, now=NOW)
    public.keep_positions(by=me, points=[point(1)], now=NOW + 2 * MINUTE)
    assert public.forget_positions(NOW + timedelta(days=10)) == 0
    assert public.forget_positions(NOW + timedelta(days=400)) == 1


def test_a_department_has_no_duty_in_the_street() -> None:
    assert refused(public.start_duty, by=who("handler.D01"), now=NOW) == "not-allowed"


def test_who_goes_off_duty_passes_the_tasks_on() -> None:
    number = new("check/checking")
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    passed = public.end_duty(by=who(code), now=NOW)
    assert passed == [number]
    assert case(number).holder_person_id not in {who(code).id, None}
    line = public.view(who("head.1"), public.load(number), NOW)["timeline"][-1]
    assert (line["act"], line["by"], line["post"]) == ("check_request", "system", "system")
    assert line["on_behalf_of"] == code, "the hand-over says whose task it was"
    seen = public.view(who("handler.D29"), public.load(number), NOW)["timeline"][-1]
    assert (seen["on_behalf_of"], seen["receiver"]) == (None, None), "and not to the department"


def test_positions_lock_the_phone_before_its_duty_as_a_press_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way round a 下班 and the track that goes with it wait for each other, and one of the two is refused."""
    now, statements, run = timezone.now(), [], sql._run
    points = [[milliseconds(now), 1071485000, 343605000, 80]]
    phone = Phone(who("collector.01")).enrol(now)
    sealed = phone.shoot(now, canonical(points), kind="positions", size=None, mime=None)
    sender = program("collector.01")

    def keep(statement: str, params: Any, factory: Any) -> Any:
        statements.append(statement)
        return run(statement, params, factory)

    monkeypatch.setattr(sql, "_run", keep)
    words = {name: b64encode(part).decode() for name, part in zip(("envelope", "sig"), sealed, strict=True)}
    body = {"points": points, **words}
    answer = sender.post("/api/v1/field/positions", body, content_type="application/json")
    assert answer.status_code == 200 and answer.json()["receipt"], answer.content
    locks = [
        word for one in statements for word in ("evidence_device d WHERE d.kid", "urban.duty") if word in one
    ]
    assert locks[0] != "urban.duty" and "urban.duty" in locks


def test_positions_come_through_the_door() -> None:
    sender = program("collector.01")
    assert sender.post("/api/v1/field/duty/start").status_code == 200
    now_ms = int(public.on_duty_since(who("collector.01")).timestamp() * 1000)  # type: ignore[union-attr]
    body = {"points": [[now_ms, 1071485000, 343605000, 80], [now_ms + 1, 1071485100, 343605000, 80]]}
    answer = sender.post("/api/v1/field/positions", body, content_type="application/json")
    assert (answer.status_code, answer.json()["kept"]) == (200, 2)
    assert len(sender.get("/api/v1/field/track").json()["points"]) == 2
    assert (
        sender.post(
            "/api/v1/field/positions", {"points": [[1, 2]]}, content_type="application/json"
        ).status_code
        == 422
    )


# SOS


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ([108.94, 34.34], (108.94, 34.34)),  # in the next city, where somebody may have followed a truck
        ([0.0, 0.0], (0.0, 0.0)),  # what a phone says that knows nothing
        ([34.3605, 107.1485], None),
        ([900.0, 34.3], None),
    ],
)
def test_no_place_keeps_a_cry_back(place: list[float], kept: tuple[float, float] | None) -> None:
    body = {"location": {"type": "Point", "coordinates": place}, "words": "被围住"}
    answer = program("collector.01").put(
        f"/api/v1/field/sos/{uuid4()}", body, content_type="application/json"
    )
    assert answer.status_code == 204, answer.content
    assert told("sos") == 3
    (found,) = sql.tuples("SELECT ST_X(place), ST_Y(place) FROM urban_distress")
    assert found == (kept or (None, None))


def test_a_cry_is_heard_once_and_taken_by_one() -> None:
    name = uuid4()
    for _time in range(2):
        public.cry_for_help(by=who("collector.01"), name=name, place=PLACE, words="被围住", now=NOW)
    assert told("sos") == 3
    public.take_distress(by=who("chief.1"), name=name, now=NOW)
    assert refused(public.take_distress, by=who("commander.1"), name=name, now=NOW) == "already-taken"
    assert refused(public.take_distress, by=who("acceptor.1"), name=name, now=NOW) == "not-allowed"
    public.end_distress(by=who("chief.1"), name=name, outcome="人已平安", now=NOW)
    assert (
        refused(public.end_distress, by=who("chief.1"), name=name, outcome="又一次", now=NOW) == "not-there"
    )
    said = sql.tuples("SELECT verb, actor_id FROM audit_entry WHERE subject = 'urban.distress' ORDER BY n")
    told_by = [("cry", "collector.01"), ("take", "chief.1"), ("end", "chief.1")]
    assert said == [(verb, who(code).id) for verb, code in told_by], "each step once"


# Corrections


def correction(kind: str, **more: Any) -> Any:
    name = uuid4()
    given = {"component": COVER, "place": PLACE} | more
    public.propose_correction(
        by=who("collector.01"), name=name, finding=public.Finding(kind, **given), files=[], now=NOW
    )
    return name


def thing(code: str) -> Any:
    return sql.row(
        "SELECT state, class_code, unit_grid, ST_X(place) AS lon, ST_Y(place) AS lat FROM urban_component WHERE code = %s",
        [code],
    )


def accept(name: Any, by: str = "operator.1") -> str:
    return public.decide_correction(by=who(by), name=name, accept=True, reason="", now=NOW)


def test_a_moved_component_moves_once_a_second_person_agrees() -> None:
    there = (PLACE[0] + 0.0004, PLACE[1])
    name = correction("moved", place=there)
    assert thing(COVER)["lon"] == pytest.approx(PLACE[0], abs=1e-6)
    assert accept(name) == COVER
    assert thing(COVER)["lon"] == pytest.approx(there[0], abs=1e-6)
    assert refused(accept, name=name) == "already-decided"


def test_what_is_missing_new_or_of_another_class() -> None:
    accept(correction("missing"))
    assert thing(COVER)["state"] == "丢失"
    made = accept(correction("new", component="", class_code="0137"))
    assert (len(made), thing(made)["class_code"], thing(made)["state"]) == (16, "0137", "完好")
    assert public.component(made) is not None
    other = accept(correction("class", class_code="0103"))
    assert (thing(COVER)["state"], thing(other)["class_code"]) == ("废弃", "0103")
    accept(correction("state", component=other, state="破损"))
    assert thing(other)["state"] == "破损"


def test_a_class_that_went_out_of_force_after_it_was_found() -> None:
    city = Edition.objects.get_or_create(code="local", defaults={"name": "本市扩展", "in_force": True})[0]
    CaseClass.objects.get_or_create(edition=city, kind="component", code="0284", defaults={"name": "人行道"})
    bump("classes")
    name = correction("class", class_code="0284")
    Edition.objects.filter(code="local").update(in_force=False)
    bump("classes")
    assert refused(accept, name=name) == "class-gone"
    assert thing(COVER)["state"] == "完好", "nothing is half done"


LEDGER = ["edition", "maintainer", "owner", "in_charge", "accuracy", "data_source"]


def test_what_is_made_has_the_bodies_of_its_class_and_the_edition_in_force() -> None:
    city = Edition.objects.get_or_create(code="local", defaults={"name": "本市扩展", "in_force": True})[0]
    CaseClass.objects.get_or_create(edition=city, kind="component", code="0284", defaults={"name": "人行道"})
    bump("classes")
    pavement = public.component(accept(correction("new", component="", class_code="0284")))
    assert pavement is not None and pavement["edition"] == "local"
    cover = public.component(accept(correction("new", component="", class_code="0102")))
    assert cover is not None
    twin = public.component(COVER)
    assert twin is not None and twin["in_charge"] != twin["maintainer"] == "D29"
    told = [cover[name] for name in LEDGER]
    assert told == ["2013", "D29", twin["owner"], twin["in_charge"], "C", "现场纠错"]


def test_a_place_that_a_phone_found_is_no_surveyed_one() -> None:
    sql.execute("UPDATE urban_component SET accuracy = 'A', data_source = '实测' WHERE code = %s", [COVER])
    accept(correction("moved", place=(PLACE[0] + 0.0004, PLACE[1])))
    moved = public.component(COVER)
    assert moved is not None and [moved[name] for name in LEDGER[-2:]] == ["C", "现场纠错"]


def test_nobody_decides_the_own_finding_and_a_refusal_says_why() -> None:
    name = correction("missing")
    assert refused(accept, name=name, by="acceptor.1") == "not-allowed"
    given = {"by": who("operator.1"), "name": name, "accept": False, "now": NOW}
    assert refused(public.decide_correction, **given, reason="") == "validation"
    public.decide_correction(**given, reason="现场看过，井盖还在")
    assert thing(COVER)["state"] == "完好"


@pytest.mark.parametrize(
    "more",
    [
        {"component": "6103020102999999"},
        {"kind": "new", "class_code": "9999"},
        {"kind": "moved", "place": None},
        {"kind": "moved", "place": (116.4, 39.9)},
    ],
)
def test_a_finding_must_make_sense(more: dict[str, Any]) -> None:
    kind = more.pop("kind", "missing")
    with pytest.raises(Refused):
        correction(kind, **more)
    assert sql.value("SELECT count(*) FROM urban_correction") == 0


# Staying


def test_somebody_stays_until_the_place_is_fenced() -> None:
    number = report(condition=1)
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    first, second = who("collector.01"), who("collector.02")
    public.start_duty(by=second, now=NOW)
    public.stay_at(by=first, number=number, now=NOW)
    public.stay_at(by=first, number=number, now=NOW)
    public.hand_stay_over(by=first, number=number, to="collector.02", now=NOW + MINUTE)
    assert refused(public.end_stay, by=first, number=number, fenced=False, files=[], now=NOW) in {
        "not-allowed",
        "not-there",
    }
    given = {"by": second, "number": number, "fenced": True, "now": NOW + 2 * MINUTE}
    assert refused(public.end_stay, **given, files=[]) == "photo-required"
    public.end_stay(**given, files=[(photo(), "photo")])
    stays = sql.tuples("SELECT person_id, until IS NOT NULL, fenced FROM urban_stay ORDER BY id")
    assert stays == [(first.id, True, False), (second.id, True, True)]


def test_an_ordinary_case_needs_nobody_to_stay() -> None:
    assert refused(public.stay_at, by=who("collector.01"), number=report(), now=NOW) == "wrong-stage"


def _critical() -> str:
    number = report(condition=1)
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [number])
    return number


def test_a_phone_that_did_not_hear_the_answer_asks_again() -> None:
    """Handed over or ended twice is once; a third person still may not."""
    number, first, second = _critical(), who("collector.01"), who("collector.02")
    public.start_duty(by=second, now=NOW)
    public.stay_at(by=first, number=number, now=NOW)
    for _time in range(2):
        public.hand_stay_over(by=first, number=number, to="collector.02", now=NOW + MINUTE)
    assert refused(public.hand_stay_over, by=first, number=number, to="collector.03", now=NOW) in {
        "not-allowed",
        "not-there",
    }
    for _time in range(2):
        public.end_stay(by=second, number=number, fenced=False, files=[], now=NOW + 2 * MINUTE)
    assert sql.value("SELECT count(*) FROM urban_stay") == 2
    assert refused(public.end_stay, by=second, number=number, fenced=True, files=[], now=NOW) == "not-allowed"


def test_a_phone_sees_who_stays_and_who_could_take_over() -> None:
    number, first = _critical(), who("collector.01")
    public.start_duty(by=who("collector.02"), now=NOW)
    public.stay_at(by=first, number=number, now=NOW)
    found = program("collector.01").get("/api/v1/field/stays").json()
    assert [(one["number"], one["history"][0]["who"]) for one in found["items"]] == [(number, first.name)]
    assert [one["code"] for one in found["relief"]] == ["collector.02"]
    public.hand_stay_over(by=first, number=number, to="collector.02", now=NOW + MINUTE)
    assert program("collector.01").get("/api/v1/field/stays").json()["items"] == []
    (mine,) = program("collector.02").get("/api/v1/field/stays").json()["items"]
    assert [(one["who"], one["handed_to"]) for one in mine["history"]] == [
        (first.name, who("collector.02").name),
        (who("collector.02").name, None),
    ]


# What became of it


def test_a_rejection_is_told_with_its_reason_and_others_see_nothing_of_it() -> None:
    number = report()
    do(number, "acceptor.1", "reject")
    why = sql.value(
        "SELECT t.opinion FROM flow_record t JOIN flow_case c ON c.id = t.case_id WHERE c.number = %s AND t.act = 'reject'",
        [number],
    )
    assert why
    reporter = sql.value(
        "SELECT p.code FROM flow_case c JOIN identity_person p ON p.id = c.reporter_id WHERE c.number = %s",
        [number],
    )
    (mine,) = program(reporter).get("/api/v1/field/mine").json()["items"]
    assert (mine["number"], mine["status"], mine["is_bad"], mine["why"]) == (
        number,
        "rejected",
        True,
        why,
    )
    assert program("collector.02").get("/api/v1/field/mine").json()["items"] == []


def test_a_finding_is_told_with_its_decision() -> None:
    name = correction("missing")
    found = public.own_corrections(who("collector.01"), NOW)
    assert [(one["kind"], one["status"]) for one in found] == [("missing", "waiting")]
    given = {"by": who("operator.1"), "name": name, "accept": False, "now": NOW}
    public.decide_correction(**given, reason="现场看过，井盖还在")
    (decided,) = public.own_corrections(who("collector.01"), NOW)
    assert (decided["status"], decided["reason"]) == ("refused", "现场看过，井盖还在")
    assert public.own_corrections(who("collector.02"), NOW) == []
    assert public.own_corrections(who("collector.01"), NOW + timedelta(days=91)) == []


def test_messages_are_read_by_whom_they_are_for() -> None:
    name = correction("missing")
    public.decide_correction(by=who("operator.1"), name=name, accept=True, reason="", now=NOW)
    (told_,) = program("collector.01").get("/api/v1/field/messages").json()["items"]
    assert (told_["kind"], told_["read"], told_["number"]) == ("correction", False, "")
    for code in ("collector.02", "collector.01"):
        body = {"ids": [told_["id"]]}
        read = program(code).post("/api/v1/field/messages/read", body, content_type="application/json")
        assert read.status_code == 204
        (now_,) = program("collector.01").get("/api/v1/field/messages").json()["items"]
        assert now_["read"] is (code == "collector.01")
