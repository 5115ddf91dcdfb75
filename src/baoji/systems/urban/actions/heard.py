"""Words between a reporter and the acceptor: a question waits at the acceptor's desk, an answer is read by query code.

The open question is kept in the case's notes, not among its requests: it outlives a dispatch and the end of the case.
"""

from baoji.kernel.flow.run import Doing


def ask(doing: Doing) -> str:
    asked = doing.case.notes.get("asked", {})
    doing.case.notes["asked"] = {"at": doing.now.isoformat(), "n": int(asked.get("n", 0)) + 1}
    return ""


def tell(doing: Doing) -> str:
    doing.case.notes.pop("asked", None)
    return ""


def also_not_fixed(doing: Doing) -> str:
    doing.case.notes["also_not_fixed"] = int(doing.case.notes.get("also_not_fixed", 0)) + 1
    return ""
