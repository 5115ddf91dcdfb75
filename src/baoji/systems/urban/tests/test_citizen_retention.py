"""What people left is erased when its time is over, and the journal says so; what is still needed stays."""

from datetime import datetime, timedelta
from io import BytesIO
from os import utime
from typing import Any
from uuid import uuid4

import pytest
from PIL import ExifTags, Image
from procrastinate.contrib.django import app
from tests.town import EVENT_PLACE, NOW, case, do, event, loaded, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.notices.actions import mark_read, notify
from baoji.kernel.records import renditions, storage, uploads
from baoji.kernel.records.actions import Kept, keep
from baoji.kernel.records.queries import copy_path
from baoji.systems.urban import jobs, public
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.actions.citizen_retention import erase_due, finish_unlinking
from baoji.systems.urban.models import Policy
from baoji.systems.urban.queries.view import view
from baoji.systems.urban.tests.test_field_deliveries import Collector

# Bytes go when a transaction has committed, so these tests commit.
# In a folder of its own: another process of the suite keeps the town's pictures, too, and would bring back what goes here.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folder")]
YEAR = timedelta(days=366)


def photo(shade: int) -> bytes:
    made = BytesIO()
    image = Image.new("RGB", (40, 30), (shade * 10, 120, 60))
    exif = image.getexif()
    exif[ExifTags.Base.Make] = "Phone"
    image.save(made, "JPEG", exif=exif)
    return made.getvalue()


def kept_at(at: datetime, shade: int) -> Kept:
    """A photo kept at that time, also in the eyes of the file system."""
    kept = keep(photo(shade), now=at)
    utime(storage.original_path(kept.sha256), (at.timestamp(), at.timestamp()))
    return kept


def citizens(shade: int, **draft: Any) -> tuple[str, str, int]:
    """A citizen's closed report with one photo: number, the photo's hash, its row."""
    kept = kept_at(NOW, shade)
    taken = public.take_report(
        by=None,
        draft=public.Draft(
            class_code="0110", condition=1, location=EVENT_PLACE, description="垃圾散落", **draft
        ),
        now=NOW,
        files=[(kept.id, "photo")],
    )
    walk(taken.number, "file/verified")
    do(taken.number, "chief.1", "file")
    walk(taken.number, "evaluate/closed")
    return taken.number, kept.sha256, kept.id


def journal(subject: str, id_: int) -> list[tuple[str, str]]:
    return sql.tuples(
        "SELECT verb, payload::jsonb->'facts'->>'rule' FROM audit_entry WHERE subject = %s AND subject_id = %s ORDER BY n",
        [subject, id_],
    )


def test_a_phone_number_goes_when_its_time_is_over_and_not_before() -> None:
    number, _sha, _id = citizens(1, caller_name="刘秘密", caller_phone="13991700123")
    assert erase_due(NOW + timedelta(days=179))["callers"] == 0
    assert loaded(number).extra["caller_phone"] == "13991700123"
    assert erase_due(NOW + timedelta(days=181))["callers"] == 1
    extra = loaded(number).extra
    assert (extra["caller_name"], extra["caller_phone"]) == ("", "")
    assert journal("urban.report", case(number).pk) == [("erase", "caller")]
    assert erase_due(NOW + timedelta(days=181))["callers"] == 0


def test_nothing_in_the_journal_brings_the_number_back() -> None:
    number, _sha, _id = citizens(2, caller_phone="13991700123")
    payload = sql.value(
        "SELECT string_agg(payload, '') FROM audit_entry WHERE subject = 'flow.case' AND subject_id = %s",
        [case(number).pk],
    )
    assert "13991700123" not in payload and '"caller"' not in payload, (
        "a salted hash of eleven digits is no secret"
    )


def test_what_is_open_is_kept() -> None:
    number = event(None, pictures=0, caller_phone="13991700123")
    walk(number, "file/accepted")
    assert erase_due(NOW + 5 * YEAR)["callers"] == 0 and loaded(number).extra["caller_phone"]


