"""What phones send: in any order, twice, not at all, forged, replayed, from two phones with one key, by clocks that are wrong."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import NOW, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.base.errors import Refused, TooLarge
from baoji.kernel.evidence import actions, chain, queries
from baoji.kernel.evidence.models import Device, Envelope, Event, Receipt
from baoji.kernel.evidence.proof import Hung
from baoji.kernel.evidence.tests.phone import Phone, Sealed
from baoji.kernel.evidence.verification.signed import About, canonical
from baoji.kernel.records.actions import Kept

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def phone() -> Phone:
    made = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    made.contact(NOW)
    return made


def device(phone: Phone) -> Device:
    return Device.objects.get(kid=phone.kid)


def proof(taken: actions.Taken, number: str = "T1", report: str = "r1") -> Any:
    came = Envelope.objects.get(pk=taken.id).received_at
    actions.receipt([taken.id], number=number, report=report, now=came)
    return queries.proofs([taken.id])[taken.id]


def test_a_photo_is_proven_between_its_ticket_and_its_arrival(phone: Phone) -> None:
    sealed = phone.shoot(NOW + MINUTE, b"a cover", report="r1")
    taken = phone.send(sealed, NOW + HOUR, content=kept(b"a cover"))
    assert (taken.proof, taken.marks, taken.envelope_hash) == ("proven", (), sha256(sealed[0]).hexdigest())
    found = proof(taken).of(hung(b"a cover"))
    assert (found.proof, found.marks) == ("proven", ())
    assert (found.not_before, found.at, found.not_after) == (NOW, NOW + MINUTE, NOW + HOUR)
    assert (found.lat, found.lon, found.accuracy_m, found.live) == (34.3619, 107.2372, 12.0, True)
    row = Envelope.objects.get(pk=taken.id)
    assert (bytes(row.bytes), bytes(row.sig)) == sealed


def kept(content: bytes) -> Kept:
    return Kept(1, sha256(content).hexdigest(), "image/jpeg", "photo")


def hung(content: bytes, number: str = "T1", **more: Any) -> Hung:
    """The usual photo on an act of the case; `more` is what is otherwise about it."""
    about = {"kind": "photo", "size": len(content), "mime": "image/jpeg"}
    about |= {name: more.pop(name) for name in about.keys() & more.keys()}
    return Hung(About(sha256(content).hexdigest(), **about), number, **more)


def test_taking_it_again_is_the_same_row_and_the_same_receipt(phone: Phone) -> None:
    sealed = phone.shoot(NOW)
    first, again = phone.send(sealed, NOW), phone.send((sealed[0], phone.sign(sealed[0])), NOW + HOUR)
    assert first == again and Envelope.objects.count() == 1
    receipts = [actions.receipt([first.id], number="T1", report="r1", now=NOW + n * HOUR) for n in range(2)]
    assert receipts[0] == receipts[1] and Receipt.objects.count() == 1


# ---- any order, any duplication, any loss ---------------------------------------------------------


def state(phone: Phone) -> dict[str, Any]:
    found = device(phone)
    return {
        "device": (found.status, found.head_seq, found.head_hash, found.complete_seq),
        "rows": set(Envelope.objects.filter(device=found).values_list("hash", "seq", "holds")),
        "gaps": chain.gaps(found),
        "twins": chain.twins(found.pk),
        "forked": {Envelope.objects.get(pk=id_).hash for id_ in chain.forked(ids(found))},
    }


def ids(found: Device) -> list[int]:
    return list(Envelope.objects.filter(device=found).values_list("pk", flat=True))


def a_days_work(phone: Phone, after_copy: int) -> list[Sealed]:
    """Seven envelopes; with `after_copy` as many more from a copy of the phone, made after the third."""
    sealed = [phone.shoot(NOW + n * MINUTE, b"%d" % n) for n in range(3)]
    copy = phone.clone()
    sealed += [phone.shoot(NOW + n * MINUTE, b"%d" % n) for n in range(3, 7)]
    return sealed + [copy.shoot(NOW + n * MINUTE, b"copy %d" % n) for n in range(after_copy)]


@pytest.mark.thorough
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_order_with_duplicates_and_losses_ends_alike(data: st.DataObject, town_savepoint: Any) -> None:
    with town_savepoint():
        phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
        phone.contact(NOW)
        sealed = a_days_work(phone, data.draw(st.integers(0, 3), label="from the copy"))
        lost = data.draw(st.sets(st.integers(0, len(sealed) - 1), max_size=4), label="lost")
        arriving = [one for n, one in enumerate(sealed) if n not in lost]
        again = data.draw(st.lists(st.sampled_from(arriving or sealed), max_size=6), label="twice")
        again = again if arriving else []
        orders = [data.draw(st.permutations(arriving + again), label=f"order {n}") for n in range(2)]
        ends = []
        for order in orders:
            with town_savepoint():
                for one in order:
                    phone.send(one, NOW + HOUR)
                ends.append(state(phone))
        assert ends[0] == ends[1]
        seqs = {json.loads(one[0])["seq"] for one in arriving}
        assert {seq for _hash, seq, _holds in ends[0]["rows"]} == seqs
        missing = set(range(1, max(seqs, default=0) + 1)) - seqs
        assert {n for a, b in ends[0]["gaps"] for n in range(a, b + 1)} == missing


def test_gaps_are_told_until_they_are_filled(phone: Phone) -> None:
    sealed = [phone.shoot(NOW, b"%d" % n) for n in range(9)]
    for n in (0, 3, 4, 7):
        phone.send(sealed[n], NOW)
    assert phone.contact(NOW).gaps == [[2, 3], [6, 7]]
    phone.send(sealed[2], NOW)
    phone.send(sealed[8], NOW)
    assert phone.contact(NOW).gaps == [[2, 2], [6, 7]]
    for n in (6, 1, 5):
        phone.send(sealed[n], NOW)
    told = phone.contact(NOW)
    assert told.gaps == [] and told.status == "active" and device(phone).complete_seq == 9
    assert told.ticket is not None and told.ticket["body"]["seen_seq"] == 9


# ---- copies ---------------------------------------------------------------------------------------


def test_a_cloned_phone_freezes_the_key_and_both_stay(phone: Phone) -> None:
    phone.send(phone.shoot(NOW, b"1"), NOW)
    copy = phone.clone()
    mine = phone.send(phone.shoot(NOW, b"mine"), NOW)
    other = copy.send(copy.shoot(NOW, b"other"), NOW)
    assert "forked" in other.marks and other.proof == "proven"
    assert device(phone).status == "frozen"
    assert {queries.proofs([one.id])[one.id].marks[-1] for one in (mine, other)} == {"forked"}
    event = Event.objects.get(verb="freeze")
    assert event.facts == {"seq": 2, "envelopes": sorted((mine.envelope_hash, other.envelope_hash))}
    assert phone.contact(NOW).status == "frozen"
    later = phone.send(phone.shoot(NOW, b"later"), NOW)
    assert later.proof == "proven", "a frozen key's evidence is kept all the same"


def test_a_copy_shows_even_when_the_twin_is_still_on_the_phone(phone: Phone) -> None:
    copy = phone.clone()
    phone.send(phone.shoot(NOW, b"mine"), NOW)
    copy.shoot(NOW, b"kept back")
    assert "forked" in copy.send(copy.shoot(NOW, b"second"), NOW).marks
    assert device(phone).status == "frozen"


def test_a_restored_backup_shows_by_its_ticket(phone: Phone) -> None:
    backup = phone.clone()
    sealed = [phone.shoot(NOW, b"%d" % n) for n in range(3)]
    phone.send(sealed[2], NOW)
    backup.contact(NOW)
    assert "forked" in backup.send(backup.shoot(NOW, b"anew"), NOW).marks
    assert device(phone).status == "frozen"


def test_a_copy_shows_at_contact(phone: Phone) -> None:
    copy = phone.clone()
    phone.send(phone.shoot(NOW, b"mine"), NOW)
    copy.shoot(NOW, b"other")
    assert copy.contact(NOW).status == "frozen"


def test_an_old_contact_is_no_copy(phone: Phone) -> None:
    behind = phone.clone()
    phone.send(phone.shoot(NOW, b"mine"), NOW)
    assert behind.contact(NOW).status == "active"


# ---- forgery and replay ---------------------------------------------------------------------------


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


@pytest.mark.parametrize("bit", [0, 7, 100, 255, 256, 511])
def test_a_forged_signature_is_kept_apart_and_told(phone: Phone, bit: int) -> None:
    data, sig = phone.shoot(NOW)
    taken = phone.send((data, flipped(sig, bit)), NOW)
    assert (taken.proof, taken.marks) == ("failed", ("signature",))
    assert proof(taken).proof == "failed"
    row = Envelope.objects.get(pk=taken.id)
    assert row.device is None and bytes(row.sig) == flipped(sig, bit)
    assert device(phone).head_seq == 0, "the chain knows nothing of it"
    assert phone.send((data, flipped(sig, bit)), NOW).id == taken.id
    assert phone.send((data, sig), NOW).proof == "proven", "the true one is taken none the less"


def test_the_same_bytes_twice_in_one_delivery_are_good_if_one_of_them_is(phone: Phone) -> None:
    data, sig = phone.shoot(NOW)
    both = [phone.send((data, one), NOW) for one in (flipped(sig, 9), sig)]
    actions.receipt([one.id for one in both], number="T1", report="r1", now=NOW)
    assert [one.proof for one in both] == ["failed", "proven"]
    assert {one.proof for one in queries.proofs(one.id for one in both).values()} == {"proven"}
    line = Entry.objects.get(subject="evidence.receipt")
    assert json.loads(line.payload)["facts"]["failed"] == []


def test_changed_bytes_do_not_fit_their_signature(phone: Phone) -> None:
    said = phone.says(NOW)
    data, sig = phone.seal(said)
    assert phone.send((canonical(said | {"lat7": said["lat7"] + 1}), sig), NOW).marks == ("signature",)


def test_somebody_elses_envelope_proves_nothing(phone: Phone) -> None:
    sealed = phone.shoot(NOW)
    thief = who("collector.02")
    taken = actions.take(*sealed, person_id=thief.id or 0, now=NOW)
    assert (taken.proof, taken.marks) == ("failed", ("other-person",))
    assert phone.send(sealed, NOW).proof == "proven"


def test_an_unknown_key_proves_nothing() -> None:
    stranger = Phone(who("collector.01"))
    assert stranger.send(stranger.shoot(NOW), NOW).marks == ("unknown-key",)


def test_a_replayed_envelope_belongs_to_the_report_it_first_came_with(phone: Phone) -> None:
    taken = phone.send(phone.shoot(NOW, b"old", report="r1"), NOW)
    first = proof(taken, "T1", "r1")
    second = proof(phone.send(phone.shoot(NOW, b"x"), NOW), "T2", "r2")
    actions.receipt([taken.id], number="T2", report="r2", now=NOW)
    again = queries.proofs([taken.id])[taken.id]
    assert (first.of(hung(b"old")).proof, again.of(hung(b"old")).proof) == ("proven", "proven")
    other = again.of(hung(b"old", "T2"))
    assert other.marks == ("other-report",) and other.proof == "failed"
    assert second.proof == "proven"


def test_an_envelope_signed_for_another_report_fails(phone: Phone) -> None:
    assert proof(phone.send(phone.shoot(NOW, report="r9"), NOW), "T1", "r1").marks == ("other-report",)


def test_about_other_bytes_it_fails(phone: Phone) -> None:
    taken = phone.send(phone.shoot(NOW, b"a"), NOW, content=kept(b"b"))
    assert (taken.proof, taken.marks) == ("failed", ("content",))
    other = proof(taken).of(hung(b"b"))
    assert other.proof == "failed" and not other.has_word, "of that other photo the phone said nothing"
    assert queries.proofs([taken.id])[taken.id].of(hung(b"a")).proof == "proven"


def test_a_replayed_envelope_belongs_to_the_act_it_first_came_with(phone: Phone) -> None:
    """In one case: by what is known of acts, and by when it came again, also where no file hung on the first act."""
    taken = phone.send(phone.shoot(NOW, b"old", report="r1"), NOW)
    first = proof(taken, "T1", "r1")
    assert first.of(hung(b"old", at=NOW + HOUR)).proof == "proven", "an act after a clock of tomorrow"
    assert first.of(hung(b"old", at=NOW + HOUR, is_again=True)).marks == ("other-report",)
    actions.receipt([taken.id], number="T1", report="r2", now=NOW + HOUR)
    again = queries.proofs([taken.id])[taken.id]
    assert again.of(hung(b"old", at=NOW)).proof == "proven"
    for at in (NOW + HOUR, NOW + 2 * HOUR):
        assert again.of(hung(b"old", at=at)).marks == ("other-report",)


def test_the_same_delivery_again_is_no_replay(phone: Phone) -> None:
    sealed = [phone.shoot(NOW, content, report="r1") for content in (b"a", b"b")]
    ids = [phone.send(one, NOW).id for one in sealed]
    for some in (ids, ids[:1]):
        actions.receipt(some, number="T1", report="r1", now=NOW + HOUR)
    assert queries.proofs(ids)[ids[0]].of(hung(b"a", at=NOW + HOUR)).proof == "proven"


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "voice"},
        {"kind": "discard"},
        {"size": 3},
        {"mime": "image/png"},
        {"mime": "audio/webm"},
        {"kind": "positions", "size": None, "mime": None},
    ],
)
def test_what_contradicts_its_file_proves_nothing(phone: Phone, said: dict[str, Any]) -> None:
    taken = phone.send(phone.shoot(NOW, b"a", **said), NOW)
    assert proof(taken).of(hung(b"a")).marks == ("content",)


@pytest.mark.parametrize(
    ("kind", "said", "found"),
    [
        ("photo", "image/heif", "image/heic"),
        ("photo", "image/heic", "image/heic"),
        ("photo", "image/jpg", "image/jpeg"),
        ("photo", "image/png", "image/png"),
        ("photo", "", "image/jpeg"),
        ("voice", "audio/webm", "audio/webm"),
        ("voice", "audio/mp4;codecs=opus", "audio/mp4"),
        ("voice", "audio/x-m4a", "audio/mp4"),
        ("voice", "audio/webm", "audio/ogg"),
    ],
)
def test_names_of_one_type_are_no_contradiction(phone: Phone, kind: str, said: str, found: str) -> None:
    """What cameras and recorders of phones are known to say, beside what the server finds."""
    taken = phone.send(phone.shoot(NOW, b"a", kind=kind, mime=said), NOW)
    assert proof(taken).of(hung(b"a", kind=kind, mime=found)).marks == ()


@pytest.mark.parametrize(
    "said", [{"lat7": 10**15}, {"lon7": -(10**15)}, {"lat7": 900000001}, {"lon7": 1800000001}, {"lat7": None}]
)
def test_a_position_beyond_the_earth_is_none(phone: Phone, said: dict[str, Any]) -> None:
    found = proof(phone.send(phone.shoot(NOW, b"a", **said), NOW)).of(hung(b"a"))
    assert (found.proof, found.lon, found.lat) == ("proven", None, None)


def test_positions_at_the_edges_of_the_earth_are_positions(phone: Phone) -> None:
    found = proof(phone.send(phone.shoot(NOW, lat7=-900000000, lon7=1800000000), NOW))
    assert (found.lon, found.lat) == (180.0, -90.0)


def test_a_ticket_of_nobody_or_of_another_device_fails(phone: Phone) -> None:
    other = Phone(who("collector.02")).enrol(NOW, by=who("chief.1"))
    other.contact(NOW)
    assert phone.send(phone.shoot(NOW, ticket=other.ticket), NOW).marks == ("ticket",)
    assert phone.ticket is not None
    earlier = {"body": phone.ticket["body"] | {"issued": 1}, "sig": phone.ticket["sig"]}
    assert phone.send(phone.shoot(NOW, ticket=earlier), NOW).marks == ("ticket",)
    forged = {"body": phone.ticket["body"] | {"skid": phone.kid}, "sig": phone.ticket["sig"]}
    assert phone.send(phone.shoot(NOW, ticket=forged), NOW).proof == "failed"


def test_without_a_ticket_there_is_no_earliest_moment(phone: Phone) -> None:
    found = proof(phone.send(phone.shoot(NOW, ticket=None), NOW))
    assert (found.proof, found.marks, found.not_before) == ("claimed", ("no-ticket",), None)


def test_gallery_pictures_are_claimed(phone: Phone) -> None:
    assert proof(phone.send(phone.shoot(NOW, source="gallery"), NOW)).proof == "claimed"


def test_what_has_no_receipt_is_claimed(phone: Phone) -> None:
    taken = phone.send(phone.shoot(NOW), NOW)
    assert queries.proofs([taken.id])[taken.id].marks == ("no-receipt",)


# ---- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "marked"),
    [
        (timedelta(), False),
        (timedelta(seconds=90), False),
        (timedelta(minutes=10), True),
        (timedelta(hours=-7), True),
        (timedelta(days=-365 * 40), True),
        (timedelta(days=365 * 20), True),
    ],
)
def test_a_wrong_clock_is_marked_and_measured(off: timedelta, marked: bool) -> None:
    phone = Phone(who("collector.01"), off=off).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    taken = phone.send(phone.shoot(NOW + MINUTE), NOW + 10 * MINUTE)
    assert ("skew" in taken.marks) is marked and taken.proof == "proven"
    found = queries.proofs([taken.id])[taken.id]
    assert found.skew_ms == off / timedelta(milliseconds=1)
    assert (found.not_before, found.not_after) == (NOW, NOW + 10 * MINUTE), "the window is the server's"


@pytest.mark.parametrize("at", [-(2**53) + 1, 2**53 - 1, 0])
def test_a_time_that_no_calendar_holds_is_kept(phone: Phone, at: int) -> None:
    taken = phone.send(phone.shoot(NOW, at=at), NOW)
    assert "skew" in taken.marks and taken.proof == "proven"


def test_an_expired_ticket_and_a_wide_window_are_marked(phone: Phone) -> None:
    taken = phone.send(phone.shoot(NOW + 30 * HOUR), NOW + 31 * HOUR)
    assert (taken.proof, taken.marks) == ("proven", ("expired", "late"))


# ---- form -----------------------------------------------------------------------------------------


def spelled(phone: Phone, spell: Any) -> bytes:
    data: bytes = spell(phone.says(NOW))
    return data


SPELLINGS = {
    "spaces": lambda said: json.dumps(said, sort_keys=True).encode(),
    "another order": lambda said: json.dumps(
        dict(reversed(sorted(said.items()))), separators=(",", ":")
    ).encode(),
    "escapes": lambda said: canonical(said | {"task": "井盖"}).replace("井".encode(), b"\\u4e95"),
    "a float": lambda said: canonical(said | {"at": 1}).replace(b'"at":1', b'"at":1.0'),
    "an exponent": lambda said: canonical(said | {"at": 1}).replace(b'"at":1', b'"at":1e3'),
    "NaN": lambda said: canonical(said | {"at": 1}).replace(b'"at":1', b'"at":NaN'),
    "a key twice": lambda said: canonical(said)[:-1] + b',"v":1}',
    "a null": lambda said: canonical(said).replace(b'"ext":{}', b'"ext":null'),
    "a key beyond ASCII": lambda said: canonical(said | {"é": 1}),
    "a huge integer": lambda said: canonical(said | {"mono": 2**53}),
    "a newline at the end": lambda said: canonical(said) + b"\n",
    "a byte-order mark": lambda said: b"\xef\xbb\xbf" + canonical(said),
    "no UTF-8": lambda said: canonical(said | {"task": "xx"}).replace(b"xx", b"\xff\xfe"),
    "a lone surrogate": lambda said: canonical(said | {"task": "xx"}).replace(b"xx", b"\\ud800"),
    "another version": lambda said: canonical(said | {"v": 2}),
    "an unknown kind": lambda said: canonical(said | {"kind": "video"}),
    "text for a number": lambda said: canonical(said | {"seq": "1"}),
    "true for a number": lambda said: canonical(said | {"seq": True}),
    "number nought": lambda said: canonical(said | {"seq": 0}),
    "a first one with a predecessor": lambda said: canonical(said | {"prev": "a" * 64}),
    "no hash of the photo": lambda said: canonical({k: v for k, v in said.items() if k != "sha256"}),
    "a ticket without signature": lambda said: canonical(said | {"ticket": {"body": said["ticket"]["body"]}}),
    "a list": lambda said: canonical([said]),
    "nothing": lambda said: b"",
    "a deep nest": lambda said: b"[" * 50_000,
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_other_spellings_are_kept_apart_though_well_signed(phone: Phone, name: str) -> None:
    data = spelled(phone, SPELLINGS[name])
    taken = phone.send((data, phone.sign(data)), NOW)
    assert (taken.proof, taken.marks) == ("failed", ("malformed",)), data
    assert bytes(Envelope.objects.get(pk=taken.id).bytes) == data
    assert proof(taken).proof == "failed"


def test_unknown_members_are_signed_and_ignored(phone: Phone) -> None:
    said = phone.says(NOW, ext={"attest": "x"}, weather="雨", fixes=[{"at": 1}])
    assert phone.send(phone.seal(said), NOW).proof == "proven"


def test_other_kinds_need_no_content(phone: Phone) -> None:
    for kind in ("positions", "discard", "report"):
        sealed = phone.shoot(NOW, kind=kind, sha256=None, size=None, mime=None)
        assert phone.send(sealed, NOW).proof == "proven"


def test_what_is_too_large_is_refused(phone: Phone) -> None:
    with pytest.raises(TooLarge):
        phone.send(phone.shoot(NOW, task="x" * 70_000), NOW)


# ---- the key's life -------------------------------------------------------------------------------


def test_a_waiting_key_proves_once_somebody_approves() -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    phone.contact(NOW)
    taken = phone.send(phone.shoot(NOW), NOW)
    assert taken.marks == ("waiting",)
    assert proof(taken).proof == "claimed"
    actions.approve_device(by=who("chief.1"), kid=phone.kid, now=NOW + HOUR)
    assert queries.proofs([taken.id])[taken.id].proof == "proven"


def test_after_its_end_a_key_proves_nothing_new(phone: Phone) -> None:
    before, after = phone.shoot(NOW, b"1"), phone.shoot(NOW, b"2")
    first = phone.send(before, NOW)
    actions.end_device(by=who("collector.01"), kid=phone.kid, reason="手机丢了，已报警", now=NOW)
    last = phone.send(after, NOW + HOUR)
    assert (last.proof, last.marks) == ("failed", ("key-ended",))
    assert proof(first).proof == "proven" and proof(last, "T2", "r2").proof == "failed"
    told = phone.contact(NOW + HOUR)
    assert told.ticket is None and told.status == "ended"


def test_two_phones_of_one_person_do_not_meet() -> None:
    owner = who("collector.01")
    phones = [Phone(owner).enrol(NOW, by=who("chief.1")) for _n in range(2)]
    for phone in phones:
        phone.contact(NOW)
        assert phone.send(phone.shoot(NOW), NOW).marks == ()
    assert [device(phone).head_seq for phone in phones] == [1, 1]


def test_a_lost_key_is_enrolled_anew_with_approval(phone: Phone) -> None:
    phone.send(phone.shoot(NOW), NOW)
    fresh = Phone(phone.owner).enrol(NOW)
    fresh.contact(NOW)
    taken = fresh.send(fresh.shoot(NOW), NOW)
    assert proof(taken).proof == "claimed"
    actions.approve_device(by=who("head.1"), kid=fresh.kid, now=NOW)
    assert queries.proofs([taken.id])[taken.id].proof == "proven"


def test_a_receipt_needs_rows() -> None:
    with pytest.raises(ValueError, match="not there"):
        actions.receipt([987654321], number="T1", report="r", now=NOW)
    assert actions.receipt([], number="T1", report="r", now=NOW)["body"]["envelopes"] == []


def test_only_its_owner_has_contact(phone: Phone) -> None:
    stranger = replace(phone, owner=who("collector.02"))
    with pytest.raises(Refused) as refused:
        stranger.contact(NOW)
    assert refused.value.code == "not-there"
