"""Phones of callers, recordings, crews and people in orders of other hotlines go when their time is over, and the journal says so."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.test import Client
from django.utils import timezone
from tests.town import EVENT_PLACE, NOW, case, new, report, sign_in, walk, who

from baoji.kernel.base import sql
from baoji.kernel.notices.queries import notices
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_retention import erase_due
from baoji.systems.urban.models import Call, CrewLink, Handover, HandoverIn, HandoverOut

pytestmark = pytest.mark.django_db
LATER = timedelta(days=181)
PLACE = (107.1485, 34.3605)


def journal(subject: str) -> int:
    return int(sql.value("SELECT count(*) FROM audit_entry WHERE subject = %s AND verb = 'erase'", [subject]))


def test_a_call_forgets_its_phone_and_recording() -> None:
    now = timezone.now()
    for number in ("loose", "open"):
        public.call_told(public.CallEvent(number, "ringing", "13991700123", "hotline.1", NOW), now)
        public.call_told(public.CallEvent(number, "recording", recording="https://calls.example/1.mp3"), now)
    sql.execute(
        "UPDATE urban_call SET case_id = (SELECT id FROM flow_case WHERE number = %s) WHERE number = 'open'",
        [report()],
    )
    assert erase_due(NOW + timedelta(days=179))["calls"] == 0
    assert erase_due(NOW + LATER)["calls"] == 1
    assert {row.number: (row.phone, bool(row.recording)) for row in Call.objects.all()} == {
        "loose": ("", False),
        "open": ("13991700123", True),
    }
    assert journal("urban.call") == 1


def test_a_link_forgets_its_phone_after_the_case_has_ended() -> None:
    number = new("handle/handling")
    public.make_link(by=who("handler.D29"), number=number, crew="张师傅", to="13991700123", hours=48, now=NOW)
    assert erase_due(NOW + LATER)["crew_links"] == 0, "the case is still open"
    walk(number, "evaluate/closed")
    assert erase_due(NOW + LATER)["crew_links"] == 1
    assert (CrewLink.objects.get().phone, journal("urban.crew_link")) == ("", 1)


def test_whoever_asks_to_be_forgotten_is_forgotten_at_the_telephone_and_in_orders_too() -> None:
    number = report("hotline.1", pictures=0, caller_name="王先生", caller_phone="13991700126", now=NOW)
    public.call_told(public.CallEvent("c", "ringing", "13991700126", "hotline.1", NOW), NOW)
    id_ = case(number).pk
    sql.execute("UPDATE urban_call SET case_id = %s", [id_])
    public.hand_over(by=who("hotline.1"), number=number, platform="110", reason="有人打架，属公安", now=NOW)
    public.forget_me(id_, NOW)
    for table in ("urban_report", "urban_call", "urban_handover", "urban_handover_out"):
        left = str(sql.rows(f"SELECT t::text FROM {table} t"))
        assert "13991700126" not in left and "王先生" not in left, table
    assert HandoverOut.objects.get().body["elements"]["place"], "the rest of the order stands"
    assert journal("urban.report") == 1


def order() -> dict[str, Any]:
    people = {"caller": {"name": "刘女士", "phone": "13991700125"}, "involved": "摊点"}
    told = {"time": None, "place": {"address": "站前"}, "people": people, "event": "夜市油烟大", "demand": ""}
    return {
        "type": "handover",
        "version": 1,
        "kind": "order",
        "sender_number": "SX-1",
        "sent_at": "2026-03-17T10:00:00+08:00",
        "grade": "normal",
        "reason": "",
        "elements": told,
    }


def test_an_order_forgets_its_people_once_it_is_done(client: Client) -> None:
    public.receive("12345", order(), NOW)
    row = Handover.objects.get()
    assert erase_due(NOW + LATER)["handovers"] == 0, "nobody has looked at it yet"
    public.decline_handover(by=who("hotline.1"), handover=row.pk, reason="不属于城市管理", now=NOW)
    assert erase_due(NOW + LATER)["handovers"] == 1
    row.refresh_from_db()
    assert "people" not in row.order["elements"] and row.order["elements"]["event"] == "夜市油烟大"
    assert "people" not in HandoverIn.objects.get().body["elements"]
    assert HandoverOut.objects.count() == 1 and journal("urban.handover") == 1
    sign_in(client, "hotline.1")
    page = client.get("/intake/handovers/").content.decode()
    assert "夜市油烟大" in page and "刘女士" not in page


def held(code: str, days: int = 0) -> int:
    draft = public.Draft(
        class_code="0110",
        condition=1,
        location=EVENT_PLACE,
        description="垃圾散落",
        caller_name="刘女士",
        caller_phone="13991700123",
    )
    return int(
        sql.value(
            "INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)"
            " VALUES (%s, %s::jsonb, '[]', 'liu@example.com', '', 'flood', 'x', 'held', %s, '') RETURNING id",
            [code, orjson.dumps(asdict(draft)).decode(), NOW + timedelta(days=days)],
        )
    )


def test_a_report_that_nobody_decides_forgets_who_sent_it_and_waits_on() -> None:
    old, young = held("HELDHELD25"), held("HELDHELD26", days=2)
    assert erase_due(NOW + timedelta(days=89))["held_contacts"] == 0
    assert erase_due(NOW + timedelta(days=91))["held_contacts"] == 1
    rows = dict(sql.tuples("SELECT id, draft::text || mail FROM urban_held_report"))
    assert not [word for word in ("刘女士", "13991700123", "liu@example.com") if word in rows[old]]
    assert "13991700123" in rows[young] and "垃圾散落" in rows[old]
    assert journal("urban.held_report") == 1
    assert erase_due(NOW + timedelta(days=91))["held_contacts"] == 0, "once"
    assert public.release(who("acceptor.1"), [old], NOW + timedelta(days=91)) == (1, 0)
    assert sql.value("SELECT caller_phone FROM urban_report") == ""
    assert sql.value("SELECT count(*) FROM urban_follower") == 0


def test_where_and_how_somebody_called_for_help_goes_a_term_after_the_call_ended() -> None:
    """From what was told of it, too."""
    ended, open_one = uuid4(), uuid4()
    for name in (ended, open_one):
        public.cry_for_help(by=who("collector.01"), name=name, place=PLACE, words="被围住", now=NOW)
    later = NOW + timedelta(days=10)
    public.end_distress(by=who("chief.1"), name=ended, outcome="人已平安", now=later)
    placed = "SELECT name FROM urban_distress WHERE place IS NOT NULL"
    assert erase_due(NOW + timedelta(days=364))["sos"] == 0
    assert erase_due(NOW + timedelta(days=366))["sos"] == 1, "nobody ended it"
    assert sql.tuples(placed) == [(ended,)]
    assert erase_due(later + timedelta(days=366))["sos"] == 1
    assert sql.tuples(placed) == [] and journal("urban.distress") == 2
    told = [row["title"] for row in notices(who("chief.1"))[0] if row["kind"] == "sos"]
    name = who("collector.01").name
    assert told == [f"求助：{name}（位置已删除）"] * 2
    kept = str(sql.tuples("SELECT title, words::text FROM notices_notice"))
    kept += str(sql.tuples("SELECT words FROM urban_distress"))
    assert "107.148" not in kept and "被围住" not in kept
    assert sql.tuples("SELECT outcome FROM urban_distress WHERE name = %s", [ended]) == [("人已平安",)]