def test_what_was_merged_is_kept_until_the_whole_has_ended() -> None:
    """Its reporter is told when the case it went into ends, by way of another one too."""
    whole, between = event(), event()
    number, sha256 = event(None, pictures=0, caller_phone="13991700123"), kept_at(NOW, 26)
    sql.execute(
        "INSERT INTO flow_attachment (case_id, file_id, kind, stage, at) VALUES (%s, %s, 'photo', 'report', %s)",
        [case(number).pk, sha256.id, NOW],
    )
    sql.execute(
        "INSERT INTO urban_follower (case_id, code, mail, language, at) VALUES (%s, '', 'li@example.com', '', %s)",
        [case(number).pk, NOW],
    )
    do(number, "acceptor.1", "merge", into=between)
    do(between, "acceptor.1", "merge", into=whole)
    later = NOW + YEAR
    found = erase_due(later)
    assert (found["mails"], found["callers"], found["files"]) == (0, 0, 0), "the whole goes on"
    assert public.has_mail(case(number).pk) and storage.original_path(sha256.sha256).exists()
    walk(whole, "evaluate/closed", now=later)
    assert erase_due(later + timedelta(days=29))["mails"] == 0
    found = erase_due(later + YEAR)
    assert (found["mails"], found["callers"]) == (1, 1) and not public.has_mail(case(number).pk)
    assert not storage.original_path(sha256.sha256).exists()


def shown_to_the_chief(number: str, sha256: str) -> dict[str, Any]:
    files = view(who("chief.1"), loaded(number), NOW)["attachments"]
    return next(one for one in files if one["sha256"] == sha256)


def test_an_original_goes_its_row_hash_and_small_copies_stay() -> None:
    number, sha256, file = citizens(3)
    shown = shown_to_the_chief(number, sha256)
    assert shown["original_kept"] and shown["original_url"]
    path = storage.original_path(sha256)
    assert path.exists() and erase_due(NOW + timedelta(days=364))["files"] == 0
    later = NOW + timedelta(days=366)
    found = erase_due(later)
    assert found["files"] == 1 and not path.exists()
    row = sql.row("SELECT sha256, size, exif FROM records_file WHERE id = %s", [file])
    assert row is not None and row["sha256"] == sha256 and row["size"] > 0 and row["exif"] is None
    assert journal("records.file", file) == [("erase", "citizen_photo")]
    assert sql.tuples("SELECT rule, days FROM urban_erasure WHERE file_id = %s", [file]) == [
        ("citizen_photo", 365)
    ]
    assert renditions.copy_path(sha256, "1600").exists() and not renditions.copy_path(sha256, "full").exists()
    with_words = copy_path(sha256, "1600", ("610302-20261127-00001", "2026-11-27 09:00"))
    assert with_words.exists() and with_words != renditions.copy_path(sha256, "1600"), (
        "still shown with its words"
    )
    assert copy_path(sha256, "full") == renditions.copy_path(sha256, "1600"), "the largest that stays"
    shown = shown_to_the_chief(number, sha256)
    assert (shown["original_kept"], shown["original_url"]) == (False, None)
    assert erase_due(later)["files"] == 0, "once"


def test_photos_of_the_staff_are_kept_longer() -> None:
    number, _sha, _id = citizens(4)
    answered = sql.value(
        "SELECT f.sha256 FROM flow_attachment a JOIN records_file f ON f.id = a.file_id WHERE a.case_id = %s AND a.stage = 'handle'",
        [case(number).pk],
    )
    erase_due(NOW + timedelta(days=400))
    assert storage.original_path(answered).exists()
    erase_due(NOW + timedelta(days=1096))
    assert not storage.original_path(answered).exists()


def test_a_file_that_hangs_on_an_open_case_too_stays() -> None:
    _number, sha256, file = citizens(5)
    public.take_report(
        by=None,
        draft=public.Draft(class_code="0110", location=EVENT_PLACE, description="又来了"),
        now=NOW + YEAR,
        files=[(file, "photo")],
    )
    erase_due(NOW + 2 * YEAR)
    assert storage.original_path(sha256).exists()


def test_the_same_photo_sent_again_is_kept_anew() -> None:
    _number, sha256, _file = citizens(6)
    path = storage.original_path(sha256)
    erase_due(NOW + YEAR)
    assert not path.exists()
    kept_at(NOW + YEAR + timedelta(seconds=1), 6)
    assert path.exists()
    finish_unlinking(NOW + YEAR + timedelta(minutes=1))
    assert path.exists(), "what was sent after the erasure is not the erased one"
    assert copy_path(sha256, "320").exists()


