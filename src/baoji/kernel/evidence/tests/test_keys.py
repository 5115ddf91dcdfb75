"""The city's keys: made once, also by many at once; private; what they signed stays provable after they were replaced."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.town import NOW, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.evidence import actions
from baoji.kernel.evidence.keys import _read, fingerprint, known_key, path_of, server_spki, signing_key
from baoji.kernel.evidence.models import ServerKey
from baoji.kernel.evidence.tests.phone import Phone

SRC = str(Path(__file__).parents[4])


@pytest.mark.slow
def test_many_processes_at_once_make_one_key(tmp_path: Path) -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'baoji.config.settings.test'; django.setup();"
        "from baoji.kernel.evidence.keys import signing_key; sys.stdin.read(1);"
        "print(signing_key('server').kid, signing_key('manifests').kid)"
    )
    env = {"PYTHONPATH": SRC, "BAOJI_DATA": str(tmp_path), "PATH": "/usr/bin"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )
        for _n in range(6)
    ]
    said = {process.communicate("x")[0] for process in running}
    assert len(said) == 1
    server, manifests = said.pop().split()
    assert server != manifests
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["manifests.pem", "server.pem"]
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_keys_are_private_and_apart(own_folder: Path) -> None:
    assert signing_key("server").kid != signing_key("manifests").kid
    assert {path_of(role).stat().st_mode & 0o777 for role in ("server", "manifests")} == {0o600}
    assert fingerprint().replace(" ", "") == signing_key("server").kid


@pytest.mark.django_db
def test_a_key_is_written_down_once_with_its_journal_line() -> None:
    for _n in range(2):
        key = known_key("server", NOW)
    row = ServerKey.objects.get(kid=key.kid)
    assert Entry.objects.filter(subject="evidence.key", subject_id=row.pk, verb="begin").count() == 1


@pytest.mark.django_db
def test_tickets_of_a_replaced_key_are_still_ours() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    old = signing_key("server").kid
    path_of("server").unlink()
    _read.cache_clear()
    assert signing_key("server").kid != old and server_spki(old) is not None
    assert phone.send(phone.shoot(NOW), NOW).proof == "proven"


@pytest.mark.django_db
def test_the_manifest_key_signs_no_tickets() -> None:
    known_key("manifests", NOW)
    assert server_spki(signing_key("manifests").kid) is None
    assert server_spki("0" * 64) is None


@pytest.mark.django_db
def test_a_ticket_names_the_journals_head() -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    ticket = phone.contact(NOW).ticket
    assert ticket is not None
    assert ticket["body"]["skid"] == signing_key("server").kid
    assert set(ticket["body"]) == {
        "v", "kid", "id", "issued", "not_after", "jn", "jhead", "seen_seq", "seen_hash", "skid"
    }  # fmt: skip
    assert actions.receipt([], number="T1", report="r", now=NOW)["body"]["skid"] == ticket["body"]["skid"]
