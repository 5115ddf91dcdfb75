"""The exported file: a zip of stored members in which every byte is accounted for, its keys, its signed manifest."""

import re
import struct
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO, NamedTuple

from baoji.kernel.evidence.verification.signed import (
    ENDORSEMENT,
    MANIFEST,
    Wrong,
    canonical,
    fits,
    has_members,
    is_lower,
    kid_of,
    parsed,
    public_key,
    shaped,
    unbase64,
)

FORMAT = "baoji-evidence/1"
LOCAL, CENTRAL, END = "<4s5H3L2H", "<4s6H3L5H2L", "<4s4H2LH"
NAME = re.compile(
    r"(manifest|head)\.(json|sig)|(case|keys)\.json|(records|journal|links)\.jsonl|heads\.txt|VERIFY\.md"
    r"|(envelopes|receipts)/[0-9a-f]{64}\.(json|sig)|photos/[0-9a-f]{64}\.[a-z0-9]{3,4}"
)
MOST_TEXT = 512 * 1024**2
# What is read before any signature was checked, or by the hundred, must be small: a file of somebody else's may be made to fill the memory.
MOST_OF = {"manifest.json": 64 * 1024**2, "keys.json": 16 * 1024**2, "head.json": 64 * 1024**2}
MOST_SIGNED, MOST_SIGNATURE = 1024**2, 1024
LISTED = {"name": str, "size": int, "sha256": str}
UNLISTED = ["manifest.json", "manifest.sig"]
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}
CHUNK = 1024 * 1024


@dataclass
class Verdict:
    """`lines` is what to print; nothing in `failures` means that everything holds."""

    failures: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.failures

    def fail(self, text: str) -> None:
        self.failures.append(text)

    def expect(self, holds: bool, text: str) -> None:
        if not holds:
            self.fail(text)


class Member(NamedTuple):
    offset: int
    size: int
    sha256: str


class Container:
    """A zip file of stored members and nothing else: every byte of it is accounted for, so that none can be altered."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.members: dict[str, Member] = {}
        directory = bytearray()
        at = 0
        if self._peek(0) not in {b"PK\x03\x04", b"PK\x05\x06"}:
            raise Wrong("this file is not a zip file, and so no evidence export")
        while self._peek(at) == b"PK\x03\x04":
            at = self._take(at, directory)
        end = struct.pack(
            END, b"PK\x05\x06", 0, 0, len(self.members), len(self.members), len(directory), at, 0
        )
        file.seek(at)
        if file.read(len(directory) + len(end) + 1) != bytes(directory) + end:
            raise Wrong("the zip file's directory is not that of its members")

    def _peek(self, at: int) -> bytes:
        self.file.seek(at)
        return self.file.read(4)

    def _take(self, at: int, directory: bytearray) -> int:
        """Reads one member, adds its line of the directory; where the next one begins."""
        self.file.seek(at)
        head = self.file.read(struct.calcsize(LOCAL))
        if len(head) < struct.calcsize(LOCAL):
            raise Wrong("the file is cut short")
        *fixed, crc, size, whole, length, extra = struct.unpack(LOCAL, head)
        raw = self.file.read(length)
        name = raw.decode("ascii", "replace")
        if fixed != [b"PK\x03\x04", 20, 0, 0, 0, 33] or size != whole or extra:
            raise Wrong(f"{name}: not a plainly stored member")
        if not NAME.fullmatch(name) or name in self.members:
            raise Wrong(f"{name!r}: not a name of ours, or there twice")
        start = at + len(head) + length
        digest, found = self._digest(size)
        if found != crc:
            raise Wrong(f"{name}: damaged")
        self.members[name] = Member(start, size, digest)
        directory += struct.pack(
            CENTRAL,
            b"PK\x01\x02",
            20 | 3 << 8,
            *fixed[1:],
            crc,
            size,
            size,
            length,
            0,
            0,
            0,
            0,
            0o600 << 16,
            at,
        )
        directory += raw
        return int(start + size)

    def _digest(self, size: int) -> tuple[str, int]:
        hash_, crc = sha256(), 0
        while size:
            part = self.file.read(min(CHUNK, size))
            if not part:
                raise Wrong("the file is cut short")
            hash_.update(part)
            crc = zlib.crc32(part, crc)
            size -= len(part)
        return hash_.hexdigest(), crc

    def read(self, name: str) -> bytes:
        member = self.members.get(name)
        if member is None:
            raise Wrong(f"{name} is missing")
        if member.size > most_of(name):
            raise Wrong(f"{name} is too large")
        self.file.seek(member.offset)
        return self.file.read(member.size)

    def beginning(self, name: str) -> bytes:
        """The first bytes of a member, which tell its type."""
        self.file.seek(self.members[name].offset)
        return self.file.read(min(16, self.members[name].size))

    def json(self, name: str) -> Any:
        return _parsed(self.read(name), name)

    def lines(self, name: str) -> list[Any]:
        text = self.read(name)
        if text and not text.endswith(b"\n"):
            raise Wrong(f"{name}: the last line is cut short")
        return [_parsed(line, f"{name}, line {at}") for at, line in enumerate(text.split(b"\n")[:-1], 1)]

    def signature(self, name: str) -> bytes:
        return unbase64(self.read(name).decode("ascii", "replace"))

    def signed_texts(self, folder: str) -> list[str]:
        """The stems of a folder's members, each of which is a text with its signature."""
        stems = [name[len(folder) + 1 :].split(".") for name in self.members if name.startswith(f"{folder}/")]
        texts, signatures = ([stem for stem, ending in stems if ending == kind] for kind in ("json", "sig"))
        if sorted(texts) != sorted(signatures):
            raise Wrong(f"{folder}: a signature without its text, or a text without it")
        return texts