def test_the_operator_sets_the_days() -> None:
    number, _sha, _id = citizens(7, caller_phone="13991700123")
    row, _made = Policy.objects.get_or_create(name="retention", defaults={"value": {}})
    row.value = {**row.value, "caller_days": 10}
    row.save()
    bump("policies")
    assert erase_due(NOW + timedelta(days=11))["callers"] == 1
    assert loaded(number).extra["caller_phone"] == ""


def test_addresses_and_dropped_reports_go_too() -> None:
    number, _sha, _id = citizens(8)
    sql.execute(
        "INSERT INTO urban_follower (case_id, code, mail, language, at) VALUES (%s, '', 'li@example.com', '', %s)",
        [case(number).pk, NOW],
    )
    kept = kept_at(NOW, 9)
    sql.execute(
        "INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)"
        " VALUES ('HELDHELD23', '{\"description\": \"刘秘密\"}', %s, 'wang@example.com', '', 'flood', 'x', 'held', %s, '')",
        [f'[[{kept.id}, "photo"]]', NOW],
    )
    ids = [row["id"] for row in public.held()[0]]
    public.drop(who("acceptor.1"), ids, "同一件事报了很多次", NOW)
    found = erase_due(NOW + timedelta(days=31))
    assert (found["mails"], found["held"]) == (1, 1)
    assert not public.has_mail(case(number).pk) and not storage.original_path(kept.sha256).exists()
    row = sql.row("SELECT draft::text AS draft, mail, reason FROM urban_held_report WHERE id = %s", [ids[0]])
    assert row == {"draft": "{}", "mail": "", "reason": "同一件事报了很多次"}
    assert [verb for verb, _rule in journal("urban.held_report", ids[0])] == ["drop", "erase"]


def test_an_address_that_nobody_confirmed_goes() -> None:
    sql.execute(
        "INSERT INTO urban_subscription (mail, area, topic, language, token, created_at) VALUES ('wang@example.com', '', '', '', 'token', %s)",
        [NOW],
    )
    erase_due(NOW + timedelta(days=1))
    assert sql.value("SELECT count(*) FROM urban_subscription") == 1
    erase_due(NOW + timedelta(days=3))
    assert sql.value("SELECT count(*) FROM urban_subscription") == 0


def test_answers_kept_for_a_key_go_when_the_key_is_forgotten() -> None:
    sql.execute(
        "INSERT INTO wire_inbox (caller, key, request_hash, status, answer, at) VALUES ('p1', 'k', 'h', 200, '{}', %s)",
        [NOW],
    )
    assert erase_due(NOW + timedelta(days=29))["answers"] == 0
    assert erase_due(NOW + timedelta(days=31))["answers"] == 1


# Sent whole, and named by no report -------------------------------------------


def erased_rules(file: int) -> list[str]:
    return [row[0] for row in sql.tuples("SELECT rule FROM urban_erasure WHERE file_id = %s", [file])]


def test_what_no_report_ever_named_goes_with_a_record_of_it() -> None:
    kept = kept_at(NOW, 20)
    path = storage.original_path(kept.sha256)
    assert erase_due(NOW + timedelta(days=34))["uploads"] == 0 and path.exists()
    assert erase_due(NOW + timedelta(days=36))["uploads"] == 1 and not path.exists()
    assert journal("records.file", kept.id) == [("erase", "upload")] and erased_rules(kept.id) == ["upload"]
    assert erase_due(NOW + timedelta(days=36))["uploads"] == 0, "once"


def test_what_a_report_acknowledged_never_goes_that_way() -> None:
    open_one, held, found = kept_at(NOW, 21), kept_at(NOW, 22), kept_at(NOW, 23)
    public.take_report(
        by=None,
        draft=public.Draft(class_code="0110", location=EVENT_PLACE, description="垃圾散落"),
        now=NOW,
        files=[(open_one.id, "photo")],
    )
    sql.execute(
        "INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)"
        " VALUES ('HELDHELD24', '{}', %s, '', '', 'flood', 'x', 'held', %s, '')",
        [f'[[{held.id}, "photo"]]', NOW],
    )
    sql.execute(
        "INSERT INTO urban_correction (name, person_id, at, kind, component, class_code, state, place, words, files, status, reason, made)"
        " VALUES (gen_random_uuid(), %s, %s, 'moved', '', '', '', NULL, '', %s, 'waiting', '', '')",
        [who("collector.01").id, NOW, f'[[{found.id}, "photo", null]]'],
    )
    assert erase_due(NOW + 2 * YEAR)["uploads"] == 0
    assert all(storage.original_path(one.sha256).exists() for one in (open_one, held, found))


