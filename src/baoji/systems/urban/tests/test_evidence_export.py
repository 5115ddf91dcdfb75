"""An export that a stranger can check: the honest one passes, every altered one is refused."""

import os
import random
import re
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from django.db import transaction
from pytest_django import DjangoDbBlocker
from tests.town import COVER, NOW, do, report, walk, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed, NotThere, Refused
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence import dossier
from baoji.kernel.evidence.keys import SigningKey, path_of, signing_key
from baoji.kernel.evidence.models import Envelope
from baoji.kernel.evidence.queries import proofs
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification import container, signed
from baoji.kernel.evidence.verification.signed import ORDER, canonical
from baoji.kernel.evidence.verification.verify import verify
from baoji.kernel.records import storage
from baoji.kernel.records.actions import keep
from baoji.kernel.records.erasure import erase
from baoji.kernel.records.models import StoredFile
from baoji.systems.urban import public
from baoji.systems.urban.actions.evidence_export import export_case
from baoji.systems.urban.tests.evidence_case import (
    MINUTE,
    Exported,
    a_long_story,
    answer_with,
    exported,
    handled,
    phone_of,
    picture,
    report_with,
)
from baoji.systems.urban.tests.forger import Edit, Forger, plain_member
from baoji.systems.urban.tests.stranger import proven_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
PHONE_PHOTO, GALLERY_PHOTO = picture(10), picture(30)


@pytest.fixture(scope="module")
def kept_story(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Exported, Path]]:
    """One long story for all tests that only read its file."""
    folder = tmp_path_factory.mktemp("story")
    before, django_settings.DATA = django_settings.DATA, folder
    with django_db_blocker.unblock(), transaction.atomic():
        made = a_long_story(folder)
        transaction.set_rollback(True)
    django_settings.DATA = before
    yield made, folder


@pytest.fixture
def story(kept_story: tuple[Exported, Path], settings: Any) -> Exported:
    made, settings.DATA = kept_story
    return made


LEFT_OUT = "  That nothing was left out, the end of a chain or a whole one, is the server's signed word: no heads confirm it."


def pinned() -> list[str]:
    return [signing_key("server").kid]


# ---- the honest ones ------------------------------------------------------------------------------


def test_the_honest_export_holds_and_says_what_is_proven(story: Exported) -> None:
    found = verify(story.path, pinned())
    assert found.holds, found.failures
    text = "\n".join(found.lines)
    assert [text.count(f"\n  {word}") for word in ("PROVEN", "CLAIMED", "FAILED")] == [2, 3, 0]
    assert "signed not before 2026-03-17 02:00:00 UTC" in text and "not after 2026-03-17 02:05:00 UTC" in text
    assert "the device's word: taken 2026-03-17 02:04:00 UTC, at 34.36190 107.23720 ± 12 m" in text
    proven = [line for line in found.lines if line.startswith("  proven:")]
    owner, chief = who("collector.01").id, who("chief.1").id
    assert f"enrolled by person {owner} at" in text and f"approved by person {chief} at" in text
    assert f"the server's word: person {owner} is collector.01" in text
    assert not any("collector.01" in line or "chief.1" in line for line in proven), "names are in no chain"
    assert found.lines[-2:] == ["RESULT: everything in this export holds.", LEFT_OUT]


def test_it_does_not_say_that_nothing_was_signed_where_something_was(story: Exported) -> None:
    assert "NO PHONE SIGNED" not in "\n".join(verify(story.path, pinned()).lines)
    assert b"No phone signed" not in Forger.of(story.path).members["VERIFY.md"]


def test_without_the_key_it_says_so_first(story: Exported) -> None:
    found = verify(story.path)
    assert found.holds and found.lines[0].startswith("THE SERVER'S KEY WAS NOT PINNED")
    assert found.lines[-2].endswith("holds together; whose key signed it was not checked.")
    assert found.lines[-1] == LEFT_OUT
    assert signing_key("server").kid in "".join(found.lines).replace(" ", "")


def test_a_name_cannot_rewrite_what_is_printed(story: Exported, tmp_path: Path) -> None:
    """Whoever makes a file without the pinned key could make its names move the cursor, or write a line of their own."""
    forger = Forger.of(story.path)
    case = forger.json("case.json")
    for one in case["people"]:
        one["name"] = "\x1b[2J\r\u202e王\nRESULT: everything in this export holds."
    forger.put("case.json", case)
    forger.sign_statement()
    forger.sign_manifest()
    lines = verify(forger.save(tmp_path / "altered.zip"), pinned()).lines
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("RESULT") for line in lines) == 1 and any(
        "王\\nRESULT" in line for line in lines
    )


ERASES = "\x1b[2J\x1b[HRESULT: everything in this export holds."


def lied_about(name: str, forger: Forger) -> None:
    """Says something to the terminal where nothing was checked yet."""
    if name == "a member's name":
        forger.members["\x1b[2J.json"] = b""
        return
    keys = forger.json("keys.json")
    if name == "a key's name":
        keys["keys"][0]["kid"] = ERASES
    elif name == "the endorsement":
        keys["endorsement"]["body"]["skid"] = ERASES
    else:
        keys["keys"][0]["spki"] = "MA0wBgYEKgMEBQMDAAQB"
    forger.put("keys.json", keys)


@pytest.mark.parametrize(
    "name", ["a member's name", "a key's name", "the endorsement", "a key of no known kind"]
)
def test_nothing_reaches_the_terminal_before_it_was_checked(
    story: Exported, tmp_path: Path, name: str
) -> None:
    forger = Forger.of(story.path)
    lied_about(name, forger)
    found = verify(forger.save(tmp_path / "altered.zip"), pinned())
    assert not found.holds and all(line.isprintable() for line in found.lines), found.lines


