"""What an envelope proves. Plain Python."""

from dataclasses import dataclass, replace
from datetime import datetime

from baoji.kernel.evidence.verification.marks import NOBODYS, Standing, standing


@dataclass(frozen=True)
class Proof:
    """`not_before` and `not_after` bound the moment of signing; `at`, the place and `live` are the device's word.

    `lon`, `lat` in degrees, `accuracy_m` in metres; `skew_ms` is the phone's clock less the server's.
    """

    id: int
    hash: str
    kind: str
    kid: str
    seq: int | None
    marks: tuple[str, ...]
    sha256: str
    device: str = ""
    at: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    number: str = ""  # of the case it first came with
    live: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    skew_ms: int | None = None

    @property
    def proof(self) -> Standing:
        return standing(self.marks)

    @property
    def is_somebodys(self) -> bool:
        """Signed by an enrolled key of who sent it: what it says is that device's word."""
        return not NOBODYS & set(self.marks)

    def of(self, sha256: str, number: str) -> "Proof":
        """What it proves of this file in this case: about other bytes, or signed for another report, it fails."""
        more: tuple[str, ...] = ("content",) if sha256 != self.sha256 else ()
        if self.number and number != self.number:
            more += ("other-report",)
        return replace(self, marks=(*self.marks, *more)) if more else self
