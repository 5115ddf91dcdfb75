"""What an action says when it refuses. Each refusal has a code that never changes and a sentence that helps."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

Errors = Mapping[str, Sequence[str]]


class Refused(Exception):
    """A rule says no. `code` is stable, `message` is for the person, `errors` are per field.

    `more` are further members of the problem that a program acts on (RFC 9457, 3.2).
    """

    code = "refused"
    status = 409

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        errors: Errors | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.errors = dict(errors or {})
        self.more = dict(more or {})

    @property
    def sentence(self) -> str:
        """Where there is room for one sentence: that of the first field, else that of the whole."""
        return next((lines[0] for lines in self.errors.values() if lines), self.message)

    @property
    def by_field(self) -> dict[str, str]:
        """One sentence for each field that has any."""
        return {name: lines[0] for name, lines in self.errors.items() if lines}


class Invalid(Refused):
    """What was sent cannot be used as it is."""

    code = "validation"
    status = 422

    @classmethod
    def at(cls, field: str, sentence: str) -> Self:
        """One field is wrong, and the sentence says all of it."""
        return cls(sentence, errors={field: [sentence]})


class NotAllowed(Refused):
    """The caller is known and has no right to this."""

    code = "not-allowed"
    status = 403


class NotSignedIn(Refused):
    """Nobody knows who is calling."""

    code = "not-signed-in"
    status = 401


class NotThere(Refused):
    """There is no such thing, or none that this caller may know of: both are told alike."""

    code = "not-there"
    status = 404


class WrongStage(Refused):
    """The case is where this act is not done."""

    code = "wrong-stage"


class Stale(Refused):
    """Somebody was quicker: what the caller saw is no longer so."""

    code = "stale"
    status = 412


class TooLarge(Refused):
    """More bytes or pixels than are taken."""

    code = "too-large"
    status = 413


class TooMany(Refused):
    """Too often; `retry_after` is in seconds."""

    code = "rate-limited"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
