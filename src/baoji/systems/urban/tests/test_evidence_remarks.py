"""What the pages remark on a photo, the check of its export remarks too, in the same order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.town import NOW, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.base.instants import FIRST, LAST
from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.tests.phone import Phone, Sealed
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.case import Story
from baoji.kernel.evidence.verification.container import Container, Keys, Verdict
from baoji.kernel.evidence.verification.journal import Journal
from baoji.kernel.evidence.verification.marks import EARLIEST_MS, LATEST_MS, WIDE_MS
from baoji.systems.urban import public
from baoji.systems.urban.tests.evidence_case import MINUTE, answer_with, exported, handled, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
WHEN = NOW + 3 * MINUTE  # when the answer arrives; its ticket is from two minutes before
DAY = timedelta(days=1)
Marks = list[tuple[str, list[str]]]


def as_the_page_says(number: str) -> Marks:
    seen = public.view(who("head.1"), public.load(number), WHEN)["attachments"]
    return [(one["proof"], list(one["marks"])) for one in seen]


def as_the_check_says(path: Path) -> Marks:
    with path.open("rb") as file:
        container, verdict = Container(file), Verdict()
        keys = Keys(container, frozenset({signing_key("server").kid}))
        journal = Journal(container.lines("journal.jsonl"), container.lines("links.jsonl"), verdict)
        return [(one.proof, one.marks) for one in Story(container, keys, journal, verdict, {}).outcomes()]


def broken(sealed: Sealed) -> Sealed:
    return sealed[0], b"\x01" * 64


def shot(**said: Any) -> Callable[[Phone, str], Sealed]:
    return lambda phone, uuid: phone.shoot(
        WHEN - MINUTE, picture(40), **({"report": uuid, "role": "after"} | said)
    )


def of_a_number_the_server_knew(phone: Phone, uuid: str) -> Sealed:
    """Its own ticket says that three were known: the freeze lists it alone."""
    for _n in range(3):
        phone.send(phone.shoot(NOW), NOW + 2 * MINUTE)
    phone.contact(NOW + 2 * MINUTE)
    assert phone.ticket is not None
    ticket = signing_key("server").signed(phone.ticket["body"] | {"seen_seq": 9})
    return phone.shoot(WHEN - MINUTE, picture(40), report=uuid, role="after", ticket=ticket)


def of_two_of_which_one_never_came(phone: Phone, uuid: str) -> Sealed:
    """A copy told the server of its own newest number at a contact, and nothing more."""
    copy = phone.clone()
    signed = phone.shoot(WHEN - MINUTE, picture(40), report=uuid, role="after")
    phone.send(signed, WHEN)
    copy.shoot(NOW, b"never sent")
    copy.contact(WHEN)
    return signed


def too_old(phone: Phone, uuid: str, **said: Any) -> Sealed:
    """A ticket that had run out, in an envelope whose signature does not fit: nobody's words."""
    phone.contact(NOW - 3 * DAY)
    return broken(shot(**said)(phone, uuid))


SHOTS: dict[str, tuple[Callable[[Phone, str], Sealed], tuple[str, list[str]]]] = {
    "as it should be": (shot(), ("proven", [])),
    "not canonical": (
        lambda phone, uuid: (b" " + shot()(phone, uuid)[0], b"\x01" * 64),
        ("failed", ["malformed"]),
    ),
    "no version of ours": (shot(v=2), ("failed", ["malformed"])),
    "a signature that does not fit, and a ticket that had run out": (too_old, ("failed", ["signature"])),
    "a forged ticket that had run out": (
        lambda phone, uuid: shot(
            ticket={"body": (phone.ticket or {})["body"] | {"not_after": 1}, "sig": "AAAA"}
        )(phone, uuid),
        ("failed", ["ticket"]),
    ),
    "an empty report": (shot(report=""), ("proven", [])),
    "another report": (shot(report=str(uuid4())), ("failed", ["other-report"])),
    "a clock of 1800 and no ticket": (
        shot(ticket=None, at=milliseconds(datetime(1800, 1, 1, tzinfo=UTC))),
        ("claimed", ["no-ticket", "skew"]),
    ),
    "a clock of no calendar": (shot(at=2**53 - 1), ("proven", ["expired", "skew"])),
    "from the gallery, before instead of after, an hour ahead": (
        shot(source="gallery", role="before", at=milliseconds(NOW + 60 * MINUTE)),
        ("claimed", ["gallery", "skew", "role"]),
    ),
    "a number that the server knew": (of_a_number_the_server_knew, ("claimed", ["frozen", "rewound"])),
    "two, of which one never came": (of_two_of_which_one_never_came, ("claimed", ["frozen", "forked"])),
}


