"""The phone's queue, cut off anywhere: every order, every loss, every death of the phone. Runs the app's own code in node."""

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.node import node

DRIVER = Path(__file__).with_name("queue_driver.mjs")
ME, OTHER = "collector.01", "collector.02"
TROUBLES = ("ok", "lost", "unheard", "stumbles", "busy", "crossed", "dies", "dies-after")
JsonObject = dict[str, Any]


class Queue:
    """The node process; `play` gives it a world and answers with what became of it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def play(self, **world: Any) -> JsonObject:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"person": ME, **world}) + "\n")
        self.process.stdin.flush()
        found: JsonObject = json.loads(self.process.stdout.readline())
        assert "crashed" not in found, found
        return found


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    words = (node(), str(DRIVER))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Queue(process)
        assert process.stdin
        process.stdin.close()


def parcel(n: int, **more: Any) -> JsonObject:
    usual = {
        "uuid": f"u{n}",
        "type": "report",
        "person": ME,
        "state": "waiting",
        "tries": 0,
        "said": "",
        "at": n,
        "urgent": False,
        "body": {},
        "media": [{"sha256": f"photo {n}"}],
    }
    return usual | more


def kinds() -> st.SearchStrategy[JsonObject]:
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(["report", "answer", "correction", "sos"]),
            "urgent": st.booleans(),
            "state": st.sampled_from(["waiting", "sending"]),
            "at": st.integers(0, 3),
            "shots": st.integers(0, 3),
            "fate": st.sampled_from(["good", "good", "good", "bad", "gone"]),
        }
    )


def parcels(rows: list[JsonObject]) -> list[JsonObject]:
    return [
        parcel(
            n,
            type=row["type"],
            urgent=row["urgent"],
            state=row["state"],
            at=row["at"],
            body={row["fate"]: True},
            media=[{"sha256": f"{n} {shot}"} for shot in range(row["shots"])],
        )
        for n, row in enumerate(rows)
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(kinds(), min_size=1, max_size=6),
    script=st.lists(st.sampled_from(TROUBLES), max_size=60),
    forgets=st.lists(st.sampled_from([f"{n} {shot}" for n in range(6) for shot in range(3)]), max_size=3),
)
def test_whatever_happens_each_goes_once_and_nothing_is_let_go_of_too_soon(
    queue: Queue, rows: list[JsonObject], script: list[str], forgets: list[str]
) -> None:
    """`forgets`: uploads that the server has lost when somebody asks."""
    given_ = parcels(rows)
    found = queue.play(parcels=given_, script=script, forgets=forgets)
    assert found["wrong"] == []
    ends = {"good": "sent", "bad": "refused", "gone": "gone"}
    for one, row in zip(given_, rows, strict=True):
        end, hashes = found["outbox"][one["uuid"]], {shot["sha256"] for shot in one["media"]}
        assert end["state"] == ends[row["fate"]]
        assert (one["uuid"] in found["taken"]) == (row["fate"] != "bad")
        assert hashes & set(found["media"]) == (hashes if row["fate"] == "bad" else set())
        assert end["body"] == one["body"] and end["media"] == one["media"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(kinds(), min_size=2, max_size=8))
def test_a_cry_goes_first_then_the_urgent_then_the_old(queue: Queue, rows: list[JsonObject]) -> None:
    given_ = parcels(rows)
    found = queue.play(parcels=given_, script=[])
    rank = {
        one["uuid"]: (0 if one["type"] == "sos" else 1 if one["urgent"] else 2, one["at"], one["uuid"])
        for one in given_
    }
    assert found["asked"] == sorted(found["asked"], key=lambda uuid: rank[uuid])
    assert len(found["asked"]) == len(given_)


def test_one_that_the_server_stumbles_over_holds_up_nobody(queue: Queue) -> None:
    rows = [parcel(n, media=[]) for n in range(3)]
    found = queue.play(parcels=rows, script=["stumbles"])
    assert found["asked"] == ["u1", "u2", "u0"]
    assert {one["state"] for one in found["outbox"].values()} == {"sent"}


def test_one_that_crossed_another_at_the_server_is_sent_again(queue: Queue) -> None:
    """A 下班 beside its own track, say: nothing was written, and the phone must not give it up."""
    found = queue.play(parcels=[parcel(n, media=[]) for n in range(2)], script=["crossed"])
    assert found["asked"] == ["u1", "u0"]
    assert {one["state"] for one in found["outbox"].values()} == {"sent"}


def test_without_a_line_nothing_else_is_tried(queue: Queue) -> None:
    rows = [parcel(n, media=[]) for n in range(3)]
    found = queue.play(parcels=rows, script=["lost"])
    assert found["asked"] == ["u0", "u1", "u2"]
    assert [found["outbox"][f"u{n}"]["tries"] for n in range(3)] == [1, 0, 0]


def test_a_photo_that_is_nowhere_any_more_is_said(queue: Queue) -> None:
    found = queue.play(parcels=[parcel(0)], script=[], empty=["photo 0"])
    assert (found["outbox"]["u0"]["state"], found["outbox"]["u0"]["said"]) == ("refused", "lost 1")
    assert found["taken"] == {}


def test_somebody_elses_waits_for_them(queue: Queue) -> None:
    found = queue.play(parcels=[parcel(0), parcel(1, person=OTHER)], script=[])
    assert (found["outbox"]["u0"]["state"], found["outbox"]["u1"]["state"]) == ("sent", "waiting")
    assert found["media"] == ["photo 1"]


def test_what_arrived_long_ago_is_let_go_of_and_nothing_else(queue: Queue) -> None:
    """Each start of the app reads all that the phone keeps."""
    day = 86_400_000
    rows = [
        parcel(0, state="sent", sentAt=0),
        parcel(1, state="sent", sentAt=10 * day),
        parcel(2, state="waiting"),
        parcel(3, state="sending"),
        parcel(4, state="refused", draft={}),
        parcel(5, state="gone", sentAt=0),
        parcel(6, type="stay", state="gone", sentAt=0),
        parcel(7, type="stay", state="gone", sentAt=0, seen=True),
        parcel(8, type="duty", state="sent", sentAt=0),
        parcel(9, type="duty", state="sent", sentAt=0),
        parcel(10, type="duty", state="sent", sentAt=0, person=OTHER),
    ]
    assert queue.play(kept=rows, now=15 * day)["past"] == ["u0", "u5", "u7", "u8"]
    assert queue.play(kept=rows, now=13 * day)["past"] == []


# The way through the tasks


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = math.radians(other[0] - one[0]) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, math.radians(other[1] - one[1])) * 6_371_000


spots = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda at: (107.1 + at[0] / 999, 34.3 + at[1] / 999)
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=st.lists(st.tuples(spots, st.booleans()), max_size=9), start=st.none() | spots)
def test_the_way_leads_to_the_urgent_first_and_always_to_the_nearest(
    queue: Queue, given_: list[tuple[tuple[float, float], bool]], start: tuple[float, float] | None
) -> None:
    tasks = [
        {
            "number": n,
            "severity": "critical" if urgent else "normal",
            "location": {"type": "Point", "coordinates": list(at)},
        }
        for n, (at, urgent) in enumerate(given_)
    ]
    way: list[int] = queue.play(tasks=tasks, **{"from": start})["way"]
    assert sorted(way) == list(range(len(given_)))
    assert [given_[n][1] for n in way] == sorted((urgent for _at, urgent in given_), reverse=True)
    here = start
    for step, n in enumerate(way):
        at, urgent = given_[n]
        if here is not None:
            left = [metres(here, given_[other][0]) for other in way[step:] if given_[other][1] == urgent]
            assert metres(here, at) <= min(left) + 0.01
        here = at


# Watches: what follows another waits for it


def turns(acts: list[str]) -> list[JsonObject]:
    """Turns of one watch as the app keeps them, each after the one before."""
    made = []
    for n, act in enumerate(acts):
        body = {"number": "T-1", "act": act, "captured_at": f"{n}"}
        more = {"after": f"u{n - 1}"} if n else {}
        made.append(parcel(n, media=[], type="stay", urgent=True, task="T-1", title="T-1", body=body, **more))
    return made


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(2, 5),
    others=st.lists(kinds(), max_size=3),
    script=st.lists(st.sampled_from(TROUBLES), max_size=40),
)
def test_turns_of_a_watch_go_in_order_whatever_happens(
    queue: Queue, count: int, others: list[JsonObject], script: list[str]
) -> None:
    watch = turns(["start", *["hand_over"] * (count - 1)])
    rest = [{**one, "uuid": f"o{n}"} for n, one in enumerate(parcels(others))]
    found = queue.play(parcels=[*rest, *reversed(watch)], script=script)
    assert found["wrong"] == []
    assert list(one for one in found["taken"] if one.startswith("u")) == [one["uuid"] for one in watch]
    asked = [int(uuid[1:]) for uuid in found["asked"] if uuid.startswith("u")]
    assert asked == sorted(asked)
    assert {found["outbox"][one["uuid"]]["state"] for one in watch} == {"sent"}


def test_a_turn_that_was_refused_holds_up_nothing(queue: Queue) -> None:
    watch = turns(["start", "end"])
    watch[0]["body"] = {**watch[0]["body"], "bad": True}
    found = queue.play(parcels=watch, script=[])
    assert [found["outbox"][uuid]["state"] for uuid in ("u0", "u1")] == ["refused", "sent"]


def test_a_watch_of_a_stumbling_server_waits_and_others_go_on(queue: Queue) -> None:
    found = queue.play(parcels=[*turns(["start", "end"]), parcel(9, media=[])], script=["stumbles"])
    assert found["asked"] == ["u9", "u0", "u1"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["start", "take", "hand_over", "end"]), min_size=1, max_size=6))
def test_where_one_stays_does_not_hang_on_how_far_the_queue_has_come(queue: Queue, acts: list[str]) -> None:
    made = turns(acts)
    shown = [queue.play(turns=made, answered=n)["stays"] for n in range(len(made) + 1)]
    places = [[(one["number"], one["since"]) for one in stays] for stays in shown]
    assert places == [places[0]] * len(places)
    begins = acts[-1] in {"start", "take"}
    assert len(places[0]) == begins
    assert [one["waiting"] for one in shown[0]] == [True] * begins and not any(
        one["waiting"] for one in shown[-1]
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["start", "take", "hand_over", "end"]), min_size=1, max_size=6))
def test_what_was_handed_over_is_shown_until_they_are_there_again(queue: Queue, acts: list[str]) -> None:
    made = turns(acts)
    shown = [queue.play(turns=made, answered=n)["handed"] for n in range(len(made) + 1)]
    whose = [[(one["number"], one["since"], one["arrived_at"]) for one in handed] for handed in shown]
    assert whose == [whose[0]] * len(whose)
    assert len(whose[0]) == (acts[-1] == "hand_over")


def handed_to_me(**more: Any) -> JsonObject:
    history = [{"who": "A", "until": "9", "arrived_at": "1"}, {"who": "B", "until": None, "arrived_at": None}]
    facts = {"number": "T-1", "status": "open", "title": "T", "since": "9", "history": history}
    return facts | {"arrived_at": None} | more


def test_who_was_handed_a_watch_says_that_they_are_there(queue: Queue) -> None:
    for answered in (0, 1):
        (mine,) = queue.play(turns=turns(["start"]), answered=answered, given=[handed_to_me()])["stays"]
        assert (mine["since"], mine["arrived_at"], mine["waiting"]) == ("9", "0", answered == 0)
        assert [row["arrived_at"] for row in mine["history"]] == ["1", "0"]
    twice = queue.play(turns=turns(["start", "start"]), answered=0, given=[handed_to_me()])["stays"]
    assert [one["arrived_at"] for one in twice] == ["0"]


def test_a_server_of_before_says_nothing_of_arrivals(queue: Queue) -> None:
    known = {name: fact for name, fact in handed_to_me().items() if name != "arrived_at"}
    (mine,) = queue.play(turns=turns(["start"]), answered=1, given=[known])["stays"]
    assert "arrived_at" not in mine


# Duty


def presses(acts: list[str]) -> list[JsonObject]:
    """上班 and 下班 as the app keeps them, each naming the one before."""
    made = []
    for n, act in enumerate(acts):
        before = f"u{n - 1}" if n else None
        body = {"act": act, "captured_at": f"{n}", "after": before}
        made.append(parcel(n, media=[], type="duty", body=body, **({"after": before} if n else {})))
    return made


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 5),
    others=st.lists(kinds(), max_size=3),
    script=st.lists(st.sampled_from(TROUBLES), max_size=40),
)
def test_presses_of_duty_go_in_order_each_once(
    queue: Queue, count: int, others: list[JsonObject], script: list[str]
) -> None:
    made = presses(["start", "end", "start", "end", "start"][:count])
    rest = [{**one, "uuid": f"o{n}"} for n, one in enumerate(parcels(others))]
    found = queue.play(parcels=[*rest, *reversed(made)], script=script)
    assert found["wrong"] == []
    assert [one for one in found["taken"] if one.startswith("u")] == [one["uuid"] for one in made]
    assert {found["outbox"][one["uuid"]]["state"] for one in made} == {"sent"}


def test_duty_goes_by_its_age_with_everything_else(queue: Queue) -> None:
    rows = [parcel(0, media=[]), presses(["start", "start"])[1] | {"after": None}, parcel(2, media=[])]
    assert queue.play(parcels=rows, script=[])["asked"] == ["u0", "u1", "u2"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["start", "end"]), min_size=1, max_size=6))
def test_what_the_phone_shows_of_duty_does_not_hang_on_how_far_the_queue_has_come(
    queue: Queue, acts: list[str]
) -> None:
    made = presses(acts)
    shown = [queue.play(presses=made, answered=n) for n in range(len(made) + 1)]
    assert len({one["since"] for one in shown}) == 1
    assert (shown[0]["since"] is None) == (acts[-1] == "end")
    assert [one["waits"] for one in shown] == [True] * len(made) + [False]
    assert {one["last"] for one in shown} == {made[-1]["uuid"]}
    # An answer that was asked for before any of them says nothing about them.
    assert {one["early"]["since"] for one in shown} == {shown[0]["since"]}
    # Positions are held until no beginning waits.
    assert [one["holds"] for one in shown] == ["start" in acts[n:] for n in range(len(made) + 1)]


# The clock -----------------------------------------------------------------------------


def contact(off: int, there: int, back: int) -> JsonObject:
    """A phone whose clock is `off` milliseconds behind the server's; its request and the answer take so long."""
    sent = 1_000_000
    return {"sent": sent, "received": sent + off + there, "answered": sent + off + there + 10} | {
        "heard": sent + there + 10 + back
    }


def test_a_slow_contact_does_not_move_a_right_clock(queue: Queue) -> None:
    slow = [contact(0, 30, 6000), contact(0, 5000, 20), contact(0, 30, 30)]
    assert queue.play(contacts=slow)["offsets"] == [0, 0, 0]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    off=st.integers(-(10**9), 10**9),
    ways=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000)), min_size=1, max_size=6),
)
def test_what_is_known_of_the_clock_is_as_good_as_the_best_contact(
    queue: Queue, off: int, ways: list[tuple[int, int]]
) -> None:
    offsets = queue.play(contacts=[contact(off, *way) for way in ways])["offsets"]
    for n, (there, back) in enumerate(ways):
        quick = min(max(pair) for pair in ways[: n + 1])
        assert abs(offsets[n] - off) <= max(there, back) + 1
        assert abs(offsets[n] - off) <= quick + 1, "a slow contact after a quick one makes nothing worse"