def test_an_upload_that_a_phone_may_still_name_stays_until_it_is_forgotten() -> None:
    """Back from a month offline, a phone finds its photo or is told to send it again: never a hole in a report."""
    person = who("collector.01").id or 0
    kept = uploads.put(person, photo(9), kind="photo", now=NOW)
    path = storage.original_path(kept.sha256)
    utime(path, (NOW.timestamp(), NOW.timestamp()))
    late = NOW + timedelta(days=40)
    assert erase_due(late)["uploads"] == 0 and uploads.kept(person, kept.sha256) is not None
    uploads.sweep(late)
    assert uploads.kept(person, kept.sha256) is None, "from here on the phone has to send it again"
    assert erase_due(late)["uploads"] == 1 and not path.exists()
    again = uploads.put(person, photo(9), kind="photo", now=late)
    assert again.id == kept.id and path.exists() and erase_due(late + timedelta(days=1))["uploads"] == 0


# Hung on no act, and spoken of all the same ------------------------------------

STAFF = timedelta(days=1095)


def correction(kept: Kept, *, decided: datetime | None) -> None:
    status = "refused" if decided else "waiting"
    sql.execute(
        "INSERT INTO urban_correction (name, person_id, at, kind, component, class_code, state, place, words, files, status, decided_at,"
        " reason, made) VALUES (gen_random_uuid(), %s, %s, 'moved', '', '', '', NULL, '', %s, %s, %s, '', '')",
        [who("collector.01").id, NOW, f'[[{kept.id}, "photo", null]]', status, decided],
    )


def test_a_corrections_photo_goes_a_term_after_the_last_decision() -> None:
    waits, decided = kept_at(NOW, 24), kept_at(NOW, 25)
    path = storage.original_path(decided.sha256)
    correction(waits, decided=None)
    correction(decided, decided=NOW + timedelta(days=10))
    correction(decided, decided=NOW + timedelta(days=100))
    assert erase_due(NOW + STAFF + timedelta(days=99))["beside"] == 0 and path.exists()
    assert erase_due(NOW + STAFF + timedelta(days=101))["beside"] == 1 and not path.exists()
    assert journal("records.file", decided.id) == [("erase", "staff_photo")]
    assert storage.original_path(waits.sha256).exists(), "nobody has decided yet"
    assert erase_due(NOW + STAFF + timedelta(days=102))["beside"] == 0, "once"


def test_what_came_too_late_for_its_task_goes_a_term_after_it_arrived() -> None:
    """Its envelope stays, as of every photo that is proven."""
    collector = Collector("collector.02")
    photo = collector.shoot(7)
    answer = {"number": "T260317-9999999", "act": "check_answer", "facts": {"fixed": True}, "media": [photo]}
    assert collector.put("answers", uuid4(), answer).status_code == 409
    file, path = (
        sql.value("SELECT id FROM records_file WHERE sha256 = %s", [photo["sha256"]]),
        storage.original_path(photo["sha256"]),
    )
    utime(path, (NOW.timestamp(), NOW.timestamp()))
    uploads.sweep(NOW + timedelta(days=40))
    erase_due(NOW + STAFF - timedelta(days=1))
    assert path.exists()
    found = erase_due(NOW + STAFF + timedelta(days=1))
    assert (found["beside"], path.exists(), erased_rules(file)) == (1, False, ["staff_photo"])
    assert sql.value("SELECT count(*) FROM evidence_envelope WHERE sha256 = %s", [photo["sha256"]]) == 1


def test_the_worker_does_it_each_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones, positions and what strangers see go by the worker's own hour, not by a command that somebody has to think of."""
    number, sha256, _id = citizens(30, caller_phone="13991700123")
    me = who("collector.01")
    public.start_duty(by=me, now=NOW)
    public.keep_positions(by=me, points=[public.Point(NOW, 107.1485, 34.3605, 8.0)], now=NOW)
    publish([case(number).pk], NOW)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + YEAR)
    jobs.retention(0)
    assert loaded(number).extra["caller_phone"] == "" and not storage.original_path(sha256).exists()
    assert sql.value("SELECT count(*) FROM urban_position") == 0
    assert sql.value("SELECT count(*) FROM urban_public_case") == 0


