"""Canonical bytes, P-256 signatures, and the shapes of what is signed. Standard library and `cryptography` only.

Canonical JSON here is RFC 8785 over integers, ASCII keys and no nulls: what `json.dumps` writes with sorted keys and
no spaces. Bytes are signed and kept; their form is checked and never made anew.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ZEROS = "0" * 64  # what the first envelope of a device names as its predecessor
HEX = re.compile(r"[0-9a-f]{64}")
MOST_INTEGER = 2**53 - 1
MOST_NAME = 40
MOST_DEPTH = 100  # arrays and objects within each other
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, 2.4.2)
KINDS = frozenset({"photo", "voice", "positions", "discard", "report"})


class Wrong(Exception):
    """Something is not as the format says it must be."""


# ---- canonical form and signatures ------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def parsed(data: bytes) -> Any:
    """The value of canonical bytes. Raises `Wrong` for anything else: floats, nulls, doubled keys, other spellings."""
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=unique_members, parse_float=_refuse, parse_constant=_refuse
        )
        _require_plain(value)
        same = canonical(value) == data
    except RecursionError as fault:
        raise Wrong(f"not canonical JSON: {TOO_DEEP}") from fault
    except ValueError as fault:
        raise Wrong(f"not canonical JSON: {fault}") from fault
    if not same:
        raise Wrong("not canonical JSON: written otherwise than the canonical form")
    return value


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's members, none of them twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    if not all(key.isascii() for key in found):
        raise ValueError("a key is not ASCII")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not an integer")


TOO_DEEP = f"nested more than {MOST_DEPTH} deep"


def _require_plain(value: Any, depth: int = 0) -> None:
    if value is None:
        raise ValueError("null")
    require_integers(value)
    if isinstance(value, dict | list):
        if depth == MOST_DEPTH:
            raise ValueError(TOO_DEEP)
        for inner in value.values() if isinstance(value, dict) else value:
            _require_plain(inner, depth + 1)


def require_integers(*values: Any) -> None:
    """Raises ValueError for a number that not every reader has exactly."""
    if any(isinstance(value, int) and abs(value) > MOST_INTEGER for value in values):
        raise ValueError("an integer beyond 2^53")


def kid_of(spki: bytes) -> str:
    return hashlib.sha256(spki).hexdigest()


def public_key(spki: bytes) -> ec.EllipticCurvePublicKey:
    """Raises `Wrong` unless these are the usual DER bytes of a P-256 key."""
    try:
        key = serialization.load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as fault:  # the latter: of a kind that nobody here knows
        raise Wrong("not a public key") from fault
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Wrong("not a P-256 key")
    usual = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if usual != spki:
        raise Wrong("a public key in an unusual encoding")
    return key


def fits(spki: bytes, data: bytes, sig: bytes) -> bool:
    """Whether `sig` (r‖s, 64 bytes) is the key's ECDSA-SHA-256 signature of the data."""
    if len(sig) != 64:
        return False
    r, s = int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big")
    try:
        public_key(spki).verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_lower(sig: bytes) -> bool:
    """Whether this is the one with the smaller s of the two signatures that whoever holds one of them can write."""
    return int.from_bytes(sig[32:], "big") <= ORDER // 2


def unbase64(text: Any) -> bytes:
    """Only as an encoder writes it: the last letter has bits that no byte needs."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError) as fault:
        raise Wrong("not base64") from fault
    if base64.b64encode(found) != (text.encode() if isinstance(text, str) else bytes(text)):
        raise Wrong("base64 written otherwise than an encoder does")
    return found


# ---- what is signed ---------------------------------------------------------------------------------

TICKET = {
    "v": int, "kid": str, "id": str, "issued": int, "not_after": int, "jn": int, "jhead": str, "seen_seq": int,
    "seen_hash": str, "skid": str,
}  # fmt: skip
RECEIPT = {
    "v": int,
    "envelopes": list,
    "kid": str,
    "received": int,
    "number": str,
    "report": str,
    "skid": str,
}
MANIFEST = {"v": int, "format": str, "number": str, "made_at": int, "kid": str, "files": list}
ENDORSEMENT = {"v": int, "role": str, "kid": str, "at": int, "skid": str}
STATEMENT = {"v": int, "number": str, "at": int, "chains": list, "links": list, "texts": list, "skid": str}
ENVELOPE = {"v": int, "kind": str, "kid": str, "seq": int, "prev": str, "at": int}
CONTENT = {"sha256": str, "size": int, "mime": str}
OPTIONAL = {
    "sha256": str, "size": int, "mime": str, "mono": int, "page": str, "lat7": int, "lon7": int, "acc_dm": int,
    "fix_at": int, "source": str, "w": int, "h": int, "report": str, "task": str, "role": str, "ticket": dict,
    "ext": dict,
}  # fmt: skip


# Member → its type, or those it may have.
Shape = Mapping[str, type | tuple[type, ...]]


def shaped(value: Any, shape: Shape, what: str) -> dict[str, Any]:
    """An object with exactly these members."""
    return has_members(value, shape, {}, what)


def has_members(value: Any, needed: Shape, more: Shape, what: str) -> dict[str, Any]:
    """An object with the members `needed`, perhaps some of `more`, and no others; of version 1 where it has one."""
    if not isinstance(value, dict):
        raise Wrong(f"{what}: no object")
    lacking, surplus = needed.keys() - value.keys(), value.keys() - needed.keys() - more.keys()
    if lacking or surplus:
        told = [*(f"without {_short(name)}" for name in sorted(lacking))]
        told += [f"with {_short(name)} besides" for name in sorted(surplus)]
        raise Wrong(f"{what}: other members than those of the format: {', '.join(told[:5])}")
    _typed(value, {**needed, **more}, what)
    if value.get("v", 1) != 1:
        raise Wrong(f"{what}: version {value['v']}")
    return value


def _short(name: str) -> str:
    """A member's name may be anybody's, and as long as they like."""
    return name if len(name) <= MOST_NAME else f"{name[:MOST_NAME]}…"


def _typed(value: dict[str, Any], shape: Shape, what: str) -> None:
    for name, kind in shape.items():
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if name in value and type(value[name]) not in kinds:
            raise Wrong(f"{what}: {name} is no {' or '.join(one.__name__ for one in kinds)}")


def require_hashes(values: Iterable[Any], what: str) -> None:
    """That each is 64 letters of lower-case hex."""
    for value in values:
        if not isinstance(value, str) or not HEX.fullmatch(value):
            raise Wrong(f"{what}: what should be a SHA-256 is none")


def envelope(data: bytes) -> dict[str, Any]:
    """The members of an envelope's bytes; those this version does not know are signed and ignored."""
    value = parsed(data)
    needed = ENVELOPE | (
        CONTENT if isinstance(value, dict) and value.get("kind") in {"photo", "voice"} else {}
    )
    if not isinstance(value, dict) or not value.keys() >= needed.keys():
        raise Wrong(f"envelope: without one of {', '.join(needed)}")
    _typed(value, OPTIONAL | ENVELOPE, "envelope")
    if value["v"] != 1 or value["kind"] not in KINDS or value["seq"] < 1:
        raise Wrong("envelope: version, kind or number")
    for name in ("kid", "prev", "sha256"):
        if name in value and not HEX.fullmatch(value[name]):
            raise Wrong(f"envelope: {name} is no SHA-256")
    if (value["seq"] == 1) is not (value["prev"] == ZEROS):
        raise Wrong("envelope: only the first has no predecessor")
    if "ticket" in value:
        _ticket_shape(value["ticket"])
    return value


