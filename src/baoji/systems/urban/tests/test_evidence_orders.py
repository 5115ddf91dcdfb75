"""In whatever order a key is enrolled, approved, frozen and ended, and an envelope comes, once or again: the city's pages and the
check of the export say the same, and the check accuses nobody of having altered what only came early, late or twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from tests.town import NOW, player, report, walk, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.tests.phone import Phone, Sealed
from baoji.kernel.evidence.verification.verify import verify
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records import uploads
from baoji.systems.urban import public
from baoji.systems.urban.tests.evidence_case import MINUTE, exported_at, picture
from baoji.systems.urban.tests.stranger import proven_photos
from baoji.systems.urban.tests.test_evidence_remarks import Marks, as_the_check_says, as_the_page_says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
BAD = b"\x01" * 64


class Story:
    """A case that a department works on, and the phone of whom it waits for, which nobody has enrolled yet."""

    def __init__(self, step: timedelta = MINUTE) -> None:
        self.number = walk(report(None, pictures=1), "handle/handling", now=NOW)
        self.owner = who(player(self.number, "@body"))
        self.phone = Phone(self.owner)
        self.now, self.step = NOW + MINUTE, step
        self.shots: list[tuple[bytes, Sealed, UUID]] = []

    def play(self, events: str) -> "Story":
        for letter in events:
            self.now += self.step
            EVENTS[letter](self)
        return self

    def enrol(self, by: Caller | None = None) -> None:
        evidence.enrol_device(by=by or self.owner, spki=self.phone.spki, label="红米", now=self.now)

    def enrol_anew(self) -> None:
        self.phone = Phone(self.owner)
        self.enrol()

    def approve(self) -> None:
        evidence.approve_device(by=who("chief.1"), kid=self.phone.kid, now=self.now)

    def contact(self) -> None:
        self.phone.contact(self.now)

    def end(self) -> None:
        evidence.end_device(by=self.owner, kid=self.phone.kid, reason="手机丢了，找不到", now=self.now)

    def freeze(self) -> None:
        """Two of one number come alone."""
        copy = self.phone.clone()
        for one, width in ((self.phone, 1), (copy, 2)):
            said = one.says(self.now, kind="discard", sha256=None, size=None, mime=None, w=width)
            self.send_alone(one.seal(said))

    def thaw(self) -> None:
        evidence.thaw_device(by=who("chief.1"), kid=self.phone.kid, reason="已当面核对", now=self.now)

    def shoot(self) -> None:
        content, name = picture(40 + len(self.shots)), uuid4()
        signed = self.phone.shoot(self.now, content, report=str(name), role="after")
        self.shots.append((content, signed, name))

    def deliver(self, *, name: UUID | None = None, sig: bytes | None = None) -> None:
        content, signed, own_name = self.shots[-1]
        medium = self._uploaded(content, (signed[0], sig or signed[1]))
        public.deliver_answer(
            by=self.owner,
            parcel=public.Parcel(name or own_name, "x", [medium]),
            number=self.number,
            act="answer",
            facts={"opinion": "已修好"},
            now=self.now,
        )

    def _uploaded(self, content: bytes, signed: Sealed) -> public.Medium:
        uploads.put(self.owner.id or 0, content, kind="photo", now=self.now)
        return public.Medium(sha256(content).hexdigest(), "photo", public.Signed(*signed))

    def correct(self) -> None:
        """With a correction of the ledger, which is no act of a case."""
        content, signed, _name = self.shots[-1]
        with transaction.atomic():
            public.files_of(by=self.owner, media=[self._uploaded(content, signed)], now=self.now)

    def send_alone(self, signed: Sealed, by: Caller | None = None) -> None:
        with transaction.atomic():
            public.sign_for(by=by or self.owner, envelope=signed[0], sig=signed[1], content=b"", now=self.now)

    @property
    def signed(self) -> Sealed:
        return self.shots[-1][1]


EVENTS: dict[str, Callable[[Story], None]] = {
    "E": Story.enrol,
    "O": lambda story: story.enrol(who("collector.02")),  # the same key, by somebody else
    "R": Story.enrol_anew,
    "A": Story.approve,
    "T": Story.contact,
    "X": Story.end,
    "F": Story.freeze,
    "W": Story.thaw,
    "S": Story.shoot,
    "D": Story.deliver,
    "d": lambda story: story.deliver(name=uuid4()),  # again, with another answer
    "b": lambda story: story.deliver(name=uuid4(), sig=BAD),
    "p": lambda story: story.send_alone(story.signed),
    "q": lambda story: story.send_alone((story.signed[0], BAD)),
    "t": lambda story: story.send_alone(story.signed, who("collector.02")),
    "c": Story.correct,
}
# What must have been before.
AFTER = {"A": "E", "T": "E", "X": "E", "W": "F", "D": "S", "d": "S", "b": "S", "p": "S", "q": "S", "t": "S", "c": "S"}  # fmt: skip


def is_possible(events: tuple[str, ...]) -> bool:
    at = {letter: n for n, letter in enumerate(events)}
    first = all(at[AFTER[letter]] < n for letter, n in at.items() if AFTER.get(letter) in at)
    frozen = at["F"] < at["A"] < at.get("W", 99) if {"F", "A"} <= at.keys() else False
    unknown = at["F"] < at["E"] if {"F", "E"} <= at.keys() else False
    return first and not frozen and not unknown and at.get("A", 0) <= at.get("X", 99)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def both(story: Story, folder: Path) -> tuple[Marks, Marks, list[str]]:
    """What the page and the check say of the phone's photos, and what else the check finds."""
    link_all(story.now + MINUTE)
    path = exported_at(story.number, folder, story.now + 2 * MINUTE).path
    failures = verify(path, [signing_key("server").kid]).failures
    return (
        as_the_page_says(story.number)[1:],
        as_the_check_says(path)[1:],
        [text for text in failures if not text.endswith("its evidence does not hold")],
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    "letters",
    ["ESDA", "ETSDX", "ATESD", "ESDAX", "ETSDF", "SDEFW", "ESDd", "ESDb", "ETSqD", "ETStD", "ESDcX", "ESDp", "SDO"],
)  # fmt: skip
def test_page_and_check_agree_in_every_order(tmp_path: Path, letters: str) -> None:
    tried = 0
    for events in filter(is_possible, permutations(letters)):
        with undone():
            page, check, more = both(Story().play("".join(events)), tmp_path)
        assert (check, more) == (page, []), "".join(events)
        tried += 1
    assert tried >= 3


