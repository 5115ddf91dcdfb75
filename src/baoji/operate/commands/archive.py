"""A backup: one tar file with the database, the files, the copied heads and a manifest of what must be in it."""

import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from baoji.operate.commands.tools import require_success, tool
from baoji.operate.errors import Trouble

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
HEADS = "journal/heads.log"
KEY = "secret.key"
# With which the city signs tickets, receipts and exports of evidence; without them it would begin anew with others.
SIGNING = ("keys/server.pem", "keys/manifests.pem")
FILE = re.compile(r"files/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")
# The small copies of a photo whose original was erased: they are all that is left of it.
COPY = re.compile(r"copies/(?:320|1600)/([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{60}\.jpg")
CHUNK = 1024 * 1024


@dataclass
class Manifest:
    """What the database held in the one moment that the backup shows, and what is in the backup."""

    version: str
    made_at: str
    server: int
    tables: dict[str, int]
    migrations: list[str]
    head: list[Any] | None
    format: int = FORMAT
    dump_sha256: str = ""
    files: int = 0
    file_bytes: int = 0
    missing_files: list[str] = field(default_factory=list)
    erased_files: int = 0  # originals whose time was over: the journal says so, and they are not missing
    copies: int = 0  # small copies of those
    copies_sha256: str = ""  # over the name and the SHA-256 of each, as they follow each other
    has_key: bool = False
    small: dict[str, str] | None = (
        None  # SHA-256 of the members that are neither dump nor photo; None in backups of before
    )

    def as_bytes(self) -> bytes:
        """As it stands in the backup."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)


class Copies:
    """How many small copies there are, and a digest over them: too many for the manifest to name each."""

    def __init__(self) -> None:
        self.count = 0
        self._whole = sha256()

    def take(self, name: str, hash_: str) -> None:
        self.count += 1
        self._whole.update(f"{name} {hash_}\n".encode())

    @property
    def sha256(self) -> str:
        return self._whole.hexdigest() if self.count else ""


class Packer:
    """Adds to a backup that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see `close`
        self.small: dict[str, str] = {}
        self.copies = Copies()

    def close(self) -> None:
        self._tar.close()

    def add_small(self, name: str, data: bytes) -> None:
        """A small member; its hash is for the manifest."""
        self.small[name] = sha256(data).hexdigest()
        self.add_bytes(name, data)

    def add_copy(self, name: str, path: Path) -> None:
        """A small copy of an erased photo."""
        data = path.read_bytes()
        self.copies.take(name, sha256(data).hexdigest())
        self.add_bytes(name, data)

    def add_bytes(self, name: str, data: bytes) -> None:
        self._add(name, BytesIO(data), len(data))

    def add_file(self, name: str, path: Path) -> int:
        """Adds a file under this name; its size in bytes."""
        with path.open("rb") as file:
            size = path.stat().st_size
            self._add(name, file, size)
        return size

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(time.time())
        self._tar.addfile(member, file)


@dataclass(frozen=True)
class Checked:
    """A backup that was read through from its first to its last byte, and the table of contents of its dump."""

    path: Path
    manifest: Manifest
    contents: str


def check(path: Path) -> Checked:
    """Raises `Trouble` when anything in the backup is not what its manifest or its name says."""
    try:
        with tarfile.open(path, "r:") as tar:
            return _check(path, tar)
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise Trouble(f"{path} is not a whole backup: {error}.") from error
    except FileNotFoundError as error:
        raise Trouble(f"There is no file {path}.") from error


