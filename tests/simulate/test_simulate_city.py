"""A small city lives three weeks through the real actions, and takes rows in bulk; whatever happens, the data hold together."""

import os
import signal
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic
from unittest import mock

import orjson
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from baoji.kernel.audit import queries as audit
from baoji.kernel.base import snapshot, sql
from baoji.kernel.flow import clockwork
from baoji.kernel.flow.witness import FlowWitness
from baoji.kernel.identity.callers import caller_by_code
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.city.load import load_city
from baoji.systems.urban.public import Draft, perform, take_report
from baoji.systems.urban.queries import book
from baoji.systems.urban.queries.cases import load_by_id
from baoji.systems.urban.queries.score_check import CLOCK
from baoji.systems.urban.queries.witnessed import WORDS
from baoji.systems.urban.rules.clock_story import Act, tell
from baoji.systems.urban.simulate.bulk.load import bulk_load
from baoji.systems.urban.simulate.pictures import SCENES, draw_picture
from baoji.systems.urban.simulate.play import Play, last_act
from baoji.systems.urban.simulate.run import Impossible, play_live, play_past, timers_are_ours
from baoji.systems.urban.tests.consistency import OFFENDERS, offenders

EVERYTHING = (
    "audit_entry, audit_seal, flow_case, urban_serial, records_file, urban_loaded_row, urban_component, urban_responsibility_grid, "
    "urban_duty, urban_milestone, urban_condition, urban_class, urban_edition, urban_crosswalk, urban_policy, flow_stage_limit, "
    "maps_unit_grid, maps_outline, maps_feature, maps_address, worktime_officehours, worktime_specialday, identity_person, "
    "organisations_organisation, organisations_division"
)
DAYS, BULK = 18, 600
SEED = 7
pytestmark = [pytest.mark.slow, pytest.mark.django_db]
# A Monday at midnight: the story is the same at whatever hour of whatever day it is told.
TODAY = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
START = TODAY - timedelta(days=TODAY.weekday() + (DAYS + 2 + 6 - TODAY.weekday()) // 7 * 7)
STORY = """
SELECT r.act, r.at, p.code, r.to_step, r.opinion FROM flow_record r LEFT JOIN identity_person p ON p.id = r.by_id ORDER BY r.case_id, r.n
"""


def always(at: datetime) -> bool:
    return True


def play(days: float, start: datetime = START) -> Play:
    found = Play(seed=SEED, reports_per_day=6, start=start)
    found.run(start + timedelta(days=days), always)
    return found


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EVERYTHING} CASCADE")
        load_city(Path(settings.CITY_DATA), scale=0.02, report=lambda line: None)
        snapshot.forget_all()
        yield
        transaction.set_rollback(True)
    snapshot.forget_all()


@pytest.fixture(scope="module")
def lived(city):
    """The city after eighteen days."""
    return play(DAYS)


@pytest.fixture(scope="module")
def filled(lived):
    """The same city with bulk rows besides, as of five in the afternoon: by night few cases are open."""
    told: list[str] = []
    today = timezone.localtime().replace(hour=17, minute=0, second=0, microsecond=0)
    afternoon = today if today <= timezone.now() else today - timedelta(days=1)
    with mock.patch.object(timezone, "now", return_value=afternoon):
        bulk_load(BULK, seed=3, say=told.append, chunk=250)
    return told