def test_everything_with_an_hour_has_it() -> None:
    hours = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    promised = "retention digests teach handovers plausibility duty tracks pairs"
    assert {f"urban.{name}" for name in promised.split()} | {"notices.tend"} <= hours


# Sent again after their time --------------------------------------------------------


def held_report(file: int, code: str, at: datetime) -> int:
    return int(
        sql.value(
            "INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)"
            " VALUES (%s, '{\"description\": \"又一次\"}', %s, '', '', 'flood', 'x', 'held', %s, '') RETURNING id",
            [code, f'[[{file}, "photo"]]', at],
        )
    )


def test_bytes_sent_again_to_a_report_that_is_dropped_go_again() -> None:
    _number, sha256, file = citizens(31)
    path, late = storage.original_path(sha256), NOW + YEAR
    erase_due(late)
    assert not path.exists() and erased_rules(file) == ["citizen_photo"]
    kept_at(late + timedelta(days=1), 31)
    held = held_report(file, "HELDHELD31", late + timedelta(days=1))
    erase_due(late + timedelta(days=100))
    assert path.exists(), "nobody has decided yet"
    public.drop(who("acceptor.1"), [held], "同一件事报了很多次", late + timedelta(days=100))
    erase_due(late + timedelta(days=131))
    erase_due(late + timedelta(days=132))
    assert not path.exists() and erased_rules(file) == ["citizen_photo", "upload"]
    assert journal("records.file", file) == [("erase", "citizen_photo"), ("erase", "upload")]
    assert copy_path(sha256, "320").exists()


def test_bytes_sent_again_and_named_by_nothing_go_when_the_upload_is_forgotten() -> None:
    _number, sha256, file = citizens(32)
    path, late = storage.original_path(sha256), NOW + YEAR
    erase_due(late)
    kept_at(late + timedelta(days=1), 32)
    erase_due(late + timedelta(days=35))
    assert path.exists()
    erase_due(late + timedelta(days=37))
    assert not path.exists() and erased_rules(file) == ["citizen_photo", "upload"]


def test_bytes_sent_again_with_a_new_act_keep_their_own_term() -> None:
    _number, sha256, file = citizens(33)
    path, late = storage.original_path(sha256), NOW + YEAR
    erase_due(late)
    kept_at(late + timedelta(days=1), 33)
    public.take_report(
        by=None,
        draft=public.Draft(class_code="0110", location=EVENT_PLACE, description="又来了"),
        now=late + timedelta(days=1),
        files=[(file, "photo")],
    )
    erase_due(late + 2 * YEAR)
    assert path.exists() and erased_rules(file) == ["citizen_photo"]


def test_bytes_sent_again_with_a_correction_keep_the_staffs_term() -> None:
    _number, sha256, file = citizens(34)
    path, late = storage.original_path(sha256), NOW + YEAR
    erase_due(late)
    kept = kept_at(late + timedelta(days=1), 34)
    correction(kept, decided=late + timedelta(days=2))
    erase_due(late + STAFF)
    assert path.exists()
    erase_due(late + STAFF + timedelta(days=2))
    assert not path.exists() and erased_rules(file) == ["citizen_photo", "staff_photo"]


def test_an_erasure_that_a_kill_cut_off_is_finished_however_late() -> None:
    _number, sha256, _file = citizens(35)
    path, late = storage.original_path(sha256), NOW + YEAR
    data = path.read_bytes()
    erase_due(late)
    path.write_bytes(data)
    utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert finish_unlinking(late + YEAR) == 1 and not path.exists()


def test_messages_go_when_their_time_is_over_read_or_not() -> None:
    chief = who("chief.1").id or 0
    for once, at in (("read", NOW), ("unread", NOW), ("late", NOW + timedelta(days=729))):
        notify(once, kind="test", title="催办", at=at, person=chief)
    mark_read(chief, [sql.value("SELECT id FROM notices_notice WHERE once = 'read'")], NOW)
    assert erase_due(NOW + timedelta(days=729))["notices"] == 0
    assert erase_due(NOW + timedelta(days=731))["notices"] == 2
    assert sql.tuples("SELECT once FROM notices_notice") == [("late",)]
    assert sql.value("SELECT count(*) FROM notices_reading") == 0
