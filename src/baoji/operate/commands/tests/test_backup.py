"""A backup brought back into an empty database is the same, table by table and file by file."""

import errno
import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from django.db import connection

from baoji.kernel.audit import actions as audit_actions
from baoji.kernel.audit.queries import heads_path
from baoji.kernel.audit.tests.scratch import link_all, url_of
from baoji.kernel.evidence.keys import ROLES, _read, path_of, signing_key
from baoji.kernel.records import renditions, storage
from baoji.operate.commands import archive, backup, restore
from baoji.operate.commands.tests.conftest import NOW
from baoji.operate.commands.tools import TABLES, address
from baoji.operate.errors import Trouble

pytestmark = pytest.mark.slow


@pytest.fixture
def empty_url(own_db) -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_back"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    yield url_of(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def saved(sealed_town, owner_url, tmp_path) -> Path:
    path = tmp_path / "town.tar"
    backup.back_up(path, owner_url, key="secret")
    return path


def content(url: str) -> dict[str, list]:
    """Every row of every table."""
    with psycopg.connect(url, options="-c timezone=UTC") as own:
        names = [row[0] for row in own.execute(TABLES)]
        return {name: sorted(str(row) for row in own.execute(f"SELECT * FROM {name}")) for name in names}


def shape(url: str) -> list[str]:
    """Columns, indexes, constraints, triggers and functions."""
    with psycopg.connect(url) as own:
        rows = own.execute("""
            SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(column_default, '') || coalesce(generation_expression, '')
              FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace""")
        # A restored condition casts each word of a list where the first one cast the list: the same in other words.
        return sorted(re.sub(r"::[a-z ]+(\[\])?|[()]", "", row[0]) for row in rows)


def test_what_is_restored_is_the_same_table_by_table(saved, owner_url, empty_url, settings, tmp_path):
    originals = {path.name: path.read_bytes() for path in storage.originals()}
    before, built = content(owner_url), shape(owner_url)
    settings.DATA = tmp_path / "elsewhere"
    assert restore.bring_back(archive.check(saved), empty_url)
    after = content(empty_url)
    # The restore itself is told in the global chain: one link closes the old count, one opens the new.
    assert len(after.pop("audit_seal")) == len(before.pop("audit_seal")) + 2
    assert after == before
    assert shape(empty_url) == built
    assert {path.name: path.read_bytes() for path in storage.originals()} == originals
    assert len(originals) == 10
    assert (settings.DATA / "journal" / "heads.log").exists()


def test_the_restored_town_goes_on(saved, empty_url, settings, tmp_path):
    """New entries are sealed, and the application's role is held to its rights."""
    settings.DATA = tmp_path / "elsewhere"
    restore.bring_back(archive.check(saved), empty_url)
    with psycopg.connect(empty_url, autocommit=True) as own:
        own.execute("SELECT audit_append('town.thing', 1, now(), NULL, 'open', '{}')")
        while own.execute("SELECT audit_seal_finished()").fetchone() != (1,):
            pass
        if not own.execute("SELECT 1 FROM pg_roles WHERE rolname = 'baoji_app'").fetchone():
            own.execute("CREATE ROLE baoji_app")
            restore.grant(own)
        assert own.execute("SELECT has_table_privilege('baoji_app', 'audit_entry', 'UPDATE')").fetchone() == (
            False,
        )
        assert own.execute("SELECT has_table_privilege('baoji_app', 'flow_case', 'UPDATE')").fetchone() == (
            True,
        )
    with restore.reading(empty_url) as outside:
        assert restore.verified(outside).findings == []


