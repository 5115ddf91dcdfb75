"""What an action says when it refuses. Each refusal has a code that never changes and a sentence that helps."""

from collections.abc import Mapping, Sequence
from typing import Any

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


class Invalid(Refused):
    """What was sent cannot be used as it is."""

    code = "validation"
    status = 422


class NotAllowed(Refused):
    code = "not-allowed"
    status = 403


class NotSignedIn(Refused):
    code = "not-signed-in"
    status = 401


class NotThere(Refused):
    code = "not-there"
    status = 404


class WrongStage(Refused):
    code = "wrong-stage"


class Stale(Refused):
    """Somebody was quicker: what the caller saw is no longer so."""

    code = "stale"
    status = 412


class TooLarge(Refused):
    code = "too-large"
    status = 413


class TooMany(Refused):
    code = "rate-limited"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