UNKNOWN = [("failed", ["unknown-key"])]
ORDERS: dict[str, Marks] = {
    "EATSD": [("proven", [])],
    "ETSDA": [("proven", [])],
    "ETSD": [("claimed", ["waiting"])],
    "SEATD": [("claimed", ["no-ticket"])],
    # what came before its key was known stays what it was
    "SDEA": UNKNOWN,
    "SDEATFWX": UNKNOWN,
    "SDEAp": [("claimed", ["no-ticket", "no-receipt"])],
    "SDO": UNKNOWN,
    # an end counts from when it was, a new key begins anew
    "EATSDX": [("proven", [])],
    "EATSXD": [("failed", ["key-ended"])],
    "EATScXD": [("proven", [])],
    "EATSDXRATSD": [("proven", []), ("proven", [])],
    "EATSXRATDSD": [("failed", ["key-ended"]), ("proven", [])],
    "EATSFD": [("claimed", ["frozen"])],
    "EATSDFW": [("proven", ["copied"])],
    # nobody spoils it by sending it once more, or once before, otherwise
    "EATSDq": [("proven", [])],
    "EATSqD": [("proven", [])],
    "EATStD": [("proven", [])],
    "EATSDb": [("proven", []), ("failed", ["other-report"])],
    "EATSDd": [("proven", []), ("failed", ["other-report"])],
}


@pytest.mark.thorough
@pytest.mark.parametrize("events", ORDERS)
def test_what_an_order_comes_to(tmp_path: Path, events: str) -> None:
    story = Story().play(events)
    page, check, more = both(story, tmp_path)
    assert (page, check, more) == (ORDERS[events], ORDERS[events], [])
    path, key = tmp_path / f"{story.number}.zip", signing_key("server").kid
    if "failed" in dict(page):
        with pytest.raises(AssertionError):
            proven_photos(path, key)
    else:
        assert len(proven_photos(path, key)) == [proof for proof, _marks in page].count("proven")


@pytest.mark.thorough
@pytest.mark.parametrize("step", [timedelta(0), timedelta(microseconds=1), timedelta(microseconds=600)])
@pytest.mark.parametrize(
    "events", ["EATSDX", "EATSXD", "EATSDd", "EATSDb", "ETSDAF", "EATSqpD", "EATSpqD", "EATSDtqp", "EATScqD"]
)
def test_within_one_millisecond(tmp_path: Path, events: str, step: timedelta) -> None:
    """The receipt's word is in milliseconds, the journal's in microseconds: what came first is told apart."""
    page, check, more = both(Story(step).play(events), tmp_path)
    assert (check, more) == (page, [])


@pytest.mark.parametrize("events", ["EATSD|X", "EATS|XD", "SD|EA", "EATS|DX"])
def test_requests_that_began_in_another_order_than_they_were_done(tmp_path: Path, events: str) -> None:
    """Each has its time from when it began, and waits for the device's row: the clock goes back at `|` here."""
    before, after = events.split("|")
    story = Story().play(before)
    story.now -= timedelta(milliseconds=40)
    story.step = timedelta(milliseconds=-7)
    page, check, more = both(story.play(after), tmp_path)
    assert (check, more) == (page, [])
