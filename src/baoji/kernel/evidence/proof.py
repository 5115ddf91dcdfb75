"""What an envelope proves. Plain Python."""

from dataclasses import dataclass, replace
from datetime import datetime

from baoji.kernel.evidence.verification.marks import NOBODYS, Standing, in_order, is_other_role, standing
from baoji.kernel.evidence.verification.signed import About


@dataclass(frozen=True)
class Hung:
    """A file as it hangs on an act of the case `number`. `is_again`: an earlier act bears the same envelope."""

    about: About
    number: str
    at: datetime | None = None  # of the act
    is_again: bool = False
    act: str = ""


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
    about: About
    role: str = ""  # before or after, as it was signed
    device: str = ""
    at: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    number: str = ""  # of the case it first came with
    again_at: datetime | None = None  # when it came again, with another report
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

    @property
    def has_word(self) -> bool:
        """Whether the device's word, when and where, is about this file."""
        return self.is_somebodys and "content" not in self.marks

    def of(self, file: Hung) -> "Proof":
        """What it proves of this file on this act: about another file, or used before or for another report, it fails."""
        if "malformed" in self.marks:
            return self  # nobody knows what it says
        more = [] if self.about.is_of(file.about) else ["content"]
        if self._is_of_another(file):
            more.append("other-report")
        if is_other_role(self.kind, self.role, file.act):
            more.append("role")
        return replace(self, marks=tuple(in_order([*self.marks, *more]))) if more else self

    def _is_of_another(self, file: Hung) -> bool:
        """Nobody writes down which delivery an act came with; it is never earlier than that delivery's receipt."""
        is_again = file.at is not None and self.again_at is not None and file.at >= self.again_at
        return file.is_again or is_again or bool(self.number and file.number != self.number)
