"""A phone as the tests need one: a key, a chain, a clock that may be wrong, and what somebody who copied it could do."""

from base64 import b64encode
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from baoji.kernel.evidence import actions
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.signed import ZEROS, canonical, kid_of
from baoji.kernel.identity.callers import Caller

Sealed = tuple[bytes, bytes]  # an envelope's bytes and its signature


@dataclass
class Phone:
    owner: Caller
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    seq: int = 0
    prev: str = ZEROS
    ticket: dict[str, Any] | None = None
    off: timedelta = timedelta()  # how far its clock is ahead

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def kid(self) -> str:
        return kid_of(self.spki)

    def enrol(self, now: datetime, by: Caller | None = None) -> "Phone":
        """Enrolled and, with `by`, approved."""
        actions.enrol_device(by=self.owner, spki=self.spki, label="红米 9A", now=now)
        if by is not None:
            actions.approve_device(by=by, kid=self.kid, now=now)
        return self

    def contact(self, now: datetime) -> actions.Contact:
        told = actions.issue_ticket(
            by=self.owner,
            kid=self.kid,
            head_seq=self.seq,
            head_hash=self.prev,
            sent_at=milliseconds(now + self.off),
            received=now,
        )
        self.ticket = told.ticket
        return told

    def says(self, when: datetime, content: bytes = b"photo", **more: Any) -> dict[str, Any]:
        """The next envelope's members, with `more` in place of or besides the usual ones; None leaves one out."""
        usual: dict[str, Any] = {
            "v": 1,
            "kind": "photo",
            "sha256": sha256(content).hexdigest(),
            "size": len(content),
            "mime": "image/jpeg",
            "kid": self.kid,
            "seq": self.seq + 1,
            "prev": self.prev,
            "at": milliseconds(when + self.off),
            "mono": 918273,
            "page": uuid4().hex,
            "lat7": 343619000,
            "lon7": 1072372000,
            "acc_dm": 120,
            "fix_at": milliseconds(when),
            "source": "camera",
            "w": 4000,
            "h": 3000,
            "role": "before",
            "ticket": self.ticket,
            "ext": {},
        }
        return {name: value for name, value in (usual | more).items() if value is not None}

    def seal(self, said: dict[str, Any]) -> Sealed:
        """Signs, and goes on in the chain."""
        data = canonical(said)
        self.seq, self.prev = said["seq"], sha256(data).hexdigest()
        return data, self.sign(data)

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def shoot(self, when: datetime, content: bytes = b"photo", **more: Any) -> Sealed:
        return self.seal(self.says(when, content, **more))

    def clone(self) -> "Phone":
        """The same key and chain in other hands."""
        return copy(self)

    def send(self, sealed: Sealed, now: datetime, **more: Any) -> actions.Taken:
        assert self.owner.id is not None
        return actions.take(*sealed, person_id=self.owner.id, now=now, **more)


def text(sealed: Sealed) -> dict[str, str]:
    """As the API takes it."""
    return {"bytes": b64encode(sealed[0]).decode(), "sig": b64encode(sealed[1]).decode()}
