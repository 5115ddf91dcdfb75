"""What a verification found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# More findings than these are counted and no longer kept, so that a ruined journal does not fill the memory.
MOST_KEPT = 1000

CANNOT_KNOW = (
    "Rows written after the last copied head, and that head's copy, can be cut off together by whoever owns the machine; "
    "keep copies of heads.log elsewhere.",
    "Entries that no link seals yet are held by their subject's chain alone; the last one of a chain can be cut off unseen.",
    "Inside one link the columns id and xid are known by the order that they give the entries' hashes, and an id by growing "
    "along its subject's chain: exchanged without changing either order, as between single entries of two cases, they are not "
    "seen. What was written, of what, by whom and when, stands in the texts that are hashed.",
    "Times are the server's word: a clock that was wrong when an entry was written stays wrong in it.",
    "A chain proves that nothing was changed later, not that what was written was true.",
)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written. `n` is the entry's number in its subject's chain."""

    kind: str
    detail: str
    subject: str | None = None
    subject_id: int | None = None
    n: int | None = None
    link: int | None = None

    def __str__(self) -> str:
        where = f"{self.subject} {self.subject_id}" if self.subject else ""
        where += f" #{self.n}" if self.n is not None else ""
        where += f"{', ' if where else ''}link {self.link}" if self.link is not None else ""
        return f"[{self.kind}] {where}{': ' if where else ''}{self.detail}"


@dataclass
class Report:
    """`found` counts all findings, also those that were not kept; `unknown` says what no check could know."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    unknown: list[str] = field(default_factory=lambda: list(CANNOT_KNOW))
    oldest_unsealed: str | None = None
    head: str | None = None

    @property
    def is_clean(self) -> bool:
        return self.found == 0

    def add(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < MOST_KEPT:
            self.findings.append(finding)

    def take(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def as_json(self) -> dict[str, Any]:
        return {
            "clean": self.is_clean,
            "counts": dict(self.counts),
            "found": self.found,
            "findings": [asdict(finding) for finding in self.findings],
            "oldest_unsealed": self.oldest_unsealed,
            "head": self.head,
            "cannot_know": self.unknown,
        }
