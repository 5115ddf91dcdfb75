"""The virus scanner's protocol, spoken with a small clamd of our own."""

import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baoji.kernel.base.errors import NotAllowed, Refused
from baoji.kernel.identity.models import Person
from baoji.kernel.records import actions, media, queries, scanner, storage, uploads
from baoji.kernel.records.models import Media, StoredFile
from baoji.kernel.records.tests.pictures import picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


class Clamd:
    """Reads INSTREAM as clamd does and finds a virus in whatever holds its sign."""

    def __init__(self, line: socket.socket, sign: bytes) -> None:
        self.line, self.sign, self.heard, self.answer = line, sign, [], b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _address = self.line.accept()
            except OSError:
                return
            with caller, caller.makefile("rb") as reading:
                assert reading.read(10) == b"zINSTREAM\0"
                data = b""
                while length := struct.unpack(">I", reading.read(4))[0]:
                    data += reading.read(length)
                self.heard.append(data)
                verdict = b"stream: Eicar-Signature FOUND" if self.sign in data else b"stream: OK"
                caller.sendall((self.answer or verdict) + b"\0")


@pytest.fixture(params=["file", "port"])
def clamd(request, settings, tmp_path: Path) -> Iterator[Clamd]:
    if request.param == "file":
        line = socket.socket(socket.AF_UNIX)
        settings.CLAMD = str(tmp_path / "clamd.ctl")
        line.bind(settings.CLAMD)
    else:
        line = socket.create_server(("127.0.0.1", 0))
        settings.CLAMD = f"127.0.0.1:{line.getsockname()[1]}"
    line.listen()
    yield Clamd(line, SIGN)
    line.close()


SIGN = b"a-virus-as-far-as-tests-go"
GOOD, BAD = picture(), picture(comment=SIGN)


def scan_of(sha256: str) -> str:
    return Media.objects.get(file__sha256=sha256).scan


def test_good_files_pass_and_are_marked(clamd):
    kept = actions.keep(GOOD, now=NOW)
    assert clamd.heard == [GOOD]
    assert scan_of(kept.sha256) == "clean"


def test_infected_files_are_refused_on_both_ways_in(clamd):
    with pytest.raises(Refused) as caught:
        actions.keep(BAD, now=NOW)
    assert (caught.value.code, caught.value.status) == ("infected", 422)
    person = Person.objects.get(code="collector.01").pk
    with pytest.raises(Refused) as caught:
        uploads.put(person, BAD, kind="photo", now=NOW)
    assert caught.value.code == "infected"
    assert not StoredFile.objects.exists()
    assert list(storage.originals()) == []


def test_large_files_go_in_pieces(clamd):
    data = bytes(3 * scanner.PIECE + 7)
    assert scanner.is_infected(data) is False
    assert clamd.heard == [data]


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"", b"\xff\xfe"])
def test_an_answer_that_is_no_verdict_counts_as_none(clamd, answer):
    clamd.answer = answer or b" "
    with pytest.raises(scanner.Down):
        scanner.is_infected(GOOD)


def test_without_a_scanner_nobody_looked(settings):
    assert settings.CLAMD == ""
    assert scan_of(actions.keep(GOOD, now=NOW).sha256) == ""


def test_a_scanner_that_is_down_refuses(settings):
    settings.CLAMD = "127.0.0.1:9"
    with pytest.raises(Refused) as caught:
        actions.keep(GOOD, now=NOW)
    assert (caught.value.code, caught.value.status) == ("scanner-down", 503)


def test_an_upload_waits_with_all_its_bytes_for_the_scanner(settings, clamd):
    person, works, settings.CLAMD = Person.objects.get(code="collector.01").pk, settings.CLAMD, "127.0.0.1:9"
    with pytest.raises(Refused):
        uploads.put(person, GOOD, kind="photo", now=NOW)
    settings.CLAMD = works
    assert uploads.put(person, GOOD, kind="photo", now=NOW).mime == "image/jpeg"


def test_or_accepts_and_scans_when_it_is_back(settings, clamd):
    works, settings.CLAMD, settings.CLAMD_DOWN = settings.CLAMD, "127.0.0.1:9", "accept"
    good, bad = actions.keep(GOOD, now=NOW), actions.keep(BAD, now=NOW)
    assert media.scan_waiting() == 0
    assert (scan_of(good.sha256), scan_of(bad.sha256)) == ("waiting", "waiting")
    settings.CLAMD = works
    assert media.scan_waiting() == 1
    assert (scan_of(good.sha256), scan_of(bad.sha256)) == ("clean", "infected")
    queries.require_clean(good.sha256)
    with pytest.raises(NotAllowed):
        queries.require_clean(bad.sha256)


def _accepted_unseen(settings, *files):
    works, settings.CLAMD, settings.CLAMD_DOWN = settings.CLAMD, "127.0.0.1:9", "accept"
    kept = [actions.keep(data, now=NOW) for data in files]
    settings.CLAMD = works
    return kept


def test_what_waits_lets_a_city_without_a_scanner_alone(settings, clamd):
    (kept,) = _accepted_unseen(settings, GOOD)
    settings.CLAMD = ""
    assert media.scan_waiting() == 0
    assert scan_of(kept.sha256) == "waiting"


def test_what_was_erased_meanwhile_waits_no_longer(settings, clamd):
    gone, kept = _accepted_unseen(settings, GOOD, picture(30, 30))
    storage.original_path(gone.sha256).unlink()
    media.scan_waiting()
    assert (scan_of(gone.sha256), scan_of(kept.sha256)) == ("", "clean")


def test_a_file_too_large_for_the_scanner_holds_up_no_other(settings, clamd, monkeypatch):
    large, kept = _accepted_unseen(settings, GOOD, picture(30, 30))
    is_infected = scanner.is_infected

    def asked(data):
        clamd.answer = b"INSTREAM size limit exceeded. ERROR" if data == GOOD else None
        return is_infected(data)

    monkeypatch.setattr(scanner, "is_infected", asked)
    media.scan_waiting()
    assert (scan_of(large.sha256), scan_of(kept.sha256)) == ("waiting", "clean")