@pytest.mark.parametrize("name", SHOTS)
def test_page_and_check_say_the_same(tmp_path: Path, name: str) -> None:
    make, wanted = SHOTS[name]
    number, phone = handled()
    uuid = uuid4()
    answer_with(phone, number, picture(40), make(phone, str(uuid)), name=uuid, now=WHEN)
    link_all(NOW + 20 * MINUTE)
    page = as_the_page_says(number)
    assert page[-1] == wanted
    assert as_the_check_says(exported(number, tmp_path).path) == page


@pytest.mark.parametrize("is_here", [True, False])
def test_another_chain_while_the_key_is_frozen(tmp_path: Path, is_here: bool) -> None:
    """No freeze can list it then. What it contradicts stands in the same export, or only the city has it."""
    number, phone = handled()
    copy, uuid = phone.clone(), uuid4()
    for one, width in ((phone, 50), (copy, 51)):
        phone.send(one.seal(one.says(NOW, w=width)), WHEN)
    words = phone.seal(
        phone.says(NOW, kind="report", sha256=None, size=None, mime=None, role=None, report=str(uuid))
    )
    if not is_here:
        phone.send(words, WHEN)
    signed = phone.shoot(WHEN - MINUTE, picture(40), report=str(uuid), role="after", prev="7" * 64)
    answer_with(phone, number, picture(40), signed, name=uuid, now=WHEN, words=words if is_here else None)
    link_all(NOW + 20 * MINUTE)
    page, check = as_the_page_says(number), as_the_check_says(exported(number, tmp_path).path)
    assert page[-1] == ("claimed", ["frozen", "forked"])
    assert check[-1] == (page[-1] if is_here else ("claimed", ["frozen"]))


@pytest.mark.parametrize("micro", [0, 600, 1000])
def test_a_day_is_measured_alike(tmp_path: Path, micro: int) -> None:
    """The server's clock has microseconds, the receipt's word milliseconds."""
    number, phone = handled()
    uuid = uuid4()
    now = NOW + MINUTE + timedelta(milliseconds=WIDE_MS, microseconds=micro)
    signed = phone.shoot(now - MINUTE, picture(40), report=str(uuid), role="after")
    answer_with(phone, number, picture(40), signed, name=uuid, now=now)
    link_all(now + MINUTE)
    page = as_the_page_says(number)
    assert page[-1] == ("proven", ["late"] if micro == 1000 else [])
    assert as_the_check_says(exported(number, tmp_path).path) == page


NEXT = "SELECT nextval(pg_get_serial_sequence('audit_seal', 'id')) + 1"


@pytest.mark.parametrize(
    ("jn", "jhead", "page", "check"),
    [
        (0, "0" * 64, [], []),
        (0, "a" * 64, ["link"], ["link"]),
        (None, "a" * 64, ["link"], ["link"]),
        (2**40, "a" * 64, ["link"], []),
    ],
    ids=[
        "before the first",
        "another before the first",
        "another hash",
        "a link that the city does not have",
    ],
)
def test_a_ticket_that_names_another_link(
    tmp_path: Path, jn: int | None, jhead: str, page: list[str], check: list[str]
) -> None:
    """As after a backup was played back. The city knows all links, an export those of its case."""
    number, phone = handled()
    assert phone.ticket is not None
    named = {"jn": int(sql.value(NEXT)) if jn is None else jn, "jhead": jhead}
    phone.ticket = signing_key("server").signed(phone.ticket["body"] | named)
    uuid = uuid4()
    answer_with(phone, number, picture(40), shot()(phone, str(uuid)), name=uuid, now=WHEN)
    link_all(NOW + 20 * MINUTE)
    assert as_the_page_says(number)[-1] == ("proven", page)
    assert as_the_check_says(exported(number, tmp_path).path)[-1] == ("proven", check)


def test_the_bounds_of_clocks_are_the_houses() -> None:
    assert (milliseconds(FIRST), milliseconds(LAST)) == (EARLIEST_MS, LATEST_MS)