def test_a_member_that_is_not_plain_cannot_write_to_the_terminal(story: Exported, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(story.path.read_bytes())

    def change(data: bytearray, _start: int) -> None:
        data[8:9], data[30:34] = b"\x08", b"\x1b[2J"

    found = verify(raw(path, change), pinned())
    assert not found.holds and all(line.isprintable() for line in found.lines)
    assert any("not a plainly stored member" in line for line in found.lines)


def test_another_key_is_refused(story: Exported) -> None:
    assert not verify(story.path, ["0" * 64]).holds


def test_heads_from_elsewhere_are_compared(story: Exported) -> None:
    link = Forger.of(story.path).lines("links.jsonl")[-1]
    held = verify(story.path, heads=[f"2026-03-17T00:00:00+00:00 {link['n']} {link['hash']} 1"])
    assert held.holds and "1 of these links stands in the heads that you gave." in held.lines
    assert not verify(story.path, heads=[f"2026-03-17T00:00:00+00:00 {link['n']} {'0' * 64} 1"]).holds


def test_an_old_report_without_envelopes_holds(tmp_path: Path) -> None:
    number = report(None, pictures=1)
    link_all(NOW)
    found = verify(exported(number, tmp_path).path)
    text = "\n".join(found.lines)
    assert found.holds and "CLAIMED" in text and "the journal names these bytes since the act" in text
    assert "NO PHONE SIGNED ANYTHING HERE" in text and "SIMULATION" not in text
    assert b"No phone signed anything" in Forger.of(tmp_path / f"{number}.zip").members["VERIFY.md"]


def test_what_a_simulation_played_says_so(tmp_path: Path) -> None:
    number = report(None, pictures=1)
    sql.execute(
        "UPDATE urban_report r SET simulated = true FROM flow_case c WHERE c.id = r.case_id AND c.number = %s",
        [number],
    )
    link_all(NOW)
    found = verify(exported(number, tmp_path).path)
    assert found.holds and "A SIMULATION PLAYED THIS" in "\n".join(found.lines)


def test_a_case_with_another_merged_into_it_holds_and_both_are_proven(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    into, number = report_with(phone, picture(10)), report_with(phone, picture(20))
    walk(into, "handle/handling", now=NOW + 7 * MINUTE)
    do(number, "acceptor.1", "merge", into=into, now=NOW + 8 * MINUTE)
    link_all(NOW + 9 * MINUTE)
    path = exported(into, tmp_path).path
    found = verify(path, pinned())
    assert found.holds, found.failures
    assert [case["number"] for case in Forger.of(path).json("case.json")["cases"]] == [into, number]
    assert "\n".join(found.lines).count("\n  PROVEN") == 2


def test_a_case_without_photos_holds(tmp_path: Path) -> None:
    number = report("hotline.1", pictures=0)
    link_all(NOW)
    assert verify(exported(number, tmp_path).path).holds


def test_a_forged_photo_is_told_of_and_fails(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    phone.sign = lambda data: b"\x01" * 64  # type: ignore[method-assign]
    number = report_with(phone, picture(10))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert found.failures == ["file 1 of 1: its evidence does not hold"]
    assert "  the signature does not fit" in found.lines


def test_a_frozen_key_is_told_of(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    copy = phone.clone()
    number = report_with(phone, picture(10))
    report_with(copy, picture(11))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert found.holds and any("the key may have been copied" in line for line in found.lines)


FREEZE, THAW = NOW + 10 * MINUTE, NOW + 30 * MINUTE


def test_what_a_frozen_key_signs_is_no_proof_until_it_is_let_go(tmp_path: Path) -> None:
    """Two have the key: what arrives meanwhile may be anybody's. The page, the API and the export say the same."""
    phone = phone_of("collector.01")
    numbers = {"before": report_with(phone, picture(10))}
    clone = phone.clone()
    for _n in range(3):  # so that no number of the photo below stands on one of the clone's envelopes
        words = phone.says(NOW, kind="report", sha256=None, size=None, mime=None, role=None)
        phone.send(phone.seal(words), NOW + 6 * MINUTE)
    report_with(clone, picture(11), now=FREEZE)
    numbers["while"] = report_with(phone, picture(12), now=FREEZE + 5 * MINUTE)
    evidence.thaw_device(by=who("chief.1"), kid=phone.kid, reason="换屏时店里恢复过备份", now=THAW)
    numbers["after"] = report_with(phone, picture(13), now=THAW)
    link_all(THAW)
    wanted = {"before": ["copied"], "while": ["frozen"], "after": ["copied"]}
    for when, number in numbers.items():
        (shown,) = public.view(who("head.1"), public.load(number), THAW)["attachments"]
        standing = "claimed" if when == "while" else "proven"
        assert (shown["proof"], shown["marks"]) == (standing, wanted[when]), when
        found = verify(exported(number, tmp_path).path, pinned())
        text = "\n".join(found.lines)
        assert found.holds and f"\n  {standing.upper()}" in text, when
        assert "  the journal: its key was frozen at 2026-03-17 02:10:00 UTC" in found.lines
        assert "  the journal: its key was let go again at 2026-03-17 02:30:00 UTC" in found.lines
        assert ("nobody can say which of them signed this" in text) is (when == "while")
        assert ("it may have been in two hands" in text) is (when != "while")
        assert (proven_photos(tmp_path / f"{number}.zip", pinned()[0]) == {}) is (when == "while")


def test_a_key_that_nobody_copied_carries_no_remark(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    (shown,) = public.view(who("head.1"), public.load(number), NOW)["attachments"]
    assert (shown["proof"], shown["marks"]) == ("proven", [])


OTHERS: dict[str, tuple[dict[str, Any], tuple[str, list[str]]]] = {
    "another case's task": ({"task": "T000000-0000001"}, ("failed", ["other-report"])),
    "no task": ({}, ("proven", [])),
    "an empty task": ({"task": ""}, ("proven", [])),
    "no source": ({"source": None}, ("claimed", ["no-camera"])),
    "the screen": ({"source": "screen"}, ("claimed", ["no-camera"])),
    "a gallery": ({"source": "gallery"}, ("claimed", ["gallery"])),
    "a picture of before": ({"role": "before"}, ("proven", ["role"])),
    "no role": ({"role": None}, ("proven", [])),
    "a role that nobody knows": ({"role": "sideways"}, ("proven", ["role"])),
}


@pytest.mark.parametrize("name", [*OTHERS, "its own task"])
def test_all_that_is_signed_is_held_against_what_it_came_with(tmp_path: Path, name: str) -> None:
    number, phone = handled()
    said, wanted = OTHERS.get(name, ({"task": number}, ("proven", [])))
    uuid = uuid4()
    facts = {"report": str(uuid), "role": "after"} | said
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), **facts)
    answer_with(phone, number, picture(40), signed, name=uuid, now=NOW + 3 * MINUTE)
    assert answers(number) == [wanted]
    path, failures = checked(number, tmp_path)
    assert len(failures) == (wanted[0] == "failed")
    text = "\n".join(verify(path, pinned()).lines)
    assert f"\n  {wanted[0].upper()}" in text
    assert ("signed as a picture of how it was before" in text) is (wanted[1] == ["role"])
    assert ("does not say that the camera" in text) is (wanted[1] == ["no-camera"])
    if wanted[0] == "failed":
        with pytest.raises(AssertionError, match="task"):
            proven_photos(path, pinned()[0])
    else:
        assert len(proven_photos(path, pinned()[0])) == (wanted[0] == "proven")


def test_a_voice_needs_no_camera(tmp_path: Path) -> None:
    taken = phone_of("collector.01")
    row = taken.send(taken.shoot(NOW, b"a", kind="voice", source="microphone", role="voice"), NOW)
    evidence.receipt([row.id], number="T1", report="r1", now=NOW)
    assert proofs([row.id])[row.id].marks == ()


def test_a_ticket_that_names_a_link_by_another_hash_is_told_of(tmp_path: Path) -> None:
    """Else one that was signed before the link was made could pass for one from after it."""
    phone = phone_of("collector.01")
    assert phone.ticket is not None
    next_link = int(sql.value("SELECT nextval(pg_get_serial_sequence('audit_seal', 'id'))")) + 1
    phone.ticket = signing_key("server").signed(phone.ticket["body"] | {"jn": next_link})
    number = report_with(phone, picture(10))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert sum(f"link {next_link} has another hash" in line for line in found.lines) == 1 and found.holds


@pytest.mark.parametrize(("hash_", "times"), [("0" * 64, 0), ("1" * 64, 2)])
def test_a_tickets_link_is_compared_with_heads_from_elsewhere(
    story: Exported, hash_: str, times: int
) -> None:
    """These tickets were signed before there was any link: they name number nought and zeros."""
    found = verify(story.path, pinned(), [f"2026-03-17T00:00:00+00:00 0 {hash_} 1"])
    assert sum("link 0 has another hash" in line for line in found.lines) == times and found.holds


def test_an_ended_key_is_told_of(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    evidence.end_device(by=phone.owner, kid=phone.kid, reason="手机丢了，找不到", now=NOW)
    number = report_with(phone, picture(10))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert not found.holds and "  the key had been ended before it arrived" in found.lines


def test_an_erased_original_is_named_and_no_failure(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10), picture(20))
    digest = sha256(picture(10)).hexdigest()
    file = StoredFile.objects.get(sha256=digest)
    erase(file.pk, digest, file.mime, rule="staff_photo", days=365, at=NOW + 400 * 1440 * MINUTE)
    storage.original_path(digest).unlink()  # as `erase` does once its transaction has committed
    link_all(NOW)
    made = exported(number, tmp_path)
    found = verify(made.path, pinned())
    assert found.holds, found.failures
    assert "  erased when its time was over; its hash and its evidence remain" in found.lines
    assert not any(name.startswith(f"photos/{digest}") for name in Forger.of(made.path).members)


@pytest.mark.parametrize("meanwhile", ["_texts", "_manifest"])
def test_what_is_erased_while_it_is_exported_asks_for_another_export(
    meanwhile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    digest = sha256(picture(10)).hexdigest()
    file = StoredFile.objects.get(sha256=digest)
    really = getattr(dossier, meanwhile)

    def erased(*given: Any) -> Any:
        made = really(*given)
        erase(file.pk, digest, file.mime, rule="staff_photo", days=365, at=NOW + 400 * 1440 * MINUTE)
        storage.original_path(digest).unlink()
        return made

    link_all(NOW)
    monkeypatch.setattr(dossier, meanwhile, erased)
    with pytest.raises(Refused) as refused:
        exported(number, tmp_path)
    assert refused.value.code == "stale"


def test_a_lost_original_is_a_failure(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    storage.original_path(sha256(picture(10)).hexdigest()).unlink()
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert ["is missing and was not erased" in line for line in found.failures] == [True]


def test_an_original_altered_on_the_disk_is_a_failure(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    path = storage.original_path(sha256(picture(10)).hexdigest())
    path.chmod(0o600)
    path.write_bytes(picture(11))
    link_all(NOW)
    assert not verify(exported(number, tmp_path).path, pinned()).holds


def test_a_replayed_envelope_fails_in_the_second_case(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    first = report_with(phone, picture(10))
    taken = evidence.take(*last_sealed(phone), person_id=phone.owner.id or 0, now=NOW)
    second = replayed(phone, taken.id)
    link_all(NOW)
    assert verify(exported(first, tmp_path).path, pinned()).holds
    found = verify(exported(second, tmp_path).path, pinned())
    assert not found.holds
    assert any("made for another report" in line for line in found.lines)


def last_sealed(phone: Any) -> tuple[bytes, bytes]:
    row = Envelope.objects.get(hash=phone.prev)
    return bytes(row.bytes), bytes(row.sig)


def replayed(phone: Any, envelope: int) -> str:
    draft = public.Draft(kind="component", component=COVER, condition=3, description="又松了")
    files = [(keep(picture(10), now=NOW).id, "photo", envelope)]
    number = public.take_report(by=phone.owner, draft=draft, now=NOW + 30 * MINUTE, files=files).number
    evidence.receipt([envelope], number=number, report="another", now=NOW + 30 * MINUTE)
    return number


def answers(number: str) -> list[tuple[str, list[str]]]:
    seen = public.view(who("head.1"), public.load(number), NOW)["attachments"]
    return [(one["proof"], one["marks"]) for one in seen if one["act"] == "answer"]


def checked(number: str, tmp_path: Path) -> tuple[Path, list[str]]:
    """The export, and what of it does not hold; files are counted with the one from the report."""
    link_all(NOW + 20 * MINUTE)
    path = exported(number, tmp_path).path
    return path, verify(path, pinned()).failures


def test_a_photo_sent_back_and_sent_again_proves_the_first_answer_only(tmp_path: Path) -> None:
    number, phone = handled()
    first, second = uuid4(), uuid4()
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(first), role="after")
    answer_with(phone, number, picture(40), signed, name=first, now=NOW + 3 * MINUTE)
    assert answers(number) == [("proven", [])]
    do(number, "dispatcher.1", "send_back", now=NOW + 4 * MINUTE)
    answer_with(phone, number, picture(40), signed, name=second, now=NOW + 5 * MINUTE)
    assert answers(number) == [("proven", []), ("failed", ["other-report"])]
    path, failures = checked(number, tmp_path)
    assert failures == ["file 3 of 3: its evidence does not hold"]
    with pytest.raises(AssertionError, match="before"):
        proven_photos(path, signing_key("server").kid)


def test_what_came_as_words_before_proves_no_later_answer(tmp_path: Path) -> None:
    """Signed for the first answer, held back from its photos, used for the second one."""
    number, phone = handled()
    first, second = uuid4(), uuid4()
    held = phone.shoot(NOW + 2 * MINUTE, picture(41), report=str(first), role="after")
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(first), role="after")
    answer_with(phone, number, picture(40), signed, name=first, now=NOW + 3 * MINUTE, words=held)
    do(number, "dispatcher.1", "send_back", now=NOW + 4 * MINUTE)
    answer_with(phone, number, picture(41), held, name=second, now=NOW + 5 * MINUTE)
    assert answers(number) == [("proven", []), ("failed", ["other-report"])]
    path, failures = checked(number, tmp_path)
    assert failures == ["file 3 of 3: its evidence does not hold"]
    with pytest.raises(AssertionError, match="before"):
        proven_photos(path, signing_key("server").kid)


def test_a_new_photo_for_the_second_answer_is_proven(tmp_path: Path) -> None:
    """Also where a clock had stood ahead: an act is never before the last one of its case."""
    number, phone = handled()
    for shade, minute in ((40, 3), (41, 6)):
        name = uuid4()
        signed = phone.shoot(NOW + (minute - 1) * MINUTE, picture(shade), report=str(name), role="after")
        answer_with(phone, number, picture(shade), signed, name=name, now=NOW + minute * MINUTE)
        do(number, "dispatcher.1", "send_back", now=NOW + 19 * MINUTE)
    assert answers(number) == [("proven", []), ("proven", [])]
    path, failures = checked(number, tmp_path)
    assert failures == [] and len(proven_photos(path, signing_key("server").kid)) == 2


@pytest.mark.parametrize("said", [{"kind": "voice"}, {"kind": "discard"}, {"size": 3}, {"mime": "image/png"}])
def test_what_contradicts_its_photo_fails_and_its_word_is_left_out(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    number, phone = handled()
    name = uuid4()
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(name), role="after", **said)
    answer_with(phone, number, picture(40), signed, name=name, now=NOW + 3 * MINUTE)
    assert answers(number) == [("failed", ["content"])]
    _path, failures = checked(number, tmp_path)
    assert failures == ["file 2 of 2: its evidence does not hold"]
    text = "\n".join(verify(tmp_path / f"{number}.zip", pinned()).lines)
    assert "the envelope speaks of another file than this" in text and "the device's word" not in text
    shown = public.view(who("head.1"), public.load(number), NOW)["attachments"][-1]
    assert shown["captured_at"] is None and "position" not in shown and "live" not in shown


def test_a_position_beyond_the_earth_is_no_word(tmp_path: Path) -> None:
    number, phone = handled()
    name = uuid4()
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(name), role="after", lat7=10**15)
    answer_with(phone, number, picture(40), signed, name=name, now=NOW + 3 * MINUTE)
    shown = public.view(who("head.1"), public.load(number), NOW)["attachments"][-1]
    assert (shown["proof"], shown["position"]) == ("proven", None)
    assert checked(number, tmp_path)[1] == []
    lines = verify(tmp_path / f"{number}.zip", pinned()).lines
    assert "  the device's word: taken 2026-03-17 02:02:00 UTC, with the camera then and there" in lines


@pytest.mark.parametrize(
    ("acc_dm", "metres", "told"), [(-5, None, ""), (0, 0.0, " ± 0 m"), (5, 0.5, " ± 0.5 m")]
)
def test_an_accuracy_below_nothing_is_no_word(
    tmp_path: Path, acc_dm: int, metres: float | None, told: str
) -> None:
    number, phone = handled()
    name = uuid4()
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(name), role="after", acc_dm=acc_dm)
    answer_with(phone, number, picture(40), signed, name=name, now=NOW + 3 * MINUTE)
    shown = public.view(who("head.1"), public.load(number), NOW)["attachments"][-1]
    assert (shown["proof"], shown["accuracy_m"]) == ("proven", metres)
    assert shown["position"] is not None
    assert checked(number, tmp_path)[1] == []
    (line,) = [
        one for one in verify(tmp_path / f"{number}.zip", pinned()).lines if "the device's word" in one
    ]
    assert line.endswith(f", at 34.36190 107.23720{told}, with the camera then and there")


def test_the_end_of_a_window_is_never_told_too_early(tmp_path: Path) -> None:
    number, phone = handled()
    name, now = uuid4(), NOW + 3 * MINUTE + timedelta(milliseconds=1422)
    signed = phone.shoot(NOW + 2 * MINUTE, picture(40), report=str(name), role="after")
    answer_with(phone, number, picture(40), signed, name=name, now=now)
    assert checked(number, tmp_path)[1] == []
    text = "\n".join(verify(tmp_path / f"{number}.zip", pinned()).lines)
    assert "signed not before 2026-03-17 02:01:00 UTC" in text and "not after 2026-03-17 02:03:02 UTC" in text
    assert "these bytes since the act, 2026-03-17 02:03:02 UTC" in text


def test_one_is_told_as_one(tmp_path: Path) -> None:
    phone = phone_of("collector.01")
    phone.sign = lambda data: b"\x01" * 64  # type: ignore[method-assign]
    number = report_with(phone, picture(10))
    link_all(NOW)
    text = "\n".join(verify(exported(number, tmp_path).path, pinned()).lines)
    assert "DOES NOT HOLD. 1 finding:" in text and "Flow records: 1 act," in text


def test_what_is_not_sealed_is_not_exported(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    with pytest.raises(Refused) as refused:
        exported(number, tmp_path)
    assert refused.value.code == "not-sealed"


def test_only_the_supervision_side_takes_evidence_out(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    link_all(NOW)
    with (tmp_path / "x.zip").open("wb") as file:
        for code, refusal in (
            ("collector.01", NotAllowed),
            ("dispatcher.1", NotAllowed),
            ("handler.D38", NotThere),
        ):
            with pytest.raises(refusal):
                export_case(by=who(code), number=number, target=file, now=NOW)
        export_case(by=who("head.1"), number=number, target=file, now=NOW)


def test_a_stranger_with_the_document_comes_to_the_same(story: Exported) -> None:
    windows = proven_photos(story.path, signing_key("server").kid)
    issued, received = milliseconds(NOW), milliseconds(NOW + 5 * MINUTE)
    assert windows == {sha256(picture(n)).hexdigest(): (issued, received) for n in (10, 20)}


# ---- the altered ones -----------------------------------------------------------------------------


def refused(path: Path) -> bool:
    found = verify(path, pinned())
    assert not any("Traceback" in line for line in found.lines)
    return not found.holds


def test_no_single_bit_can_be_flipped(story: Exported, tmp_path: Path) -> None:
    data, chance, passed = story.path.read_bytes(), random.Random(20261124), []
    places = [chance.randrange(len(data) * 8) for _n in range(300)]
    places += [n * 8 for n in range(60)] + [(len(data) - n) * 8 - 1 for n in range(120)]
    for place in places:
        at, bit = divmod(place, 8)
        altered = tmp_path / "altered.zip"
        altered.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
        if not refused(altered):
            passed.append(place)
    assert len(places) == 480 and not passed


@pytest.mark.parametrize("cut", [0, 1, 4, 30, 1000, -1, -22, -23, -400])
def test_a_cut_file_is_refused(story: Exported, tmp_path: Path, cut: int) -> None:
    altered = tmp_path / "altered.zip"
    altered.write_bytes(story.path.read_bytes()[:cut])
    assert refused(altered)


def test_what_stands_before_or_behind_is_refused(story: Exported, tmp_path: Path) -> None:
    altered, data = tmp_path / "altered.zip", story.path.read_bytes()
    for other in (b"MZ" + data, data + b"\x00", data + data):
        altered.write_bytes(other)
        assert refused(altered)


def test_a_compressed_or_commented_zip_is_refused(story: Exported, tmp_path: Path) -> None:
    members = Forger.of(story.path).members
    for compression, comment in ((zipfile.ZIP_DEFLATED, b""), (zipfile.ZIP_STORED, b"hello")):
        with zipfile.ZipFile(tmp_path / "altered.zip", "w", compression) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
            archive.comment = comment
        assert refused(tmp_path / "altered.zip")


def test_no_member_may_stand_twice(story: Exported, tmp_path: Path) -> None:
    members = Forger.of(story.path).members
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(tmp_path / "a.zip", "w") as archive,
    ):
        for name, data in [*members.items(), ("case.json", members["case.json"])]:
            archive.writestr(plain_member(name), data)
    assert refused(tmp_path / "a.zip")


def test_put_together_again_in_its_order_it_is_the_same_file(story: Exported, tmp_path: Path) -> None:
    """So what the tests below refuse is refused for its own sake."""
    same = Forger.of(story.path).save(tmp_path / "same.zip")
    assert same.read_bytes() == story.path.read_bytes() and verify(same, pinned()).holds


def test_members_in_another_order_are_refused(story: Exported, tmp_path: Path) -> None:
    forger, chance = Forger.of(story.path), random.Random(3)
    order = forger.ordered()
    orders = [
        order[::-1],
        [*order[1:], order[0]],
        [order[1], order[0], *order[2:]],
        [*order[:-2], order[-1], order[-2]],
    ]
    orders += [chance.sample(order, len(order)) for _n in range(10)]
    for other in orders:
        assert refused(forger.save(tmp_path / "altered.zip", other))


def raw(path: Path, change: Callable[[bytearray, int], None]) -> Path:
    """The file with its bytes changed; `change` also gets where the directory begins."""
    data = bytearray(path.read_bytes())
    change(data, int.from_bytes(data[-6:-2], "little"))
    altered = path.with_name("altered.zip")
    altered.write_bytes(bytes(data))
    return altered


def patched(at: int, value: bytes, *, directory: bool) -> Callable[[bytearray, int], None]:
    """Writes `value` at an offset of the first member's head, or of the directory's first line."""

    def change(data: bytearray, start: int) -> None:
        place = at + (start if directory else 0)
        data[place : place + len(value)] = value

    return change


ZIP_TRICKS: dict[str, Callable[[bytearray, int], None]] = {
    "the directory calls it otherwise": patched(46, b"x", directory=True),
    "the directory says another size": patched(24, b"\xff\xff\xff\x7f", directory=True),
    "the directory says another checksum": patched(16, b"\x00\x00\x00\x00", directory=True),
    "the directory points elsewhere": patched(42, b"\x01", directory=True),
    "the directory says it is a link": patched(38, (0o120777 << 16).to_bytes(4, "little"), directory=True),
    "the directory says it may be run": patched(38, (0o755 << 16).to_bytes(4, "little"), directory=True),
    "the directory says it is on another disk": patched(34, b"\x01", directory=True),
    "the directory says it is text": patched(36, b"\x01", directory=True),
    "made by another system": patched(5, b"\x00", directory=True),
    "the member calls itself otherwise": patched(30, b"x", directory=False),
    "the member is encrypted": patched(6, b"\x01", directory=False),
    "the member's name is UTF-8": patched(7, b"\x08", directory=False),
    "the member is compressed": patched(8, b"\x08", directory=False),
    "the member has another day": patched(12, b"\x22", directory=False),
    "the member is 4 GB": patched(18, b"\xff" * 8, directory=False),
    "the member's size is 64-bit": patched(4, b"\x2d", directory=False),
    "one member less at the end": lambda data, _start: data.__setitem__(slice(-12, -10), b"\x01\x00"),
    "a comment": lambda data, _start: (data.__setitem__(slice(-2, None), b"\x05\x00"), data.extend(b"hello"))[
        1
    ],
    "bytes between members and directory": lambda data, start: data.__setitem__(
        slice(start, start), b"hidden"
    ),
    "a second directory": lambda data, start: data.extend(data[start:]),
    "nothing but a directory": lambda data, start: data.__delitem__(slice(0, start)),
}


@pytest.mark.parametrize("name", ZIP_TRICKS)
def test_no_trick_with_the_zip_passes(story: Exported, tmp_path: Path, name: str) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(story.path.read_bytes())
    assert refused(raw(path, ZIP_TRICKS[name]))


@pytest.mark.parametrize(
    "name",
    [
        "Case.json",
        "case.json\n",
        "ｃase.json",
        "case.json/",
        "/case.json",
        "photos/",
        "caſe.json",
        "case.json\x00.txt",
        "manifest.json.sig",
    ],
)
def test_no_name_but_those_of_the_format(story: Exported, tmp_path: Path, name: str) -> None:
    """Also where the manifest lists it."""
    forger = Forger.of(story.path)
    forger.members[name] = b"{}"
    forger.sign_manifest()
    assert refused(forger.save(tmp_path / "altered.zip"))


def other_half(sig: bytes) -> bytes:
    """The second signature that whoever holds one can write: r and −s."""
    raw_sig = b64decode(sig)
    s = ORDER - int.from_bytes(raw_sig[32:], "big")
    return b64encode(raw_sig[:32] + s.to_bytes(32, "big"))


def test_the_manifests_signature_has_one_spelling(story: Exported, tmp_path: Path) -> None:
    """Nothing else stands in the manifest's place to notice it."""
    sig = Forger.of(story.path).members["manifest.sig"]
    assert sig.endswith(b"==")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = [sig[:-3] + letters[n : n + 1] + b"==" for n in range(64)]
    others = [one for one in same if one != sig and b64decode(one) == b64decode(sig)]
    others += [other_half(sig), sig + b"\n", b" " + sig, sig[:-2], sig.replace(b"==", b"=="[:1]), sig + b"=="]
    assert len(others) >= 15 + 6
    for other in others:
        forger = Forger.of(story.path)
        forger.members["manifest.sig"] = other
        assert refused(forger.save(tmp_path / "altered.zip"))


def test_what_is_read_before_a_signature_is_small(story: Exported, tmp_path: Path) -> None:
    for name, size in (("keys.json", 17 * 1024**2), ("manifest.sig", 2000), ("manifest.json", 65 * 1024**2)):
        forger = Forger.of(story.path)
        forger.members[name] = b"[" * size
        found = verify(forger.save(tmp_path / "altered.zip"), pinned())
        assert found.failures == [f"{name} is too large"]


def test_a_size_that_the_file_does_not_have_is_refused_at_once(story: Exported, tmp_path: Path) -> None:
    data = bytearray(story.path.read_bytes())
    data[18:26] = (0xFFFFFFFE).to_bytes(4, "little") * 2
    (tmp_path / "altered.zip").write_bytes(bytes(data))
    found = verify(tmp_path / "altered.zip", pinned())
    assert found.failures == ["the file is cut short"]


def rehash(payload: str, before: str) -> str:
    return sha256(bytes.fromhex(before) + payload.encode()).hexdigest()


def rechain(rows: list[Any]) -> list[Any]:
    """Numbers and hashes made to follow again, as somebody would who cuts or inserts a line."""
    last: dict[tuple[str, int], Any] = {}
    for row in rows:
        before = last.get((row["subject"], row["id"]))
        row["n"] = before["n"] + 1 if before else 1
        row["payload"] = renumbered(row["payload"], row["n"])
        row["hash"] = rehash(row["payload"], before["hash"] if before else "")
        last[row["subject"], row["id"]] = row
    return rows


def renumbered(payload: str, n: int) -> str:
    return re.sub(r'"n": \d+', f'"n": {n}', payload)


def journal_edit(change: Callable[[list[Any]], list[Any]], *, chained: bool, sealed: bool) -> Edit:
    """Changes the journal's lines; `chained`: their hashes follow again; `sealed`: the links name the new hashes."""

    def edit(forger: Forger) -> None:
        old = [row["hash"] for row in forger.lines("journal.jsonl")]
        rows = change(forger.lines("journal.jsonl"))
        rows = rechain(rows) if chained else rows
        forger.put_lines("journal.jsonl", rows)
        if sealed:
            links = forger.lines("links.jsonl")
            kept = [h for h in links[0]["hashes"] if h not in old]
            links[0]["hashes"] = [*kept, *(row["hash"] for row in rows)]
            forger.put_lines("links.jsonl", links)

    return edit


def said_otherwise(index: int, old: str, new: str) -> Callable[[list[Any]], list[Any]]:
    def change(rows: list[Any]) -> list[Any]:
        row = [row for row in rows if row["subject"] == "flow.case"][index]
        assert old in row["payload"], row["payload"]
        row["payload"] = row["payload"].replace(old, new)
        return rows

    return change


def member_edit(name: str, /, **more: Any) -> Edit:
    """Other members in every row of one text."""

    def edit(forger: Forger) -> None:
        value = forger.json(name) if name.endswith(".json") else forger.lines(name)
        for row in value if isinstance(value, list) else [value]:
            row |= more
        if isinstance(value, list):
            forger.put_lines(name, value)
        else:
            forger.put(name, value)

    return edit


def case_edit(kind: str, index: int, /, **more: Any) -> Edit:
    def edit(forger: Forger) -> None:
        case = forger.json("case.json")
        case[kind][index] = {k: v for k, v in (case[kind][index] | more).items() if v is not None}
        forger.put("case.json", case)

    return edit


def record_edit(index: int, /, **more: Any) -> Edit:
    def edit(forger: Forger) -> None:
        rows = forger.lines("records.jsonl")
        rows[index] |= more
        forger.put_lines("records.jsonl", rows)

    return edit


def envelope_edit(index: int, **more: Any) -> Edit:
    """Other members in an envelope, under its new name, with its old signature."""

    def edit(forger: Forger) -> None:
        name = forger.sealed()[index]
        said = forger.json(name) | more
        data = canonical({k: v for k, v in said.items() if v is not None})
        replace_envelope(forger, name, data)

    return edit


def replace_envelope(forger: Forger, name: str, data: bytes, sig: bytes | None = None) -> None:
    old, new = Path(name).stem, sha256(data).hexdigest()
    forger.members[f"envelopes/{new}.json"] = data
    forger.members[f"envelopes/{new}.sig"] = sig or forger.members[f"envelopes/{old}.sig"]
    if new != old:
        del forger.members[name], forger.members[f"envelopes/{old}.sig"]
    case = forger.json("case.json")
    for one in case["attachments"]:
        if one.get("envelope") == old:
            one["envelope"] = new
    forger.put("case.json", case)


def swap(folder: str, ending: str) -> Edit:
    def edit(forger: Forger) -> None:
        a, *_others, b = forger.names(folder, ending)
        forger.members[a], forger.members[b] = forger.members[b], forger.members[a]

    return edit


def replace_photo(forger: Forger, index: int, *, consistent: bool) -> None:
    """Another picture in a photo's place; `consistent`: the case says that it was always this one."""
    case = forger.json("case.json")
    one = case["attachments"][index]
    other = picture(99)
    forger.members.pop(f"photos/{one['sha256']}.jpg")
    forger.members[f"photos/{sha256(other).hexdigest()}.jpg"] = other
    if consistent:
        one |= {"sha256": sha256(other).hexdigest(), "size": len(other)}
        forger.put("case.json", case)


def retyped(index: int, mime: str, **more: Any) -> Edit:
    """A file said to be of another type, under the name that it would have then."""

    def edit(forger: Forger) -> None:
        one = forger.json("case.json")["attachments"][index]
        case_edit("attachments", index, mime=mime, **more)(forger)
        forger.rename(container.original_name(one), container.original_name(one | {"mime": mime}))

    return edit


def twice(kind: str) -> Edit:
    def edit(forger: Forger) -> None:
        case = forger.json("case.json")
        case[kind].append(case[kind][0])
        forger.put("case.json", case)

    return edit


def renamed_case(forger: Forger) -> None:
    for name in ("manifest.json", "head.json"):
        forger.put(name, forger.json(name) | {"number": "T000000-0000001"})


def drop(folder: str, index: int = 0) -> Edit:
    def edit(forger: Forger) -> None:
        stem = forger.names(folder)[index].rpartition(".")[0]
        for name in [one for one in forger.members if one.startswith(stem)]:
            del forger.members[name]

    return edit


def add_key(role: str) -> Edit:
    def edit(forger: Forger) -> None:
        keys = forger.json("keys.json")
        key = SigningKey(ec.generate_private_key(ec.SECP256R1()))
        keys["keys"].append({"kid": key.kid, "role": role, "spki": b64encode(key.spki).decode()})
        forger.put("keys.json", keys)

    return edit


def change_role(old: str, new: str) -> Edit:
    def edit(forger: Forger) -> None:
        keys = forger.json("keys.json")
        for key in keys["keys"]:
            key["role"] = new if key["role"] == old else key["role"]
        forger.put("keys.json", keys)

    return edit


def spelled(name: str, old: bytes, new: bytes) -> Edit:
    def edit(forger: Forger) -> None:
        assert old in forger.members[name]
        forger.members[name] = forger.members[name].replace(old, new, 1)

    return edit


def resigned_device(forger: Forger) -> None:
    """A photo and its envelope anew, signed by a key of the forger's own under the device's name."""
    name = forger.sealed()[0]
    other = picture(77)
    said = forger.json(name) | {"sha256": sha256(other).hexdigest(), "size": len(other)}
    data = canonical(said)
    key = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    case = forger.json("case.json")
    one = next(one for one in case["attachments"] if one.get("envelope") == Path(name).stem)
    forger.members.pop(f"photos/{one['sha256']}.jpg")
    one |= {"sha256": said["sha256"], "size": said["size"]}
    forger.members[f"photos/{said['sha256']}.jpg"] = other
    forger.put("case.json", case)
    replace_envelope(forger, name, data, b64encode(key.sign(data)))


def drop_last_act(forger: Forger) -> None:
    rows = forger.lines("journal.jsonl")
    last = max((r for r in rows if r["subject"] == "flow.case"), key=lambda r: r["n"])
    forger.put_lines("journal.jsonl", [r for r in rows if r is not last])
    forger.put_lines("records.jsonl", forger.lines("records.jsonl")[:-1])


def drop_attachment(index: int) -> Edit:
    def edit(forger: Forger) -> None:
        case = forger.json("case.json")
        gone = case["attachments"].pop(index)
        forger.put("case.json", case)
        forger.members.pop(f"photos/{gone['sha256']}.jpg", None)

    return edit


JOURNAL = {
    "said otherwise": said_otherwise(0, '"report"', '"accept"'),
    "another time": said_otherwise(2, '"at": 17', '"at": 16'),
    "another person": said_otherwise(0, '"actor": ', '"actor": 9'),
    "another photo": said_otherwise(0, sha256(picture(10)).hexdigest(), sha256(picture(99)).hexdigest()),
    "first line cut": lambda rows: rows[1:],
    "a line cut": lambda rows: rows[:4] + rows[5:],
    "two lines cut": lambda rows: rows[:4] + rows[6:],
    "last line cut": lambda rows: rows[:-1],
    "lines swapped": lambda rows: [rows[0], rows[2], rows[1], *rows[3:]],
    "a line doubled": lambda rows: [*rows[:3], dict(rows[2]), *rows[3:]],
    "a line inserted": lambda rows: [*rows[:3], {**rows[1]}, *rows[3:]],
}
EDITS: dict[str, Edit] = {
    **{
        f"journal: {name}{', chained anew' if chained else ''}{', sealed anew' if sealed else ''}": journal_edit(
            change, chained=chained, sealed=sealed
        )
        for name, change in JOURNAL.items()
        for chained, sealed in ((False, False), (True, False), (True, True))
    },
    "links: another hash": member_edit("links.jsonl", hash="0" * 64),
    "links: another predecessor": member_edit("links.jsonl", before="0" * 64),
    "links: another summary": member_edit("links.jsonl", summary="0 0 1 1 1 1"),
    "links: nothing sealed": member_edit("links.jsonl", hashes=[]),
    "links: none": lambda f: f.put_lines("links.jsonl", []),
    "head: another number": member_edit("head.json", number="T1"),
    "head: another time": member_edit("head.json", at=987654),
    "head: no chains": member_edit("head.json", chains=[]),
    "head: the manifest's signature": lambda f: f.members.update({"head.sig": f.members["manifest.sig"]}),
    "records: another opinion": record_edit(0, opinion="没有问题"),
    "records: another act": record_edit(1, act="reject"),
    "records: another person": record_edit(1, by=987654),
    "records: another time": record_edit(2, at=987654),
    "records: another step": record_edit(2, to="evaluate/closed"),
    "records: another row": record_edit(3, row="[]"),
    "records: another case": record_edit(3, case=987654),
    "records: one gone": lambda f: f.put_lines("records.jsonl", f.lines("records.jsonl")[1:]),
    "records: one twice": lambda f: f.put_lines("records.jsonl", f.lines("records.jsonl") * 2),
    "the last act gone": drop_last_act,
    "case: another number": case_edit("cases", 0, number="T000000-0000001"),
    "case: another salt": case_edit("cases", 0, salt="0" * 32),
    "case: another id": case_edit("cases", 0, id=987654),
    "case: another name": case_edit("people", 0, name="他人"),
    "case: another address": case_edit("cases", 0, address="别处"),
    "file: without its envelope": case_edit("attachments", 0, envelope=None),
    "file: another act": case_edit("attachments", 0, act="answer"),
    "file: another time": case_edit("attachments", 0, at=1_700_000_000_000_000),
    "file: another time, of the gallery's": case_edit("attachments", 2, at=1_700_000_000_000_000),
    "file: another stage": case_edit("attachments", 0, stage="handle"),
    "file: another kind": case_edit("attachments", 0, kind="voice"),
    "file: another kind, of the gallery's": case_edit("attachments", 2, kind="voice"),
    "file: another size": case_edit("attachments", 2, size=5),
    "file: another type": retyped(2, "image/png"),
    "file: a recording": retyped(2, "audio/wav", kind="voice"),
    "file: it says itself that it is bound": case_edit("attachments", 2, bound=True),
    "case: two with one id": twice("cases"),
    "case: two persons with one id": lambda f: case_edit(
        "people", 0, id=f.json("case.json")["people"][1]["id"]
    )(f),
    "case: another state": case_edit("cases", 0, status="open"),
    "case: another step": case_edit("cases", 0, step="handling"),
    "case: another version": member_edit("case.json", v=2),
    "keys: another version": member_edit("keys.json", v=2),
    "records: another place": record_edit(1, n=7),
    "manifest: another number, in the statement too": renamed_case,
    "file: on another record": case_edit("attachments", 0, record=987654),
    "file: on no record": case_edit("attachments", 0, record=None),
    "file: another id": case_edit("attachments", 0, file=987654),
    "file: another hash": case_edit("attachments", 0, sha256="0" * 64),
    "file: gone": drop_attachment(0),
    "file: the gallery's gone": drop_attachment(2),
    "photo: others exchanged": swap("photos", ".jpg"),
    "photo: replaced": lambda f: replace_photo(f, 0, consistent=False),
    "photo: replaced in the case too": lambda f: replace_photo(f, 0, consistent=True),
    "photo: the gallery's replaced in the case too": lambda f: replace_photo(f, 2, consistent=True),
    "photo: gone": drop("photos"),
    "photo: one more": lambda f: f.members.update({f"photos/{sha256(b'x').hexdigest()}.jpg": b"x"}),
    "envelope: another place": envelope_edit(0, lat7=343000000),
    "envelope: another time": envelope_edit(0, at=987654),
    "envelope: another photo": envelope_edit(0, sha256=sha256(GALLERY_PHOTO).hexdigest()),
    "envelope: another number": envelope_edit(0, seq=9),
    "envelope: another predecessor": envelope_edit(1, prev="1" * 64),
    "envelope: no ticket": envelope_edit(0, ticket=None),
    "envelope: another report": envelope_edit(0, report="other"),
    "envelope: another accuracy": envelope_edit(0, acc_dm=1),
    "envelope: gone": drop("envelopes"),
    "envelope: signatures exchanged": swap("envelopes", ".sig"),
    "envelope: bytes exchanged": swap("envelopes", ".json"),
    "envelope: signed by somebody else": resigned_device,
    "receipt: gone": drop("receipts"),
    "receipt: another time": lambda f: f.put(
        f.names("receipts", ".json")[0], f.json(f.names("receipts", ".json")[0]) | {"received": 1}
    ),
    "receipt: another signature": lambda f: f.members.update(
        {f.names("receipts", ".sig")[0]: f.members["head.sig"]}
    ),
    "keys: one more server": add_key("server"),
    "keys: one more device": add_key("device"),
    "keys: one more manifest key": add_key("manifests"),
    "keys: the device is the server": change_role("device", "server"),
    "keys: the server is a device": change_role("server", "device"),
    "keys: the manifest key is the server's": change_role("manifests", "server"),
    "keys: none": member_edit("keys.json", keys=[]),
    "keys: no endorsement": member_edit("keys.json", endorsement={}),
    "heads: none": lambda f: f.members.update({"heads.txt": b""}),
    "heads: another": lambda f: f.members.update(
        {"heads.txt": f"2026-03-17T00:00:00+00:00 {f.lines('links.jsonl')[-1]['n']} {'0' * 64} 1\n".encode()}
    ),
    "words: a key that is not ours": lambda f: f.members.update({"VERIFY.md": b"--key 0000"}),
    "spelling: a key twice": spelled("case.json", b'"v":1', b'"v":1,"v":1'),
    "spelling: a float": spelled("case.json", b'"v":1', b'"v":1.0'),
    "spelling: a null": spelled("case.json", b'"v":1', b'"v":null'),
    "spelling: a space": spelled("case.json", b'"v":1', b'"v": 1'),
    "spelling: cut": lambda f: f.members.update({"case.json": f.members["case.json"][:-1]}),
    "spelling: no JSON": lambda f: f.members.update({"records.jsonl": b"\xff\xfe\n"}),
    "spelling: a deep nest": lambda f: f.members.update({"case.json": b"[" * 100_000}),
    "names: one more": lambda f: f.members.update({"more.json": b"{}"}),
    "names: a folder above": lambda f: f.members.update({"../more.json": b"{}"}),
    "names: a photo under another": lambda f: f.rename(f.names("photos")[0], "photos/other.jpg"),
    "names: a text gone": lambda f: f.members.pop("heads.txt") and None,
    "names: a photo with another ending": lambda f: f.rename(
        f.names("photos")[0], f.names("photos")[0].replace(".jpg", ".png")
    ),
    "names: a photo twice": lambda f: f.members.update(
        {f.names("photos")[0].replace(".jpg", ".png"): f.members[f.names("photos")[0]]}
    ),
    "manifest: another time": lambda f: f.put("manifest.json", f.json("manifest.json") | {"made_at": 1}),
    "manifest: another version": lambda f: f.put("manifest.json", f.json("manifest.json") | {"v": 2}),
    "manifest: a version that is none": lambda f: f.put(
        "manifest.json", f.json("manifest.json") | {"v": True}
    ),
    "manifest: another format": lambda f: f.put(
        "manifest.json", f.json("manifest.json") | {"format": "baoji-evidence/2"}
    ),
    "manifest: another number": lambda f: f.put("manifest.json", f.json("manifest.json") | {"number": "T1"}),
    "manifest: one member more": lambda f: f.put("manifest.json", f.json("manifest.json") | {"note": "x"}),
    "envelope: a bare one's signature": lambda f: f.members.update(
        {f.bare()[0].replace(".json", ".sig"): b64encode(bytes(64))}
    ),
    "names: no journal": lambda f: f.members.pop("journal.jsonl") and None,
}


def altered(story: Exported, edit: Edit, folder: Path, sign: str) -> Path:
    forger = Forger.of(story.path)
    edit(forger)
    if sign == "with both keys" and forger.members.keys() >= {"head.json", "journal.jsonl", "heads.txt"}:
        forger.sign_statement()
    if sign != "nothing signed":
        forger.sign_manifest(hashes_only=sign == "hashes alone")
    return forger.save(folder / "altered.zip")


@pytest.mark.parametrize("sign", ["nothing signed", "hashes alone", "with the manifest key"])
@pytest.mark.parametrize("name", EDITS)
def test_every_alteration_is_refused(story: Exported, tmp_path: Path, name: str, sign: str) -> None:
    assert refused(altered(story, EDITS[name], tmp_path, sign))


def test_there_are_enough_of_them() -> None:
    assert len(EDITS) * 3 > 250


def relinked(forger: Forger) -> None:
    """The links made to follow from whatever they are said to seal, as the holder of the machine can."""
    links = forger.lines("links.jsonl")
    for link in links:
        fold = bytes.fromhex(link["before"])
        for one in link["hashes"]:
            fold = sha256(fold + bytes.fromhex(one)).digest()
        said = link["summary"].split()
        said[3] = str(len(link["hashes"]))
        link["summary"] = " ".join(said)
        link["hash"] = sha256(fold + link["summary"].encode()).hexdigest()
    forger.put_lines("links.jsonl", links)


# What even the holder of the server's keys cannot alter unnoticed: the phone's key is not in the house.
AGAINST_THE_HOUSE = [
    name
    for name in EDITS.keys() - {"file: without its envelope"}  # it takes a proof away, and is told of
    if name.startswith(
        ("envelope", "receipt: gone", "receipt: another time", "spelling", "names", "records", "file")
    )
    or name
    in {
        "case: another id",
        "case: another number",
        "case: another salt",
        "case: another state",
        "case: another step",
        "case: another version",
        "case: two persons with one id",
        "case: two with one id",
        "keys: another version",
        "manifest: another number, in the statement too",
        "photo: others exchanged",
        "photo: replaced",
        "photo: replaced in the case too",
        "journal: another photo",
        "journal: said otherwise",
    }
]


@pytest.mark.parametrize("name", sorted(AGAINST_THE_HOUSE))
def test_the_houses_own_keys_do_not_help(story: Exported, tmp_path: Path, name: str) -> None:
    assert refused(altered(story, EDITS[name], tmp_path, "with both keys"))


# What the journal does not hold, and the document calls the server's word.
SERVERS_WORD = {
    *(("cases", name) for name in ("title", "topic", "address", "created_at", "lon7", "lat7", "case_number")),
    *(("people", name) for name in ("id", "code", "name")),
    ("attachments", "id"),
}


def otherwise(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1:] != "0" else "1")


def leaves(forger: Forger) -> Iterator[tuple[str, str, Edit]]:
    """Every member of every row of the case's texts, each made otherwise."""
    for kind, rows in forger.json("case.json").items():
        for at, row in enumerate(rows if isinstance(rows, list) else []):
            for name in row:
                yield kind, name, case_edit(kind, at, **{name: otherwise(row[name])})
    for at, row in enumerate(forger.lines("records.jsonl")):
        for name in row:
            yield "records", name, record_edit(at, **{name: otherwise(row[name])})


def test_whatever_the_house_says_otherwise_is_refused_or_called_its_word(
    story: Exported, tmp_path: Path
) -> None:
    """Each member of `case.json` and `records.jsonl` in turn, with every key of the house; heads from elsewhere are not needed."""
    passed, tried = set(), 0
    for kind, name, edit in leaves(Forger.of(story.path)):
        tried += 1
        if not refused(altered(story, edit, tmp_path, "with both keys")):
            passed.add((kind, name))
    assert tried > 150 and passed <= SERVERS_WORD, passed - SERVERS_WORD


@pytest.mark.parametrize("kind", ["cases", "people", "attachments", "records"])
def test_no_member_more_in_any_row(story: Exported, tmp_path: Path, kind: str) -> None:
    edit = record_edit(0, erased=True) if kind == "records" else case_edit(kind, 0, erased=True)
    assert refused(altered(story, edit, tmp_path, "with both keys"))


def payloads(change: Callable[[str], str], subject: str = "flow.case", index: int = 0) -> Edit:
    """The first entry of a subject, or that of this index, said otherwise, and all that follows from it made anew, as only the house can."""

    def edit(forger: Forger) -> None:
        true, rows = [row["hash"] for row in forger.lines("journal.jsonl")], forger.lines("journal.jsonl")
        row = [row for row in rows if row["subject"] == subject][index]
        row["payload"] = change(row["payload"])
        forger.put_lines("journal.jsonl", rechain(rows))
        anew = dict(zip(true, (row["hash"] for row in forger.lines("journal.jsonl")), strict=True))
        links = forger.lines("links.jsonl")
        for link in links:
            link["hashes"] = [anew.get(one, one) for one in link["hashes"]]
        forger.put_lines("links.jsonl", links)
        forger.members["heads.txt"] = b""
        relinked(forger)

    return edit


def keys_edit(change: Callable[[Any], None]) -> Edit:
    def edit(forger: Forger) -> None:
        keys = forger.json("keys.json")
        change(keys)
        forger.put("keys.json", keys)

    return edit


def endorsed_anew(keys: Any) -> None:
    keys["endorsement"] = signing_key("server").signed(keys["endorsement"]["body"] | {"note": "x"})


def in_facts(text: str) -> Callable[[str], str]:
    return lambda payload: payload.replace('"facts": {', '"facts": {' + text, 1)


# What is said with every key of the house where the format has no room for it, and how that is refused.
NAMELESS: dict[str, tuple[Edit, str]] = {
    "a line of the journal": (
        lambda f: f.put_lines("journal.jsonl", [row | {"note": "x"} for row in f.lines("journal.jsonl")]),
        "journal.jsonl, line 1: other members than those of the format: with note besides",
    ),
    "a line of the journal, one less": (
        lambda f: f.put_lines(
            "journal.jsonl",
            [
                {name: value for name, value in row.items() if name != "payload"}
                for row in f.lines("journal.jsonl")
            ],
        ),
        "journal.jsonl, line 1: other members than those of the format: without payload",
    ),
    "a payload": (
        payloads(lambda payload: payload[:-1] + ', "note": "x"}'),
        "its payload: other members than those of the format: with note besides",
    ),
    "a payload, twice": (
        payloads(lambda payload: payload[:-1] + ', "verb": "x"}'),
        "its payload is no JSON (a key stands twice)",
    ),
    "a payload of another type": (
        payloads(lambda payload: payload.replace('"recorded": ', '"recorded": true, "x": ')[:-1] + "}"),
        "other members than those of the format: with x besides",
    ),
    "an act's facts": (
        payloads(in_facts('"note": "x", ')),
        "#1: its facts: other members than those of the format: with note besides",
    ),
    "a device's facts": (
        payloads(in_facts('"note": "x", '), "evidence.device"),
        "#1: its facts: other members than those of the format: with note besides",
    ),
    "a receipt's facts": (
        payloads(in_facts('"note": "x", '), "evidence.receipt"),
        "#1: its facts: other members than those of the format: with note besides",
    ),
    "a verb that no device has": (
        payloads(lambda payload: payload.replace('"enrol"', '"sell"'), "evidence.device"),
        "evidence.device sell is nothing that an export holds",
    ),
    "a line of the links": (
        lambda f: f.put_lines("links.jsonl", [row | {"note": "x"} for row in f.lines("links.jsonl")]),
        "links.jsonl, line 1: other members than those of the format: with note besides",
    ),
    "a link's hash in other letters": (
        lambda f: f.put_lines(
            "links.jsonl",
            [row | {"hashes": [one.upper() for one in row["hashes"]]} for row in f.lines("links.jsonl")],
        ),
        "links.jsonl, line 1: what should be a SHA-256 is none",
    ),
    "an endorsement": (
        keys_edit(lambda keys: keys["endorsement"].update(note="x")),
        "keys.json: the endorsement: other members than those of the format: with note besides",
    ),
    "an endorsement's body": (
        keys_edit(endorsed_anew),
        "keys.json: the endorsement's body: other members than those of the format: with note besides",
    ),
    "a key": (
        keys_edit(lambda keys: keys["keys"][1].update(note="x")),
        "keys.json: key 2: other members than those of the format: with note besides",
    ),
}


@pytest.mark.parametrize("name", NAMELESS)
def test_no_member_that_no_shape_names(story: Exported, tmp_path: Path, name: str) -> None:
    edit, sentence = NAMELESS[name]
    (failure,) = verify(altered(story, edit, tmp_path, "with both keys"), pinned()).failures
    assert failure.endswith(sentence)


def test_the_house_could_write_these_otherwise(story: Exported, tmp_path: Path) -> None:
    """So what is refused above is refused for its members and for nothing else."""
    edit = payloads(lambda payload: payload.replace('"recorded": 17', '"recorded": 16'))
    assert verify(altered(story, edit, tmp_path, "with both keys"), pinned()).holds


def test_no_member_more_in_the_manifests_list(story: Exported, tmp_path: Path) -> None:
    forger = Forger.of(story.path)
    manifest = forger.json("manifest.json")
    manifest["files"][2]["note"] = "x"
    forger.put("manifest.json", manifest)
    forger.members["manifest.sig"] = b64encode(signing_key("manifests").sign(forger.members["manifest.json"]))
    found = verify(forger.save(tmp_path / "altered.zip"), pinned())
    assert found.failures == [
        "manifest.json: file 3: other members than those of the format: with note besides"
    ]


def test_a_members_name_is_told_in_short(story: Exported, tmp_path: Path) -> None:
    edit = keys_edit(lambda keys: keys["endorsement"].update({"\x1b[2J" + "x" * 5000: 1}))
    (failure,) = verify(altered(story, edit, tmp_path, "with both keys"), pinned()).failures
    assert len(failure) < 200
    assert all(line.isprintable() for line in verify(tmp_path / "altered.zip", pinned()).lines)


def test_an_arrival_is_told_as_the_journal_has_it(story: Exported) -> None:
    """The photo of no phone: `at` in case.json is not asked."""
    text = "\n".join(verify(story.path, pinned()).lines)
    assert text.count("the journal names these bytes since the act, 2026-03-17 02:05:00 UTC") == 3


def test_an_envelope_taken_off_its_photo_is_told_of(story: Exported, tmp_path: Path) -> None:
    edit = EDITS["file: without its envelope"]
    own = Forger.of(story.path).json("case.json")["attachments"][0]["envelope"]
    found = verify(altered(story, edit, tmp_path, "with both keys"), pinned())
    told = [line for line in found.lines if "came without one is the server's signed word" in line]
    assert len(told) == 1 and own[:16] in told[0]


def test_a_history_written_anew_by_the_house_is_found_by_heads_from_elsewhere(
    story: Exported, tmp_path: Path
) -> None:
    """With every key of the house and a new journal the file agrees with itself; a head that was copied away does not."""

    def rewrite(forger: Forger) -> None:
        true = [row["hash"] for row in forger.lines("journal.jsonl")]
        rows = said_otherwise(2, '"verb": "file"', '"verb": "pass"')(forger.lines("journal.jsonl"))
        forger.put_lines("journal.jsonl", rechain(rows))
        links = forger.lines("links.jsonl")
        anew = dict(zip(true, (row["hash"] for row in forger.lines("journal.jsonl")), strict=True))
        links[-1]["hashes"] = [anew.get(one, one) for one in links[-1]["hashes"]]
        forger.put_lines("links.jsonl", links)
        forger.put_lines(
            "records.jsonl",
            [r | ({"act": "pass"} if r["act"] == "file" else {}) for r in forger.lines("records.jsonl")],
        )
        forger.members["heads.txt"] = b""
        relinked(forger)

    link = Forger.of(story.path).lines("links.jsonl")[-1]
    head = f"2026-03-17T00:00:00+00:00 {link['n']} {link['hash']} 1"
    path = altered(story, rewrite, tmp_path, "with both keys")
    assert verify(path, pinned()).holds, "this is what heads outside are for"
    found = verify(path, pinned(), [head])
    assert found.failures == [
        f"the head copied at 2026-03-17T00:00:00+00:00 says otherwise of link {link['n']}"
    ]


def heads_of(path: Path) -> list[str]:
    links = Forger.of(path).lines("links.jsonl")
    return [f"2026-03-17T00:00:00+00:00 {one['n']} {one['hash']} {len(one['hashes'])}" for one in links]


def cut_turns(forger: Forger) -> None:
    """As if nobody had ever frozen the phone's key."""
    rows = forger.lines("journal.jsonl")
    turns = {row["hash"] for row in rows if re.search(r'"verb": "(freeze|thaw)"', row["payload"])}
    assert len(turns) == 2
    forger.put_lines("journal.jsonl", [row for row in rows if row["hash"] not in turns])


def test_an_end_left_out_by_the_house_is_not_found_and_the_result_says_so(
    story: Exported, tmp_path: Path
) -> None:
    """Links hold hashes, and nothing in them says of whose chain: no heads from elsewhere help."""
    heads = heads_of(story.path)
    path = altered(story, drop_last_act, tmp_path, "with both keys")
    found = verify(path, pinned(), heads)
    assert found.holds and heads_of(path) == heads
    assert f"{len(heads)} of these links stand" in "\n".join(found.lines)
    assert found.lines[-1] == LEFT_OUT


def test_a_freeze_left_out_by_the_house_turns_a_claim_into_a_proof_and_the_result_says_so(
    tmp_path: Path,
) -> None:
    phone = phone_of("collector.01")
    clone = phone.clone()
    report_with(phone, picture(10))
    report_with(clone, picture(11), now=FREEZE)
    number = report_with(phone, picture(12), now=FREEZE + 5 * MINUTE)
    evidence.thaw_device(by=who("chief.1"), kid=phone.kid, reason="换屏时店里恢复过备份", now=THAW)
    link_all(THAW)
    made = exported(number, tmp_path)
    assert "  CLAIMED" in verify(made.path, pinned(), heads_of(made.path)).lines
    found = verify(altered(made, cut_turns, tmp_path, "with both keys"), pinned(), heads_of(made.path))
    assert found.holds and "  PROVEN" in found.lines
    assert found.lines[-1] == LEFT_OUT


def test_all_made_up_with_other_keys_is_refused_by_the_pinned_one(
    story: Exported, tmp_path: Path, settings: Any
) -> None:
    kid = signing_key("server").kid
    settings.DATA = tmp_path
    forger = Forger.of(story.path)
    keys = forger.json("keys.json")
    for key in keys["keys"]:
        if key["role"] != "device":
            own = signing_key(key["role"])
            key |= {"kid": own.kid, "spki": b64encode(own.spki).decode()}
    keys["endorsement"] = signing_key("server").signed(
        keys["endorsement"]["body"] | {"kid": signing_key("manifests").kid, "skid": signing_key("server").kid}
    )
    forger.put("keys.json", keys)
    forger.put("head.json", forger.json("head.json") | {"skid": signing_key("server").kid})
    forger.sign_statement()
    forger.put("manifest.json", forger.json("manifest.json") | {"kid": signing_key("manifests").kid})
    forger.sign_manifest()
    path = forger.save(tmp_path / "other.zip")
    found = verify(path, [kid])
    assert not found.holds and "not one you gave with --key" in found.failures[0]
    assert not verify(path).holds, "its receipts and tickets are of a key that is not in it"


# ---- without a database ---------------------------------------------------------------------------


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE", "BAOJI", "DJANGO"))
    }
    return subprocess.run(
        [sys.executable, *words], env=kept | env, capture_output=True, text=True, check=False, cwd="/"
    )


SRC = str(Path(container.__file__).parents[4])


def test_the_command_needs_no_database(story: Exported, tmp_path: Path) -> None:
    kid = signing_key("server").kid
    env = {"PYTHONPATH": SRC}
    done = run("-m", "baoji.operate.cli", "evidence", "verify", str(story.path), "--key", kid, **env)
    assert done.returncode == 0, done.stderr
    assert "RESULT: everything in this export holds." in done.stdout
    bad = altered(story, EDITS["photo: replaced in the case too"], tmp_path, "with the manifest key")
    done = run("-m", "baoji.operate.cli", "evidence", "verify", str(bad), "--key", kid, **env)
    assert done.returncode == 1 and "THIS DOES NOT HOLD" in done.stdout and not done.stderr
    done = run("-m", "baoji.operate.cli", "evidence", "verify", str(tmp_path / "none.zip"), **env)
    assert done.returncode != 0 and "Traceback" not in done.stderr


def test_the_verifier_loads_neither_django_nor_a_database(story: Exported) -> None:
    code = (
        "import sys; from pathlib import Path; from baoji.kernel.evidence.verification.verify import verify;"
        "found = verify(Path(sys.argv[1]));"
        "print(found.holds, sorted({name.split('.')[0] for name in sys.modules} & {'django', 'psycopg', 'orjson', 'socket'}))"
    )
    done = run("-c", code, str(story.path), PYTHONPATH=SRC)
    assert done.stdout.strip() == "True []", done.stdout + done.stderr


def test_signatures_are_those_of_the_standard() -> None:
    key = signing_key("server")
    assert signed.fits(key.spki, b"x", key.sign(b"x")) and not signed.fits(key.spki, b"y", key.sign(b"x"))
    assert not signed.fits(key.spki, b"x", b"\x00" * 64) and not signed.fits(key.spki, b"x", b"")
    assert oct(signing_path().stat().st_mode & 0o777) == "0o600"


def signing_path() -> Path:
    return path_of("server")
