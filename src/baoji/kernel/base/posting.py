"""One HTTP POST to another machine, told plainly: its answer, or that none came. Redirects are not followed."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple

LONGEST_ANSWER = 4096
# The other machine is busy or waited too long for us: it has not taken what was sent.
TRY_AGAIN = frozenset({408, 425, 429})


class Answer(NamedTuple):
    """`status` 0: no answer came, and what was sent may or may not have arrived. `text` is its beginning."""

    status: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def may_be_tried_again(self) -> bool:
        return not self.is_good and (self.status == 0 or self.status in TRY_AGAIN or self.status >= 500)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Secret headers go nowhere else."""

    def redirect_request(self, *given: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def post(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> Answer:
    """Never raises for what the other machine or the line does: the `Answer` says it."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            return Answer(answer.status, answer.read(LONGEST_ANSWER).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, _beginning(error))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, f"{type(error).__name__}: {error}")


def _beginning(error: urllib.error.HTTPError) -> str:
    try:
        return error.read(LONGEST_ANSWER).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""
