"""The city's own keys: files under the data directory that only their owner can read, made on first use.

`server` signs tickets, receipts and statements; `manifests` signs exports. Each process may be the first to need one.
"""

import os
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings
from django.db import transaction

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.evidence.verification.signed import ORDER, canonical, kid_of

Role = Literal["server", "manifests"]
ROLES: tuple[Role, ...] = ("server", "manifests")


def folder() -> Path:
    return Path(settings.DATA) / "keys"


def path_of(role: Role) -> Path:
    return folder() / f"{role}.pem"


class SigningKey:
    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.spki = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = kid_of(self.spki)

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256 as r‖s, 64 bytes; of the two that fit, r‖s and r‖−s, the one with the smaller s."""
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(hashes.SHA256())))
        s = min(s, ORDER - s)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def signed(self, body: dict[str, Any]) -> dict[str, Any]:
        """`{"body", "sig"}` over the canonical bytes."""
        return {"body": body, "sig": b64encode(self.sign(canonical(body))).decode()}


def signing_key(role: Role) -> SigningKey:
    return _read(path_of(role))


@lru_cache(maxsize=8)
def _read(path: Path) -> SigningKey:
    if not path.exists():
        _make(path)
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not a P-256 key")
    return SigningKey(private)


def _make(path: Path) -> None:
    """Whole or not at all, and of several who make it at once the first one's stands: a link never replaces."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    passing = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(passing, path)
        except FileExistsError:
            return
    finally:
        passing.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


_written: set[str] = set()  # keys whose row is committed, as far as this process knows


def known_key(role: Role, now: datetime) -> SigningKey:
    """The signing key, its public half written down, so that what it signs can be checked after it was replaced."""
    key = signing_key(role)
    if key.kid in _written:
        return key
    made = sql.value(
        "INSERT INTO evidence_server_key (kid, role, spki, since) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (kid) DO NOTHING RETURNING id",
        [key.kid, role, key.spki, now],
    )
    if made:
        facts = {"kid": key.kid, "role": role, "spki": b64encode(key.spki).decode()}
        audit.record("evidence.key", made, "begin", facts, None, now)
    transaction.on_commit(lambda: _written.add(key.kid))
    return key


def server_spki(kid: str) -> bytes | None:
    """The public key of this city with this fingerprint that signs tickets and receipts, also a former one."""
    own = signing_key("server")
    if kid == own.kid:
        return own.spki
    found = sql.value("SELECT spki FROM evidence_server_key WHERE kid = %s AND role = 'server'", [kid])
    return bytes(found) if found is not None else None


def fingerprint() -> str:
    """Of the server's key, in groups of four letters that can be read out."""
    return grouped(signing_key("server").kid)


def grouped(kid: str) -> str:
    return " ".join(kid[at : at + 4] for at in range(0, len(kid), 4))