def _parsed(data: bytes, where: str) -> Any:
    try:
        return parsed(data)
    except Wrong as wrong:
        raise Wrong(f"{where}: {wrong}") from wrong


def most_of(name: str) -> int:
    """How many bytes a text of this name may have."""
    if name.endswith(".sig"):
        return MOST_SIGNATURE
    return MOST_SIGNED if "/" in name else MOST_OF.get(name, MOST_TEXT)


def original_name(file: dict[str, Any]) -> str:
    """Where the original of a file in case.json stands."""
    return f"photos/{file['sha256']}.{ENDINGS.get(file['mime'], 'bin')}"


class Keys:
    """Public keys by fingerprint and role. A role is bound to its key: no key has two."""

    def __init__(self, container: Container, pinned: frozenset[str]) -> None:
        given = has_members(
            container.json("keys.json"), {"v": int, "keys": list, "endorsement": dict}, {}, "keys.json"
        )
        self.pinned = pinned
        self.spki: dict[str, bytes] = {}
        self.role: dict[str, str] = {}
        for at, key in enumerate(given["keys"], 1):
            has_members(key, {"kid": str, "role": str, "spki": str}, {}, f"keys.json: key {at}")
            spki = unbase64(key["spki"])
            public_key(spki)
            if kid_of(spki) != key["kid"] or key["kid"] in self.spki:
                raise Wrong(f"keys.json: {key['kid']} is not that key's fingerprint, or stands there twice")
            self.spki[key["kid"]], self.role[key["kid"]] = spki, key["role"]
        if not set(self.role.values()) <= {"server", "manifests", "device"}:
            raise Wrong("keys.json: unknown roles")
        self.endorsement = has_members(
            given["endorsement"], {"body": dict, "sig": str}, {}, "keys.json: the endorsement"
        )

    def server(self, kid: str) -> bytes:
        """A server key that may be believed: if keys were pinned, one of them."""
        if self.role.get(kid) != "server":
            raise Wrong(f"{kid[:16]}… is no server key of this export")
        if self.pinned and kid not in self.pinned:
            raise Wrong(f"signed by the server key {kid[:16]}…, which is not one you gave with --key")
        return self.spki[kid]

    def manifests(self, kid: str) -> bytes:
        """The manifest key, which a server key must have endorsed."""
        body = shaped(self.endorsement["body"], ENDORSEMENT, "keys.json: the endorsement's body")
        holds = fits(self.server(body["skid"]), canonical(body), unbase64(self.endorsement["sig"]))
        if (
            not holds
            or body["role"] != "manifests"
            or body["kid"] != kid
            or self.role.get(kid) != "manifests"
        ):
            raise Wrong("the manifest's key is not endorsed by the server's key")
        return self.spki[kid]


def check_manifest(container: Container, keys: Keys) -> dict[str, Any]:
    data = container.read("manifest.json")
    manifest = shaped(container.json("manifest.json"), MANIFEST, "manifest.json")
    if manifest["format"] != FORMAT:
        raise Wrong("manifest.json: not of this format")
    sig = container.signature("manifest.sig")
    if not (fits(keys.manifests(manifest["kid"]), data, sig) and is_lower(sig)):
        raise Wrong("the manifest's signature does not fit")
    for at, one in enumerate(manifest["files"], 1):
        has_members(one, LISTED, {}, f"manifest.json: file {at}")
    told = [(one["name"], one["size"], one["sha256"]) for one in manifest["files"]]
    here = [
        (name, member.size, member.sha256)
        for name, member in sorted(container.members.items())
        if name not in UNLISTED
    ]
    if told != here:
        differ = sorted({one[0] for one in set(told) ^ set(here)})
        raise Wrong(f"the manifest lists other files: {', '.join(differ[:5]) or 'in another order'}")
    if list(container.members) != [*UNLISTED, *(name for name, _size, _hash in told)]:
        raise Wrong("the members stand in another order than the manifest lists them")
    return manifest