def journal_report():
    """Another transaction ends first: to a snapshot, ours would otherwise be one that has not begun yet."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    other.close()
    return audit.verify(connection.connection, witnesses=[FlowWitness(WORDS)])


def test_two_runs_with_one_seed_tell_one_story(city):
    stories = []
    for _n in range(2):
        point = transaction.savepoint()
        play(3)
        stories.append(sql.tuples(STORY))
        transaction.savepoint_rollback(point)
    assert len(stories[0]) > 60
    assert stories[0] == stories[1]


def test_the_city_lives(lived):
    assert lived.acts["report"] > 60
    assert lived.acts["close"] > 25
    assert {
        "accept",
        "file",
        "dispatch",
        "sign",
        "answer",
        "review",
        "check_request",
        "check_answer",
        "verify_answer",
    } <= set(lived.acts)
    assert lived.timers > 20
    assert lived.refused.total() <= lived.acts.total() * 0.03, lived.refused


def test_nobody_goes_beyond_the_end(lived):
    assert last_act() <= START + timedelta(days=DAYS)


def test_what_people_did_by_hand_stands_in_no_runs_way(city):
    point = transaction.savepoint()
    now, before = timezone.now(), last_act()
    code = sql.value("SELECT code FROM urban_component ORDER BY code LIMIT 1")
    draft = Draft(kind="component", component=code)
    taken = take_report(by=caller_by_code("officer.001"), draft=draft, now=now)
    acceptor = caller_by_code("acceptor.1")
    perform(number=taken.number, act="accept", by=acceptor, facts={}, now=now)
    assert last_act() == before
    more = Play(seed=SEED, reports_per_day=60, start=now - timedelta(days=1))
    more.run(now - timedelta(hours=1), always)
    assert more.acts["report"] > 0
    mine = load_by_id(taken.id).case
    assert (mine.stage, mine.step, mine.records, mine.last_at) == ("file", "accepted", 2, now)
    transaction.savepoint_rollback(point)


@pytest.mark.parametrize("name", OFFENDERS)
def test_played_cases_hold_together(lived, name):
    assert offenders(OFFENDERS[name]) == []


def test_the_journal_of_played_cases_verifies(lived):
    report = journal_report()
    assert report.is_clean, [str(finding) for finding in report.findings]
    assert report.counts["cases"] > 60


def test_a_second_run_takes_up_what_is_open(lived):
    point = transaction.savepoint()
    opened = sql.value("SELECT count(*) FROM flow_case WHERE status = 'open'")
    before = last_act()
    more = Play(seed=1, reports_per_day=0.01, start=before)
    more.run(before + timedelta(days=1.5), always)
    touched = sql.value(
        "SELECT count(DISTINCT r.case_id) FROM flow_record r JOIN flow_case c ON c.id = r.case_id"
        " WHERE r.at > %s AND c.created_at <= %s",
        [before, before],
    )
    transaction.savepoint_rollback(point)
    assert opened > 0
    assert touched > 0


@pytest.mark.parametrize("name", OFFENDERS)
def test_bulk_cases_hold_together(filled, name):
    assert offenders(OFFENDERS[name]) == []


def test_bulk_says_that_it_is_bulk(filled):
    assert "no act is done" in filled[0]
    first = sql.value(
        "SELECT count(*) FROM audit_entry WHERE subject = 'flow.case' AND n = 1 AND payload LIKE '%%\"bulk\": true%%'",
        [],
    )
    assert first == BULK == sql.value("SELECT count(*) FROM flow_case WHERE notes ? 'bulk'")


def test_the_journal_of_bulk_cases_verifies(filled):
    report = journal_report()
    assert report.is_clean, [str(finding) for finding in report.findings]
    assert report.counts["cases"] > BULK


def test_bulk_entries_are_written_as_the_database_writes_them(filled):
    assert sql.value("SELECT count(*) FROM audit_entry WHERE payload <> payload::jsonb::text") == 0
    for which in ("= 1", "> 1"):
        bulk = "SELECT DISTINCT k FROM audit_entry e JOIN flow_case c ON c.id = e.subject_id, LATERAL jsonb_object_keys(e.payload::jsonb -> 'facts') k"
        found = {
            kind: {
                row[0]
                for row in sql.tuples(
                    f"{bulk} WHERE e.subject = 'flow.case' AND e.n {which} AND (c.notes ? 'bulk') = {kind}"
                )
            }
            for kind in ("true", "false")
        }
        # Digests of the case and of the report would have to be worked out row by row; bulk entries say nothing of these.
        assert found["true"] - {"bulk"} == found["false"] - {"state", "words", "caller"}


def bulk_cases(where: str = "true"):
    rows = sql.tuples(f"SELECT c.id FROM flow_case c WHERE c.notes ? 'bulk' AND {where} ORDER BY c.id")
    return [load_by_id(row[0]).case for row in rows]


def test_bulk_deadlines_of_office_time_fall_into_office_time(filled):
    calendar, told = current_calendar(), 0
    # A clock that goes on with nothing left is due at once, whenever that is.
    later = "NOT EXISTS (SELECT FROM flow_record x WHERE x.case_id = c.id AND x.at = {})"
    limited = "c.clock_due_at IS NOT NULL AND c.limit_unit LIKE 'work%'"
    for case in bulk_cases(f"{limited} AND {later.format('c.clock_due_at')}"):
        for moment in (case.clock_due_at, case.clock_near_at):
            told += 1
            assert calendar.seconds_between(moment - timedelta(seconds=1), moment) == 1, (case.number, moment)
    for (moment,) in sql.tuples(
        "SELECT r.due_at FROM flow_record r JOIN flow_case c ON c.id = r.case_id WHERE c.notes ? 'bulk' AND r.due_at IS NOT NULL"
        f" AND c.severity = 'normal' AND c.limit_unit NOT LIKE 'urgent%%' AND {later.format('r.due_at')}",
        [],
    ):
        told += 1
        assert calendar.seconds_between(moment - timedelta(seconds=1), moment) == 1, moment
    assert told > BULK


def test_bulk_clocks_are_what_their_records_tell(filled):
    """By the same functions that turn a clock when an act is done, over the whole story of every case."""
    seen = 0
    for case in bulk_cases("c.clock <> 'none'"):
        acts = [
            Act(*row[:5], orjson.loads(row[5]), *row[6:])
            for row in sql.tuples(
                "SELECT act, at, recorded_at, from_step, to_step, facts::text, due_at, receiver_person_id FROM flow_record"
                " WHERE case_id = %s ORDER BY n",
                [case.pk],
            )
        ]
        face = tell(acts, (case.limit_value, case.limit_unit), case.topic, current_calendar())
        for name in CLOCK:
            assert getattr(case, name) == getattr(face, name), (case.number, name)
        for name in ("credit", "given_back"):
            assert int(case.notes.get(name, 0)) == int(face.notes.get(name, 0)), (case.number, name)
        seen += 1
    assert seen > 30


def test_bulk_steps_are_due_when_their_minutes_are_used_up(filled):
    calendar, rates, seen = current_calendar(), book.rates(), 0
    uncorrected = "NOT EXISTS (SELECT FROM flow_record x WHERE x.case_id = c.id AND x.act = 'correct')"
    for case in bulk_cases(f"c.status = 'open' AND {uncorrected}"):
        due = clockwork.step_due(case, f"{case.stage}/{case.step}", case.step_since, calendar, rates)
        assert (case.due_at, case.near_at) == due, case.number
        seen += 1
    assert seen > 3
    # Until a case is filed, its limit may be another than it has now.
    entered = f"""
        SELECT a.to_step, (SELECT x.at FROM flow_record x WHERE x.case_id = a.case_id AND x.n <= a.n
                              AND (x.from_step <> x.to_step OR x.receiver_person_id IS NOT NULL) ORDER BY x.n DESC LIMIT 1),
               b.due_at, b.at, b.overdue, b.to_step <> b.from_step, c.id
          FROM flow_record a JOIN flow_record b ON b.case_id = a.case_id AND b.n = a.n + 1 JOIN flow_case c ON c.id = a.case_id
         WHERE c.notes ? 'bulk' AND b.due_at IS NOT NULL AND a.to_step NOT LIKE 'handle/%%'
           AND EXISTS (SELECT 1 FROM flow_record x WHERE x.case_id = a.case_id AND x.act = 'file' AND x.n <= a.n) AND {uncorrected}"""
    for step, since, due_at, at, overdue, leaves, case_id in sql.tuples(entered, []):
        case = load_by_id(case_id).case
        assert clockwork.step_due(case, step, since, calendar, rates)[0] == due_at, (case.number, step)
        assert overdue == (leaves and at > due_at), (case.number, step)
        seen += 1
    assert seen > 100


def test_bulk_timers_wait_for_the_deadlines_of_their_cases(filled):
    calendar, rates, seen = current_calendar(), book.rates(), 0
    for case in bulk_cases("c.status = 'open'"):
        timers = dict(sql.tuples("SELECT kind, due_at FROM flow_timer WHERE case_id = %s", [case.pk]))
        late = clockwork.twice_due(case, f"{case.stage}/{case.step}", calendar, rates)
        for kind, moment in {"near": case.near_at, "due": case.due_at, "twice": late}.items():
            assert timers.get(kind) in (None, moment), (case.number, kind)
            seen += kind in timers
        assert "twice" not in timers or "due" not in timers
    assert seen > 3


def test_nobody_urged_a_bulk_case_after_its_last_act(filled):
    late = """
        SELECT c.id, u.value FROM flow_case c, jsonb_each_text(c.notes->'urged') u
         WHERE c.notes ? 'bulk' AND (u.value::timestamptz > c.last_at OR u.value::timestamptz < c.created_at)"""
    assert sql.tuples(late) == []


def test_the_database_counts_office_time_as_the_calendar_does(filled):
    calendar = current_calendar()
    first = calendar.add(timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=400), 1)
    for n in range(300):
        base, seconds = first + timedelta(minutes=n * 1_777, seconds=n), n * 731 - 20_000
        later = calendar.add(base, 36_000)
        found = sql.tuples(
            "SELECT pg_temp.ahead(%s::bigint * 1000000, %s::bigint, true), pg_temp.charged(ARRAY[%s, 0, 0, %s]::bigint[], 0)",
            [int(base.timestamp()), seconds, int(base.timestamp()), int(later.timestamp())],
        )
        assert found == [(calendar.add(base, seconds), calendar.seconds_between(base, later))], base


def test_bulk_is_spread(filled):
    (steps, organisations, places, months, ended) = sql.tuples(
        "SELECT count(DISTINCT step) FILTER (WHERE status IN ('open', 'suspended')), count(DISTINCT body_id), count(DISTINCT place),"
        " count(DISTINCT date_trunc('month', created_at)), avg((status NOT IN ('open', 'suspended'))::int)::float8"
        "  FROM flow_case WHERE notes ? 'bulk'"
    )[0]
    assert steps >= 4
    assert organisations >= 8
    assert places > 150
    assert months >= 12
    assert 0.94 < ended < 0.995


def test_a_bulk_case_has_about_five_records(filled):
    mean = sql.value("SELECT avg(records)::float8 FROM flow_case WHERE notes ? 'bulk'")
    assert 4 < mean < 6.5


def test_the_simulation_leaves_bulk_cases_alone(filled):
    play = Play(seed=1, reports_per_day=1, start=timezone.now())
    assert not [life for life in play.lives.values() if "bulk" in life.case.notes]


def test_a_run_says_what_it_did(lived):
    told: list[str] = []
    point = transaction.savepoint()
    done = play_past(days=0.3, since=None, speed=None, reports_per_day=20, seed=4, say=told.append)
    transaction.savepoint_rollback(point)
    assert f"{done.acts.total()} acts on {done.acts['report']} reports" in "\n".join(told)


LIVE_ACTS = 5


def test_a_live_run_acts_when_it_is_time_and_ends_whole_at_ctrl_c(lived):
    """On a clock of its own, which stands at three on a working day: by night little would happen."""
    working = current_calendar().is_workday
    day = next(d for n in range(1, 15) if working((d := timezone.localtime() - timedelta(days=n)).date()))
    three, told = day.replace(hour=15, minute=0, second=0, microsecond=0), []
    before, handler = sql.value("SELECT max(id) FROM flow_record"), signal.getsignal(signal.SIGINT)
    point = transaction.savepoint()

    def say(line: str) -> None:
        told.append((monotonic(), line))
        if len(told) == 1 + LIVE_ACTS:  # the first line says that it begins
            os.kill(os.getpid(), signal.SIGINT)

    with mock.patch.object(timezone, "now", return_value=three):
        began = monotonic()
        play = play_live(reports_per_day=40_000, seed=5, say=say)
    assert monotonic() - told[LIVE_ACTS][0] < 1, "it ends at once, with nothing begun"
    assert signal.getsignal(signal.SIGINT) is handler
    done = [at for (at,) in sql.tuples("SELECT at FROM flow_record WHERE id > %s ORDER BY id", [before])]
    assert len(done) == play.acts.total() == LIVE_ACTS and play.timers == 0
    assert f"{LIVE_ACTS} acts on " in told[-2][1] or f"{LIVE_ACTS} acts on " in told[-1][1]
    for at, (told_at, _line) in zip(done, told[1:], strict=False):
        assert timedelta() < at - three <= timedelta(seconds=told_at - began), "never before its time"
    assert done == sorted(set(done)), "one after the other"
    found = {name: offenders(statement) for name, statement in OFFENDERS.items()}
    assert not any(found.values()), found
    report = journal_report()
    assert report.is_clean, [str(finding) for finding in report.findings]
    transaction.savepoint_rollback(point)


def test_one_simulation_at_a_time(lived, monkeypatch):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7105002)")
        monkeypatch.setattr("baoji.systems.urban.simulate.run.LOCK_PATIENCE_S", 0.1)
        with pytest.raises(Impossible), timers_are_ours():
            raise AssertionError("two simulations at once")
    finally:
        other.close()


@pytest.mark.parametrize("scene", SCENES)
def test_pictures_are_pictures_and_the_same_every_time(scene):
    first = draw_picture(scene, 1)
    assert first == draw_picture(scene, 1)
    assert first != draw_picture(scene, 2)
    with Image.open(BytesIO(first)) as image:
        assert image.format == "JPEG"
        assert image.size == (480, 360)