def test_the_empty_tables_of_a_fresh_installation_are_no_hindrance(
    saved, empty_url, owner_url, settings, tmp_path
):
    """`./dev` makes the tables when it makes the database."""
    settings.DATA = tmp_path / "elsewhere"
    with psycopg.connect(empty_url, autocommit=True) as own:
        own.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        own.execute("CREATE TABLE flow_case (id int)")
        own.execute("CREATE TYPE procrastinate_job_status AS ENUM ('x')")
        own.execute("CREATE FUNCTION audit_refuse_change() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert restore.bring_back(archive.check(saved), empty_url)


def test_what_a_worker_notes_in_an_empty_city_is_no_hindrance(saved, empty_url, settings, tmp_path):
    settings.DATA = tmp_path / "elsewhere"
    with psycopg.connect(empty_url, autocommit=True) as own:
        own.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        for table in restore.NOTED_BY_THE_WORKER:
            own.execute(f"CREATE TABLE {table} (id int)")
            own.execute(f"INSERT INTO {table} VALUES (1)")
    assert restore.bring_back(archive.check(saved), empty_url)


def test_a_city_that_runs_is_not_restored_over(saved, empty_url, settings, tmp_path, monkeypatch):
    settings.DATA = tmp_path / "elsewhere"
    monkeypatch.setattr(restore, "LEAVING_S", 0.2)
    with (
        psycopg.connect(empty_url),
        pytest.raises(Trouble, match=r"in use \(1 connections\): end the city first, with \./dev down"),
    ):
        restore.bring_back(archive.check(saved), empty_url)
    assert content(empty_url) == {}


def test_a_database_with_anything_in_it_is_left_alone(saved, owner_url, settings, tmp_path):
    before = content(owner_url)
    settings.DATA = tmp_path / "elsewhere"
    with pytest.raises(Trouble, match=r"not empty: audit_entry holds 15 rows\. Nothing was restored\."):
        restore.bring_back(archive.check(saved), owner_url)
    assert content(owner_url) == before
    assert not storage.root().exists()


def test_a_journal_tampered_with_before_the_backup_is_found_when_it_is_restored(
    sealed_town, tamper, owner_url, empty_url, settings, tmp_path
):
    tamper(f"UPDATE flow_record SET opinion = 'x' WHERE case_id = {sealed_town[0].pk} AND n = 2")
    path = tmp_path / "town.tar"
    backup.back_up(path, owner_url)
    settings.DATA = tmp_path / "elsewhere"
    assert not restore.bring_back(archive.check(path), empty_url)


def test_the_commands_by_their_names(sealed_town, owner_url, empty_url, settings, tmp_path):
    done = CliRunner().invoke(backup.command, [str(tmp_path), "--with-key"])
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.glob("baoji-*.tar")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "10 files; read through, whole." in done.output
    settings.DATA, settings.DATABASE_OWNER_URL = tmp_path / "elsewhere", empty_url
    back = CliRunner().invoke(restore.command, [str(path), "--with-key"])
    assert back.exit_code == 0, back.output
    assert "The journal is as it was written." in back.output
    assert (settings.DATA / "secret.key").read_text() == settings.SECRET_KEY
    assert (settings.DATA / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_trial_touches_nothing_of_this_city(sealed_town, owner_url, empty_url, settings, tmp_path):
    for role in ROLES:
        signing_key(role)
    CliRunner().invoke(backup.command, [str(tmp_path), "--with-key"])
    (path,) = tmp_path.glob("baoji-*.tar")
    here = Path(settings.DATA)
    (erased, *_others) = storage.originals()
    erased.unlink()
    heads_path().write_text(heads_path().read_text() + f"2026-03-02T10:00:00+00:00 999999 {'ab' * 32} 3\n")
    before = {file: file.read_bytes() for file in here.rglob("*") if file.is_file()}
    tried = CliRunner().invoke(restore.command, [str(path), "--into", empty_url])
    assert tried.exit_code == 0, tried.output
    assert "The journal is as it was written." in tried.output and "This was a trial" in tried.output
    assert {file: file.read_bytes() for file in here.rglob("*") if file.is_file()} == before
    assert here == settings.DATA and not list(here.glob("trial-*"))
    refused = CliRunner().invoke(restore.command, [str(path), "--into", empty_url, "--with-key"])
    assert refused.exit_code != 0 and "takes no key" in str(refused.exception)
    settings.DATABASE_OWNER_URL = empty_url
    refused = CliRunner().invoke(restore.command, [str(path), "--into", empty_url])
    assert refused.exit_code != 0 and "own database" in str(refused.exception)


def test_what_is_there_is_kept_aside_not_overwritten(saved, empty_url, settings, tmp_path):
    settings.DATA = tmp_path / "elsewhere"
    (settings.DATA / "journal").mkdir(parents=True)
    (settings.DATA / "journal" / "heads.log").write_text("what the old machine copied\n")
    restore.bring_back(archive.check(saved), empty_url)
    (kept,) = (settings.DATA / "journal").glob("heads.log.before-restore-*")
    assert kept.read_text() == "what the old machine copied\n"


def test_a_key_is_saved_only_when_asked(sealed_town, owner_url, tmp_path):
    backup.back_up(tmp_path / "a.tar", owner_url)
    assert archive.text_of(archive.check(tmp_path / "a.tar"), archive.KEY) is None


def test_signing_keys_come_along_and_stay_private(sealed_town, owner_url, empty_url, settings, tmp_path):
    before = {role: signing_key(role).kid for role in ROLES}
    done = CliRunner().invoke(backup.command, [str(tmp_path)])
    assert "whoever has it can sign in the city's name" in done.output
    (path,) = tmp_path.glob("baoji-*.tar")
    settings.DATA = tmp_path / "elsewhere"
    others = {role: signing_key(role).kid for role in ROLES}
    _read.cache_clear()
    settings.DATABASE_OWNER_URL = empty_url
    back = CliRunner().invoke(restore.command, [str(path)])
    assert "The keys with which the city signs evidence were restored" in back.output
    _read.cache_clear()
    assert {role: signing_key(role).kid for role in ROLES} == before != others
    assert {path_of(role).stat().st_mode & 0o777 for role in ROLES} == {0o600}
    assert len(list(path_of("server").parent.glob("server.pem.before-restore-*"))) == 1


def test_a_backup_without_signing_keys_says_so(saved, empty_url, settings, tmp_path, capsys):
    settings.DATA = tmp_path / "elsewhere"
    restore.bring_back(archive.check(saved), empty_url)
    assert "The backup holds no signing keys" in capsys.readouterr().out


def test_heads_newer_than_the_backups_moment_are_not_in_it(sealed_town, owner_url, tmp_path, own_folder):
    log = own_folder / "journal" / "heads.log"
    lines = log.read_text()
    log.write_text(lines + f"2026-03-02T10:00:00+00:00 999999 {'ab' * 32} 3\n")
    backup.back_up(tmp_path / "a.tar", owner_url)
    assert archive.text_of(archive.check(tmp_path / "a.tar"), archive.HEADS).decode() == lines


def test_a_file_that_the_database_names_and_the_folder_lacks_is_said(sealed_town, owner_url, tmp_path):
    next(storage.originals()).unlink()
    done = CliRunner().invoke(backup.command, [str(tmp_path)])
    assert done.exit_code == 1
    assert isinstance(done.exception, Trouble)
    assert "1 files that the database names are not in" in str(done.exception)


MANIFESTS = {"a list": b"[]", "no members": b'{"version": "0.1"}', "not json": b"{"}
CHANGED = {"dump": archive.DUMP, "heads": archive.HEADS, "key": archive.KEY}
LEFT_OUT = {"manifest": archive.MANIFEST, "no heads": archive.HEADS}


def _members(path: Path, change: str) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Of a photo the first one is meant."""
    with tarfile.open(path) as old:
        photo = next(member.name for member in old if member.name.startswith("files/"))
        for member in old:
            data = old.extractfile(member).read()
            if member.name == LEFT_OUT.get(change, photo if change == "less" else ""):
                continue
            if member.name == CHANGED.get(change, photo if change == "photo" else ""):
                data = data[:-1] + b"!"
            if member.name == archive.MANIFEST:
                data = MANIFESTS.get(change, data)
            member.size = len(data)
            yield member, data


def damaged(path: Path, change: str, tmp_path: Path) -> Path:
    """A copy of the backup with one member changed, left out or added."""
    other = tmp_path / "damaged.tar"
    with tarfile.open(other, "w") as new:
        for member, data in _members(path, change):
            new.addfile(member, io.BytesIO(data))
        if change == "path":
            new.addfile(tarfile.TarInfo("../../etc/passwd"), io.BytesIO())
        if change == "link":
            member = tarfile.TarInfo(archive.KEY)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            new.addfile(member)
    return other


@pytest.mark.parametrize(
    "change",
    ["photo", "dump", "less", "heads", "no heads", "key", *MANIFESTS, "manifest", "path", "link"],
)
def test_a_damaged_backup_is_refused_before_anything_is_touched(saved, change, tmp_path):
    with pytest.raises(Trouble, match="damaged|not a whole backup|not a backup of ours") as refused:
        archive.check(damaged(saved, change, tmp_path))
    assert "__init__" not in str(refused.value)


def test_a_signing_key_that_is_not_what_it_was_is_refused(sealed_town, owner_url, tmp_path):
    """Restored, it would leave a city that cannot sign. One of the two may not have been needed yet."""
    signing_key("server")
    path_of("manifests").unlink(missing_ok=True)
    backup.back_up(tmp_path / "town.tar", owner_url)
    archive.check(tmp_path / "town.tar")
    whole = (tmp_path / "town.tar").read_bytes()
    secret = path_of("server").read_bytes()
    (tmp_path / "odd.tar").write_bytes(whole.replace(secret, secret[:60] + b"!" + secret[61:]))
    with pytest.raises(Trouble, match=r"keys/server\.pem is not what it was"):
        archive.check(tmp_path / "odd.tar")


def test_one_signing_key_of_two_is_brought_back_and_said(
    sealed_town, owner_url, empty_url, settings, tmp_path, capsys
):
    signing_key("server")
    path_of("manifests").unlink(missing_ok=True)
    backup.back_up(tmp_path / "town.tar", owner_url)
    settings.DATA = tmp_path / "elsewhere"
    restore.bring_back(archive.check(tmp_path / "town.tar"), empty_url)
    said = capsys.readouterr().out
    assert "evidence were restored" in said and "no signing keys" not in said


def test_a_backup_cut_short_or_none_at_all_is_refused(saved, tmp_path):
    short = tmp_path / "short.tar"
    short.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
    for path in (short, tmp_path / "nowhere.tar", tmp_path / "empty.tar"):
        (tmp_path / "empty.tar").write_bytes(b"")
        with pytest.raises(Trouble):
            archive.check(path)


def test_a_backup_that_fails_leaves_nothing_and_overwrites_nothing(
    sealed_town, owner_url, tmp_path, monkeypatch
):
    there = tmp_path / "there.tar"
    there.write_text("an older backup")
    with pytest.raises(Trouble, match="is there already"):
        backup.target(there, NOW)

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Trouble, match="is full; no backup was made"):
        backup.back_up(tmp_path / "new.tar", owner_url)
    assert sorted(tmp_path.iterdir()) == before


def test_a_backup_shows_one_moment_while_others_write(sealed_town, owner_url, tmp_path, monkeypatch):
    """What is written after the first look is in neither the dump nor the counts."""
    real = backup._dump

    def meanwhile(*args: object) -> None:
        audit_actions.record("town.thing", 1, "open", {}, None, NOW)
        link_all(NOW)
        real(*args)

    monkeypatch.setattr(backup, "_dump", meanwhile)
    manifest = backup.back_up(tmp_path / "a.tar", owner_url)
    assert manifest.tables["audit_entry"] == 15
    assert "town.thing" not in restored_text(tmp_path / "a.tar")


def restored_text(path: Path) -> str:
    with archive.dump_of(archive.check(path)) as dump:
        return archive.feed([backup.tool("pg_restore", 15), "-f", "-"], None, dump, "failed")


def test_the_password_is_not_in_the_process_list():
    words, env = address("postgresql://owner:hush@db.example/baoji")
    assert "hush" not in words
    assert env["PGPASSWORD"] == "hush"


def test_an_original_that_is_erased_while_the_backup_is_made_is_not_missing(
    sealed_town, owner_url, tmp_path, monkeypatch
):
    real, erased = backup._dump, min(storage.originals())

    def meanwhile(*args: object) -> None:
        real(*args)
        with psycopg.connect(owner_url, autocommit=True) as own:
            (file,) = own.execute("SELECT id FROM records_file WHERE sha256 = %s", [erased.name]).fetchone()
            own.execute("SELECT audit_append('records.file', %s, now(), NULL, 'erase', '{}')", [file])
        erased.unlink()

    monkeypatch.setattr(backup, "_dump", meanwhile)
    manifest = backup.back_up(tmp_path / "a.tar", owner_url)
    assert (manifest.erased_files, manifest.missing_files) == (1, [])


def test_what_is_left_of_an_erased_photo_comes_back(sealed_town, owner_url, empty_url, settings, tmp_path):
    """Its small copies are all there is of it."""
    erased = min(storage.originals())
    small = {size: renditions.copy_path(erased.name, size) for size in ("320", "1600", "full")}
    for size, path in small.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(size.encode())
    with psycopg.connect(owner_url, autocommit=True) as own:
        (file,) = own.execute("SELECT id FROM records_file WHERE sha256 = %s", [erased.name]).fetchone()
        own.execute("SELECT audit_append('records.file', %s, now(), NULL, 'erase', '{}')", [file])
    erased.unlink()
    manifest = backup.back_up(tmp_path / "a.tar", owner_url)
    assert (manifest.erased_files, manifest.copies) == (1, 2)
    settings.DATA = tmp_path / "elsewhere"
    assert restore.bring_back(archive.check(tmp_path / "a.tar"), empty_url)
    back = {size: renditions.copy_path(erased.name, size) for size in small}
    assert back["320"].read_bytes() == b"320" and back["1600"].read_bytes() == b"1600"
    assert not back["full"].exists()


def test_a_backup_whose_small_copies_are_not_what_they_were_is_refused(sealed_town, owner_url, tmp_path):
    erased = min(storage.originals())
    copy = renditions.copy_path(erased.name, "320")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(b"the picture that was kept")
    with psycopg.connect(owner_url, autocommit=True) as own:
        (file,) = own.execute("SELECT id FROM records_file WHERE sha256 = %s", [erased.name]).fetchone()
        own.execute("SELECT audit_append('records.file', %s, now(), NULL, 'erase', '{}')", [file])
    erased.unlink()
    made = tmp_path / "a.tar"
    backup.back_up(made, owner_url)
    made.write_bytes(made.read_bytes().replace(b"the picture that was kept", b"the picture that was made"))
    with pytest.raises(Trouble, match="the small copies in it"):
        archive.check(made)


def test_an_erased_original_is_called_erased_and_a_lost_one_missing(
    sealed_town, owner_url, empty_url, settings, tmp_path
):
    erased, lost = sorted(storage.originals())[:2]
    with psycopg.connect(owner_url, autocommit=True) as own:
        (file,) = own.execute("SELECT id FROM records_file WHERE sha256 = %s", [erased.name]).fetchone()
        own.execute("SELECT audit_append('records.file', %s, now(), NULL, 'erase', '{}')", [file])
    erased.unlink()
    whole = CliRunner().invoke(backup.command, [str(tmp_path / "whole.tar")])
    assert whole.exit_code == 0, whole.output
    assert "9 files" in whole.output and "1 originals were erased" in whole.output
    lost.unlink()
    damaged = CliRunner().invoke(backup.command, [str(tmp_path / "damaged.tar")])
    said = str(damaged.exception)
    assert damaged.exit_code != 0 and lost.name in said and erased.name not in said
    settings.DATA = tmp_path / "elsewhere"
    checked = archive.check(tmp_path / "whole.tar")
    assert (checked.manifest.erased_files, checked.manifest.missing_files) == (1, [])
    assert restore.bring_back(checked, empty_url)