class About(NamedTuple):
    """A photo or recording: what an envelope says of it, or what it was found to be."""

    sha256: str
    kind: str
    size: int | None
    mime: str

    @classmethod
    def said(cls, said: dict[str, Any]) -> "About":
        return cls(said.get("sha256", ""), said.get("kind", ""), said.get("size"), said.get("mime", ""))

    def is_of(self, found: "About") -> bool:
        """Whether an envelope that says this speaks of what was found."""
        return self[:3] == found[:3] and _is_type(self.mime, found.mime)


# One type, called by several names. What a recorder calls its container depends on the browser: of voice any audio will do.
SAME_TYPE = {"image/jpg": "image/jpeg", "image/heif": "image/heic"}


def _is_type(said: str, found: str) -> bool:
    said = said.partition(";")[0].strip(" \t").lower()
    if found.startswith("audio/"):
        return not said or said.startswith("audio/")
    return not said or SAME_TYPE.get(said, said) == SAME_TYPE.get(found, found)


HEIF = (b"heic", b"heix", b"heim", b"heis", b"mif1")
# How the bytes of a type begin: in one of these ways, each a list of what stands where.
BEGINNINGS: dict[str, list[list[tuple[int, bytes]]]] = {
    "image/jpeg": [[(0, b"\xff\xd8\xff")]],
    "image/png": [[(0, b"\x89PNG\r\n\x1a\n")]],
    "image/webp": [[(0, b"RIFF"), (8, b"WEBP")]],
    "image/heic": [[(4, b"ftyp" + brand)] for brand in HEIF],
    "image/heif": [[(4, b"ftyp" + brand)] for brand in HEIF],
    "audio/webm": [[(0, b"\x1a\x45\xdf\xa3")]],
    "audio/ogg": [[(0, b"OggS")]],
    "audio/mp4": [[(4, b"ftyp")]],
    "audio/aac": [[(0, b"\xff\xf0")], [(0, b"\xff\xf1")], [(0, b"\xff\xf8")], [(0, b"\xff\xf9")]],
    "audio/mpeg": [[(0, b"ID3")], *([(0, bytes((0xFF, b)))] for b in (0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3))],
    "audio/wav": [[(0, b"RIFF"), (8, b"WAVE")]],
}


def begins_like(mime: str, data: bytes) -> bool:
    """Whether bytes begin as a file of this type does; of a type that is not in the table nothing can be said."""
    ways = BEGINNINGS.get(SAME_TYPE.get(mime, mime))
    is_picture = mime == "audio/mp4" and data[8:12] in HEIF
    return (
        ways is None
        or not is_picture
        and any(all(data.startswith(sign, at) for at, sign in way) for way in ways)
    )


def position(said: dict[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude in degrees; None where there is none, or none that lies on the earth."""
    if "lat7" not in said or "lon7" not in said:
        return None
    lon, lat = said["lon7"] / 1e7, said["lat7"] / 1e7
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def accuracy(said: dict[str, Any]) -> float | None:
    """Of a position, in metres; None where none is said, or less than nothing."""
    given = said.get("acc_dm", -1)
    return given / 10 if given >= 0 else None


def _ticket_shape(ticket: dict[str, Any]) -> None:
    if ticket.keys() != {"body", "sig"}:
        raise Wrong("ticket: not body and sig")
    body = shaped(ticket["body"], TICKET, "ticket")
    require_hashes((body[name] for name in ("kid", "skid", "jhead", "seen_hash")), "ticket")
    unbase64(ticket["sig"])


def ticket_fits(ticket: dict[str, Any], spki: bytes) -> bool:
    return fits(spki, canonical(ticket["body"]), unbase64(ticket["sig"]))