class Reading:
    """What was seen of a backup so far."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path, self.tar = path, tar
        self.manifest: Manifest | None = None
        self.hashes: dict[str, str] = {}
        self.files = 0
        self.copies = Copies()

    def take(self, member: tarfile.TarInfo) -> None:
        """Reads one member through and remembers its hash; a stored file is called by its own."""
        name = member.name
        if not member.isfile() or not (
            name in {DUMP, MANIFEST, HEADS, KEY, *SIGNING} or FILE.fullmatch(name) or COPY.fullmatch(name)
        ):
            raise Trouble(f"{self.path} is not a backup of ours: it holds {name!r}.")
        data = _content(self.tar, member)
        if name == MANIFEST:
            self.manifest = _manifest(self.path, data.read())
            return
        if COPY.fullmatch(name):
            self.copies.take(name, digest(data))
            return
        self.hashes[name] = digest(data)
        if FILE.fullmatch(name):
            self.files += 1
            if self.hashes.pop(name) != Path(name).name:
                raise Trouble(f"{self.path} is damaged: {name} is not what it was.")


def _manifest(path: Path, data: bytes) -> Manifest:
    try:
        found = TypeAdapter(Manifest).validate_json(data)
    except ValidationError as error:
        raise Trouble(f"{path} is damaged: its manifest is not one that a backup has.") from error
    if found.format != FORMAT:
        raise Trouble(f"{path} has format {found.format}; this version reads format {FORMAT}.")
    return found


def _check(path: Path, tar: tarfile.TarFile) -> Checked:
    seen = Reading(path, tar)
    for member in tar:
        seen.take(member)
    manifest = seen.manifest
    if manifest is None:
        raise Trouble(f"{path} is not a whole backup: it has no manifest.")
    small, told = {name: hash_ for name, hash_ in seen.hashes.items() if name != DUMP}, manifest.small
    if told is not None and (odd := sorted(dict(small.items() ^ told.items()))):
        raise Trouble(f"{path} is damaged: {odd[0]} is not what it was.")
    if seen.hashes.get(DUMP) != manifest.dump_sha256 or seen.files != manifest.files:
        raise Trouble(f"{path} is damaged: the database or a file in it is not what the manifest says.")
    if (seen.copies.count, seen.copies.sha256) != (manifest.copies, manifest.copies_sha256):
        raise Trouble(f"{path} is damaged: the small copies in it are not what the manifest says.")
    return Checked(path, manifest, _contents(tar, manifest.server))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo | str) -> IO[bytes]:
    data = tar.extractfile(member)
    if data is None:
        raise Trouble(f"The backup's {member} cannot be read.")
    return data


def digest(data: IO[bytes]) -> str:
    """The SHA-256 of what is left to read, a piece at a time: a dump is larger than memory."""
    hash_ = sha256()
    while chunk := data.read(CHUNK):
        hash_.update(chunk)
    return hash_.hexdigest()


def _contents(tar: tarfile.TarFile, server: int) -> str:
    return feed([tool("pg_restore", server), "--list"], None, _content(tar, DUMP), "The dump cannot be read")


def feed(argv: list[str], env: dict[str, str] | None, data: IO[bytes], what: str) -> str:
    """Runs a program with data on its standard input; what it printed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        running = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE, stdout=out, stderr=err)
        assert running.stdin is not None
        try:
            shutil.copyfileobj(data, running.stdin, CHUNK)
            running.stdin.close()
        except BrokenPipeError:
            pass  # it has read enough, or it failed and says why
        code = running.wait()
        out.seek(0)
        err.seek(0)
        require_success(code, err.read().decode(errors="replace"), what)
        return out.read().decode()


@contextmanager
def dump_of(checked: Checked) -> Iterator[IO[bytes]]:
    """The database's dump, open for reading."""
    with tarfile.open(checked.path, "r:") as tar:
        yield _content(tar, DUMP)


def files_of(checked: Checked) -> Iterator[tuple[str, bytes]]:
    """Hash and content of each file, one after the other."""
    with tarfile.open(checked.path, "r:") as tar:
        for member in tar:
            if FILE.fullmatch(member.name):
                yield Path(member.name).name, _content(tar, member).read()


def copies_of(checked: Checked) -> Iterator[tuple[str, bytes]]:
    """Name below the data directory and content of each small copy, one after the other."""
    with tarfile.open(checked.path, "r:") as tar:
        for member in tar:
            if COPY.fullmatch(member.name):
                yield member.name, _content(tar, member).read()


def text_of(checked: Checked, name: str) -> bytes | None:
    """A small member of the backup whole, or None when it holds none of that name."""
    with tarfile.open(checked.path, "r:") as tar:
        return _content(tar, name).read() if name in tar.getnames() else None
