"""A caller's voice is for who may see the caller; a collector's note plays at every desk."""

import pytest
from tests.town import EVENT_PLACE, NOW, body, case, desk, do, event, loaded, photo, photos, walk, who

from baoji.kernel.base import sql
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db
DOORS = {"citizen": None, "hotline": "hotline.1", "collector": "collector.01"}


def spoken(door: str) -> tuple[str, int]:
    """The number of a report that came with a recording and stands at its department, and the recording's id."""
    by = DOORS[door]
    draft = public.Draft(
        kind="event", class_code="0110", condition=1, description="垃圾散落", location=EVENT_PLACE
    )
    (picture, _kind), (voice, _) = photos(2)
    taken = public.take_report(
        by=who(by) if by else None, draft=draft, now=NOW, files=[(picture, "photo"), (voice, "voice")]
    )
    assert case(taken.number).source == door
    number = taken.number
    if door != "collector":
        walk(number, "file/verified")
        do(number, "chief.1", "file")
    walk(number, "handle/handling")
    id_ = sql.value("SELECT id FROM flow_attachment WHERE case_id = %s AND kind = 'voice'", [case(number).pk])
    return number, id_


def plays(code: str, number: str, voice: int) -> tuple[bool, bool]:
    """Whether the case shows the recording to this person, and whether it is served."""
    seen = public.view(who(code), loaded(number), NOW)["attachments"]
    client = desk(code)
    statuses = {client.get(url).status_code for url in (f"/files/{voice}", f"/files/{voice}/320")}
    assert len(statuses) == 1 and statuses <= {200, 404}
    assert any(one["kind"] == "photo" for one in seen), "photos stay"
    return any(one["id"] == voice for one in seen), statuses == {200}


@pytest.mark.parametrize("door", ["citizen", "hotline"])
def test_a_callers_voice_is_for_supervision(door: str) -> None:
    number, voice = spoken(door)
    for code in ("chief.1", "acceptor.1", "head.1"):
        assert plays(code, number, voice) == (True, True), code
    for code in (body(number), "dispatcher.1", "commander.1"):
        assert plays(code, number, voice) == (False, False), code


def test_a_collectors_note_plays_at_every_desk() -> None:
    number, voice = spoken("collector")
    for code in ("chief.1", "dispatcher.1", body(number)):
        assert plays(code, number, voice) == (True, True), code


def test_a_callers_voice_stays_theirs_in_the_case_it_was_merged_into() -> None:
    into = walk(event(), "handle/handling")
    number = event(None, pictures=0)
    sql.execute(
        "INSERT INTO flow_attachment (case_id, record_id, file_id, kind, stage, at)"
        " SELECT case_id, id, %s, 'voice', 'report', at FROM flow_record WHERE case_id = %s",
        [photo(), case(number).pk],
    )
    do(number, "acceptor.1", "merge", into=into)
    voice = sql.value("SELECT id FROM flow_attachment WHERE kind = 'voice'")
    assert plays("chief.1", into, voice) == (True, True)
    assert plays(body(into), into, voice) == (False, False)
