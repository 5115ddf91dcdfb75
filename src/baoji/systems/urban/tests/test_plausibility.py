"""核对 from the phone to the desk: looked at after the receipt, once, again when late tracks are there, decided by a person."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from PIL import Image
from tests.town import NOW, case, desk, do, new, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.records import uploads
from baoji.systems.urban import public
from baoji.systems.urban.actions import plausibility
from baoji.systems.urban.pages.street.plausibility_words import sentence
from baoji.systems.urban.queries import plausibility_facts

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RUN = uuid4().bytes
HERE, FAR = (107.1485, 34.3605), (107.2372, 34.3619)  # eight kilometres apart


class Walker:
    """A collector with a phone, and what it delivers straight to the door."""

    def __init__(self, code: str = "collector.01") -> None:
        self.person = who(code)
        self.phone = Phone(self.person).enrol(NOW, by=who("chief.1"))
        self.phone.contact(NOW)
        self.count = 0

    def shoot(self, when: datetime, place: tuple[float, float] = HERE, **more: Any) -> public.Medium:
        self.count += 1
        made = BytesIO()
        noise = Random(RUN + self.person.code.encode() + bytes([self.count])).randbytes(768)
        Image.frombytes("RGB", (16, 16), noise).save(made, "JPEG")
        spot = {"lon7": round(place[0] * 1e7), "lat7": round(place[1] * 1e7), "acc_dm": 80}
        said = self.phone.says(when, made.getvalue(), **spot | {"fix_at": milliseconds(when)} | more)
        sealed = self.phone.seal(said)
        uploads.put(self.person.id or 0, made.getvalue(), kind="photo", now=NOW)
        return public.Medium(said["sha256"], "photo", public.Signed(*sealed))

    def report(self, media: Sequence[public.Medium], now: datetime, **more: Any) -> str:
        draft = public.Draft(
            kind="event",
            class_code="0110",
            condition=1,
            location={"type": "Point", "coordinates": list(HERE)},
            **more,
        )
        parcel = public.Parcel(uuid4(), "x", media)
        made = public.deliver_report(by=self.person, parcel=parcel, draft=draft, now=now)
        assert made.status == 201
        return str(made.answer["number"])

    def answer(self, number: str, media: Sequence[public.Medium], now: datetime) -> None:
        made = public.deliver_answer(
            by=self.person,
            parcel=public.Parcel(uuid4(), "x", media),
            number=number,
            act="check_answer",
            facts={"fixed": True},
            now=now,
        )
        assert made.status == 201


def found(state: str = "new") -> dict[str, dict[str, Any]]:
    rows, _following = public.findings(public.FindingsAsked(state=state))
    assert len({row["kind"] for row in rows}) == len(rows)
    return {row["kind"]: row for row in rows}


@pytest.fixture
def far_away() -> str:
    """A report whose photo was taken eight kilometres from the place it names."""
    walker = Walker()
    return walker.report([walker.shoot(NOW, FAR)], NOW + MINUTE)


def test_nothing_is_looked_at_while_the_phone_waits(far_away: str) -> None:
    assert found() == {}
    assert plausibility.look_at_new(NOW + 2 * MINUTE) == 1
    row = found()["far"]
    assert (row["code"], row["number"]) == ("collector.01", far_away)
    assert 8000 < row["facts"]["metres"] < 8300


@pytest.mark.parametrize("place_by", ["", "fix", "hand"])
def test_a_place_pressed_on_the_map_is_a_remark_beside_the_distance(place_by: str) -> None:
    """It is found all the same: nobody sees a photo better for having pressed far away."""
    walker = Walker()
    number = walker.report([walker.shoot(NOW, FAR)], NOW + MINUTE, place_by=place_by)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    row = found()["far"]
    assert 8000 < row["facts"]["metres"] < 8300
    is_said = "对象的位置是上报人在地图上点的" in sentence("far", row["facts"])
    assert is_said is ("by_hand" in row["facts"]) is (place_by == "hand")
    do(number, "acceptor.1", "correct", location={"type": "Point", "coordinates": [HERE[0], HERE[1] + 1e-4]})
    plausibility.look_again(NOW + 5 * HOUR)
    assert "by_hand" not in found()["far"]["facts"]


def test_looking_twice_finds_it_once(far_away: str) -> None:
    for minutes in (2, 3, 4):
        plausibility.look_at_new(NOW + minutes * MINUTE)
    plausibility.look_again(NOW + 5 * HOUR)
    assert sql.value("SELECT count(*) FROM urban_plausibility WHERE kind = 'far'") == 1


def test_a_look_goes_on_where_it_stopped(far_away: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plausibility, "BATCH", 2)
    walker = Walker("collector.02")
    for minutes in range(5):
        walker.report([walker.shoot(NOW + minutes * MINUTE)], NOW + (minutes + 1) * MINUTE)
    assert plausibility.look_at_new(NOW + 10 * MINUTE) == 6
    assert plausibility.look_at_new(NOW + 20 * MINUTE) == 0


def test_a_report_at_its_place_finds_nothing_but_that_the_track_is_unknown() -> None:
    walker = Walker()
    walker.report([walker.shoot(NOW)], NOW + MINUTE)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    plausibility.look_again(NOW + 5 * HOUR)
    assert found() == {}
    assert found("unknown")["no_track"]["facts"] == {"minutes": 10, "on_duty": 0}


def test_a_photo_says_where_its_phone_had_been_before() -> None:
    walker = Walker()
    number = walker.report([walker.shoot(NOW, fix_at=milliseconds(NOW - 20 * MINUTE))], NOW + MINUTE)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    row = found()["old_fix"]
    assert (row["number"], row["facts"]) == (number, {"seconds": 1200, "limit_seconds": 120})
    assert sentence("old_fix", row["facts"]) == "照片上的位置是拍照前 20 分测的"


@pytest.mark.parametrize("beyond", [{"lat7": 10**15}, {"lon7": -(10**15)}])
def test_a_place_beyond_the_earth_is_no_place(beyond: dict[str, int]) -> None:
    walker = Walker()
    walker.report([walker.shoot(NOW, **beyond)], NOW + MINUTE)
    assert plausibility.look_at_new(NOW + 2 * MINUTE) == 1
    assert found() == {}


def test_an_accuracy_below_nothing_moves_nobody_away() -> None:
    walker = Walker()
    walker.report([walker.shoot(NOW, acc_dm=-(10**6))], NOW + MINUTE)
    assert plausibility.look_at_new(NOW + 2 * MINUTE) == 1
    assert found() == {}


def test_the_speed_between_two_deliveries_of_one_phone() -> None:
    walker = Walker()
    walker.report([walker.shoot(NOW)], NOW + MINUTE)
    walker.report([walker.shoot(NOW + 3 * MINUTE, FAR)], NOW + 4 * MINUTE)
    plausibility.look_at_new(NOW + 5 * MINUTE)
    facts = found()["speed"]["facts"]
    assert (facts["seconds"], facts["kmh"] > 150) == (180, True)


def test_a_track_that_comes_late_makes_known_what_was_unknown() -> None:
    walker = Walker()
    public.start_duty(by=walker.person, now=NOW - HOUR)
    walker.report([walker.shoot(NOW)], NOW + MINUTE)
    plausibility.look_again(NOW + 3 * HOUR)
    assert found("unknown")["no_track"]["facts"]["on_duty"] == 1
    point = public.Point(NOW - MINUTE, *HERE, 8.0)
    public.keep_positions(by=walker.person, points=[point], now=NOW + 4 * HOUR)
    sql.execute("DELETE FROM urban_plausibility_mark")
    plausibility.look_again(NOW + 5 * HOUR)
    assert found("unknown") == {}
    assert set(found("gone")) == {"no_track"}


def test_a_photo_from_before_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    number = new("check/to_check", by="officer.001")
    walk(number, "check/checking", now=NOW + HOUR)
    asked = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    walker = Walker(asked)
    walker.answer(number, [walker.shoot(NOW)], NOW + 2 * HOUR)
    plausibility.look_at_new(NOW + 3 * HOUR)
    assert found()["early"]["facts"]["seconds"] == 3600


def test_envelopes_that_never_came() -> None:
    walker = Walker()
    lost = [walker.shoot(NOW) for _n in range(2)]
    walker.report([walker.shoot(NOW)], NOW + MINUTE)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    assert found() == {}
    plausibility.look_again(NOW + 5 * HOUR)
    assert found()["gap"]["facts"] == {"first": 1, "last": 2, "n": 2}
    walker.report(lost, NOW + 6 * HOUR)
    sql.execute("DELETE FROM urban_plausibility_mark")
    plausibility.look_again(NOW + 9 * HOUR)
    assert found() == {}
    assert "gap" in found("gone")


def test_who_forges_an_envelope_accuses_nobody() -> None:
    """What is signed by no enrolled key of the sender says nothing about where anybody was."""
    walker, stranger = Walker(), Phone(who("collector.02"))
    medium = walker.shoot(NOW)
    sealed = stranger.seal(stranger.says(NOW, lon7=0, lat7=0, sha256=medium.sha256, ticket=None))
    walker.report([public.Medium(medium.sha256, "photo", public.Signed(*sealed))], NOW + MINUTE)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    assert found() == {}


def test_the_positions_of_a_day() -> None:
    me = who("collector.01")
    public.start_duty(by=me, now=NOW)
    points = [public.Point(NOW + n * MINUTE, *HERE, 8.0 + n % 3) for n in range(100)]
    public.keep_positions(by=me, points=points, now=NOW + 2 * HOUR)
    for _time in range(2):
        assert plausibility.look_at_tracks(NOW.date(), NOW + 20 * HOUR) == 1
    row = found()["static"]
    assert (row["code"], row["facts"]["minutes"], row["number"]) == ("collector.01", 99, None)


def test_a_person_decides_and_the_journal_knows(far_away: str) -> None:
    plausibility.look_at_new(NOW + 2 * MINUTE)
    finding = found()["far"]["id"]
    for code, state, note, refused in [
        ("acceptor.1", "seen", "", "not-allowed"),
        ("collector.02", "seen", "", "not-allowed"),
        ("chief.1", "follow", "", "validation"),
        ("chief.1", "guilty", "", "validation"),
    ]:
        with pytest.raises(Refused) as caught:
            public.decide_finding(by=who(code), finding=finding, state=state, note=note, now=NOW)
        assert caught.value.code == refused
    public.decide_finding(by=who("chief.1"), finding=finding, state="follow", note="请说明", now=NOW)
    assert found("follow")["far"]["note"] == "请说明"
    plausibility.look_again(NOW + 5 * HOUR)
    assert set(found("follow")) == {"far"}  # looked at again it stays as it was decided
    entries = sql.tuples("SELECT verb, payload FROM audit_entry WHERE subject = 'urban.plausibility'")
    assert [verb for verb, _payload in entries] == ["follow"]
    assert '"kind": "far"' in entries[0][1]
    assert "请说明" not in entries[0][1]  # words about people stay out of the journal


def test_the_page_lists_narrows_and_takes_a_decision(far_away: str) -> None:
    plausibility.look_at_new(NOW + 2 * MINUTE)
    chief = desk("chief.1")
    seen = chief.get("/street/plausibility/").content.decode()
    assert "8.2 公里" in seen
    assert case(far_away).number in seen
    assert "没有符合筛选的" in chief.get("/street/plausibility/?kind=speed").content.decode()
    assert "8." in chief.get(f"/street/plausibility/?case={far_away}").content.decode()
    finding = found()["far"]["id"]
    chief.post(f"/street/plausibility/{finding}/", {"do": "seen", "note": "绕道了"})
    assert "都看过了" in chief.get("/street/plausibility/").content.decode()
    assert "绕道了" in chief.get("/street/plausibility/?state=seen").content.decode()


@pytest.mark.parametrize("year", [1970, 2100])
def test_a_wrong_clock_is_dated_by_when_its_photo_arrived(year: int) -> None:
    walker = Walker()
    walker.report([walker.shoot(datetime(year, 1, 1, tzinfo=UTC))], NOW + MINUTE)
    plausibility.look_at_new(NOW + 2 * MINUTE)
    seen = desk("chief.1").get("/street/plausibility/?kind=skew").content.decode()
    assert f"{timezone.localtime(NOW + MINUTE):%H:%M} 收到" in seen
    assert f"手机上是 {year}-01-01 08:00" in seen and "1月1日" not in seen
    assert f"?day={timezone.localdate(NOW)}" in seen


def test_two_photos_at_once_are_less_than_a_second_apart() -> None:
    facts = {"metres": 7100, "seconds": 0, "kmh": 25472, "limit_kmh": 90}
    assert sentence("speed", facts) == "两张照片相距 7.1 公里，前后 不到 1 秒，合每小时 25472 公里"


def test_the_case_tells_those_who_may_know_and_nobody_else(far_away: str) -> None:
    plausibility.look_at_new(NOW + 2 * MINUTE)
    link = f"/street/plausibility/?case={far_away}"
    assert link in desk("chief.1").get(f"/cases/{far_away}").content.decode()
    for code in ("acceptor.1", "collector.01"):
        assert "核对：" not in desk(code).get(f"/cases/{far_away}").content.decode()


@pytest.mark.parametrize("code", ["handler.D29", "collector.01", "dispatcher.1", "acceptor.1", "operator.1"])
def test_nobody_else_reads_it(code: str) -> None:
    assert desk(code).get("/street/plausibility/").status_code == 403
    assert desk(code).post("/street/plausibility/1/", {"do": "seen"}).status_code == 403


def test_a_page_ends_and_the_next_goes_on(far_away: str) -> None:
    rows = [(f"delivery:{n}", who("collector.01").id, NOW) for n in range(120)]
    for subject, person, at in rows:
        sql.execute(
            "INSERT INTO urban_plausibility (kind, subject, person_id, at, found_at, facts, state, note)"
            """ VALUES ('skew', %s, %s, %s, %s, '{"seconds": 300, "limit_seconds": 120}', 'new', '')""",
            [subject, person, at, at],
        )
    seen, asked = [], public.FindingsAsked()
    while True:
        page, following = public.findings(asked)
        seen += [row["id"] for row in page]
        if following is None:
            break
        asked = public.FindingsAsked(before=following)
    assert len(seen) == 120 == len(set(seen))
    assert "99+" in desk("head.1").get("/street/plausibility/").content.decode()


def test_what_is_old_goes_but_for_what_is_followed_up(far_away: str) -> None:
    plausibility.look_at_new(NOW + 2 * MINUTE)
    assert plausibility.forget_findings(NOW + timedelta(days=170)) == 0
    finding = found()["far"]["id"]
    public.decide_finding(by=who("head.1"), finding=finding, state="follow", note="请说明", now=NOW)
    assert plausibility.forget_findings(NOW + timedelta(days=190)) == 0
    public.decide_finding(by=who("head.1"), finding=finding, state="seen", note="说明了", now=NOW)
    assert plausibility.forget_findings(NOW + timedelta(days=190)) == 1


def test_the_limits_are_the_citys() -> None:
    assert plausibility_facts.limits().far_m == 100
    assert plausibility_facts.settle_time() == 2 * HOUR
