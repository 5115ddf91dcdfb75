"""Whatever happens in whatever order, a phone finds exactly what the server has, and what is kept is what was meant.

Two people with two pictures each; pieces right, misplaced, doubled, damaged and cut; connections that hang while others
come; the process killed at any point of the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from unittest import mock

import hypothesis.strategies as st
import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from baoji.kernel.records import intake, parts, storage, uploads
from baoji.kernel.records.tests.pictures import picture
from baoji.kernel.wire import tus
from baoji.kernel.wire.tests.test_tus import BASE, BODY, Phone, name_of
from baoji.kernel.wire.tus import Patch

pytestmark = pytest.mark.django_db
colours = count(1)
POINTS = {
    "sync": (parts.Part, "sync"),
    "adopt": (storage, "adopt"),
    "enter": (intake, "enter"),
    "discard": (parts.Part, "discard"),
}


class Killed(BaseException):
    pass


@contextmanager
def killed_at(point: str) -> Iterator[None]:
    room, name = POINTS[point]
    with mock.patch.object(room, name, side_effect=Killed):
        yield


@dataclass
class Known:
    """What must be so of an upload; `holder` is the connection that has it open."""

    exists: bool = False
    offset: int = 0
    is_damaged: bool = False
    is_done: bool = False
    holder: object = None


class Uploads(RuleBasedStateMachine):
    hanging = Bundle("hanging")

    @initialize()
    def begin(self) -> None:
        self.phones = [Phone("collector.01"), Phone("collector.02")]
        self.data = [
            picture(40 + n % 7, 30, colour=(n % 251, n // 251 % 251, 7))
            for n in (next(colours), next(colours))
        ]
        self.known = {(who, what): Known() for who in (0, 1) for what in (0, 1)}
        self.holding: list[Patch] = []

    def teardown(self) -> None:
        for patch in getattr(self, "holding", []):
            patch.close()

    who = st.integers(0, 1)
    what = st.integers(0, 1)

    def expect(self, known: Known, offset: int, size: int) -> int:
        """The status of a piece, before it is looked at."""
        if not known.exists:
            return 404
        if known.holder:
            return 423
        if known.is_done or offset != known.offset:
            return 409
        return 0

    @rule(who=who, what=what)
    def announce(self, who: int, what: int) -> None:
        known = self.known[who, what]
        assert self.phones[who].create(self.data[what]).status_code == 201
        known.exists = True

    @rule(
        who=who,
        what=what,
        shift=st.sampled_from([0, 0, 0, 0, -1, 1, 40]),
        size=st.integers(1, 900),
        harm=st.booleans(),
        cut=st.none() | st.integers(0, 900),
    )
    def send(self, who: int, what: int, shift: int, size: int, harm: bool, cut: int | None) -> None:
        known, data = self.known[who, what], self.data[what]
        offset = max(0, known.offset + shift)
        piece = data[offset : offset + size]
        if not piece:
            return
        if harm:
            piece = bytes([piece[0] ^ 1]) + piece[1:]
        arrived = piece if cut is None else piece[: min(cut, len(piece))]
        answer = self.phones[who].client.generic(
            "PATCH",
            BASE + name_of(data),
            piece,
            content_type=BODY,
            headers={"Upload-Offset": str(offset)},
            **{"wsgi.input": BytesIO(arrived)},
        )
        status = self.expect(known, offset, len(piece))
        if status:
            assert answer.status_code == status
            return
        self._arrived(known, data, arrived, harm and bool(arrived), answer.status_code)

    def _arrived(self, known: Known, data: bytes, arrived: bytes, harmed: bool, status: int) -> None:
        known.offset += len(arrived)
        known.is_damaged |= harmed
        if known.offset < len(data):
            assert status == 204
        elif known.is_damaged:
            assert status == 460
            known.offset, known.is_damaged = 0, False
        else:
            assert status == 204
            known.is_done = True

    @rule(who=who, what=what, point=st.sampled_from(sorted(POINTS)))
    def send_the_rest_and_be_killed(self, who: int, what: int, point: str) -> None:
        known, data = self.known[who, what], self.data[what]
        if self.expect(known, known.offset, 1):
            return
        rest = data[known.offset :]
        if known.is_damaged:
            return
        with killed_at(point), pytest.raises(Killed):
            self.phones[who].patch(name_of(data), known.offset, rest)
        known.offset, known.is_done = len(data), True  # whoever looks next finishes it; the invariant looks

    @rule(target=hanging, who=who, what=what, size=st.integers(0, 500))
    def hang(self, who: int, what: int, size: int) -> object:
        """A connection that has brought some bytes and brings no more for now."""
        known, data = self.known[who, what], self.data[what]
        if self.expect(known, known.offset, size) or known.offset + size >= len(data):
            return multiple()
        request = RequestFactory().patch(
            BASE + name_of(data),
            b"",
            headers={"Upload-Offset": str(known.offset), "Content-Type": BODY, **dict(self._told(who))},
        )
        patch = tus.answer(request, name_of(data))
        assert isinstance(patch, Patch)
        patch.feed(data[known.offset : known.offset + size])
        known.offset += size
        known.holder = patch
        self.holding.append(patch)
        return (known, patch)

    def _told(self, who: int) -> Iterator[tuple[str, str]]:
        for name, value in self.phones[who].client.defaults.items():
            yield name.removeprefix("HTTP_").replace("_", "-"), value

    @rule(held=consumes(hanging), is_killed=st.booleans())
    def hang_up(self, held: tuple[Known, Patch], is_killed: bool) -> None:
        known, patch = held
        if not is_killed:
            assert patch.end(whole=False).status_code == 204
        patch.close()
        self.holding.remove(patch)
        known.holder = None

    @rule(who=who, what=what)
    def take_back(self, who: int, what: int) -> None:
        known = self.known[who, what]
        status = self.phones[who].client.delete(BASE + name_of(self.data[what])).status_code
        if not known.exists:
            assert status == 404
        elif known.is_done:
            assert status == 403
        elif known.holder:
            assert status == 423
        else:
            assert status == 204
            self.known[who, what] = Known()

    @invariant()
    def each_finds_what_is_there(self) -> None:
        for (who, what), known in getattr(self, "known", {}).items():
            phone, data = self.phones[who], self.data[what]
            answer = phone.head(name_of(data))
            if not known.exists:
                assert answer.status_code == 404
            elif known.holder:
                assert answer.status_code == 423
            else:
                assert (answer.status_code, answer["Upload-Offset"]) == (200, str(known.offset))
            kept = uploads.kept(phone.id, name_of(data))
            assert (kept is not None) == known.is_done
            if kept is not None:
                assert storage.original_path(kept.sha256).read_bytes() == data


@pytest.mark.thorough
def test_uploads_in_any_order(own_folder: Path) -> None:
    run_state_machine_as_test(
        Uploads,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
