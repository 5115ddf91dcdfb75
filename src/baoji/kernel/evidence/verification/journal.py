"""The journal's part: whole chains, the links that seal them, and what the server signed about their ends."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from baoji.kernel.evidence.verification.container import Container, Keys, Verdict
from baoji.kernel.evidence.verification.signed import (
    HEX,
    STATEMENT,
    Shape,
    Wrong,
    fits,
    has_members,
    parsed,
    shaped,
    unique_members,
)

LINE = {"subject": str, "id": int, "n": int, "payload": str, "hash": str}
LINK = {"n": int, "before": str, "hashes": list, "summary": str, "hash": str}
PAYLOAD: Shape = {
    "subject": str, "id": int, "n": int, "verb": str, "actor": (int, type(None)), "at": int, "recorded": int, "facts": dict,
}  # fmt: skip
# What an entry's facts have, and may have, by subject and verb. A case's acts have all the same, whatever their verb; entries
# from before this format lack some.
ACT: tuple[Shape, Shape] = (
    {"record": int, "from": str, "to": str},
    {
        "number": str, "opinion": str, "row": str, "files": (list, type(None)), "sha256": list, "status": str, "state": str,
        "words": str, "version": int, "holder": (str, int, type(None)), "due": (str, type(None)), "bulk": bool,
    },
)  # fmt: skip
FACTS: dict[tuple[str, str], tuple[Shape, Shape]] = {
    ("evidence.device", "enrol"): ({"kid": str, "spki": str, "person": int}, {}),
    ("evidence.device", "approve"): ({"kid": str}, {}),
    ("evidence.device", "end"): ({"kid": str}, {"reason": str}),
    ("evidence.device", "freeze"): ({"kid": str, "seq": int, "envelopes": list}, {}),
    ("evidence.device", "thaw"): ({"kid": str}, {"reason": str}),
    ("evidence.receipt", "receive"): ({"receipt": str, "envelopes": list, "failed": list}, {}),
    ("records.file", "erase"): ({"sha256": str, "rule": str, "days": int}, {}),
}
HEAD_LINE = re.compile(r"(\S+) (\d{1,18}) ([0-9a-f]{64}) (\d+)")


@dataclass
class Entry:
    subject: str
    id: int
    n: int
    hash: str
    said: dict[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.said["facts"]
        return facts

    @property
    def at(self) -> int:
        """Microseconds."""
        return int(self.said["at"])

    def __str__(self) -> str:
        return f"journal entry {self.subject} {self.id} #{self.n}"


class Journal:
    """Held against itself as it is read: chains without a gap, links that follow from what they seal."""

    def __init__(self, entries: list[dict[str, Any]], links: list[dict[str, Any]], verdict: Verdict) -> None:
        self.chains: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        before: dict[tuple[str, int], str] = {}
        for at, line in enumerate(entries, 1):
            entry = _entry(line, f"journal.jsonl, line {at}")
            chain = self.chains[entry.subject, entry.id]
            last = before.get((entry.subject, entry.id), "")
            follows = sha256(bytes.fromhex(last) + line["payload"].encode()).hexdigest() == entry.hash
            named = (entry.said["subject"], entry.said["id"], entry.said["n"])
            verdict.expect(
                follows and named == (entry.subject, entry.id, entry.n) and entry.n == len(chain) + 1,
                f"{entry} does not follow from the one before",
            )
            before[entry.subject, entry.id] = entry.hash
            chain.append(entry)
        self.links = [_link(link, f"links.jsonl, line {at}") for at, link in enumerate(links, 1)]
        self.sealed = self._check_links(verdict)

    def require_sealed(self, verdict: Verdict) -> None:
        for entry in self.entries():
            verdict.expect(entry.hash in self.sealed, f"{entry} is sealed by no link")

    def entries(self, subject: str = "") -> Iterator[Entry]:
        for (name, _id), chain in sorted(self.chains.items()):
            if subject in {"", name}:
                yield from chain

    def chain(self, subject: str, id_: int) -> list[Entry]:
        return self.chains.get((subject, id_), [])

    def _check_links(self, verdict: Verdict) -> dict[str, int]:
        """Entry's hash → when it was sealed (µs). Each link must follow from the one before and the hashes it took in."""
        sealed: dict[str, int] = {}
        last: dict[str, Any] = {}
        for link in self.links:
            fold = bytes.fromhex(link["before"])
            for hash_ in link["hashes"]:
                fold = sha256(fold + bytes.fromhex(hash_)).digest()
                sealed[hash_] = int(link["summary"].split()[-1])
            counts = len(link["hashes"]) == int(link["summary"].split()[3])
            made = sha256(fold + link["summary"].encode()).hexdigest()
            verdict.expect(
                made == link["hash"] and counts, f"link {link['n']} does not follow from what it seals"
            )
            later = not last or link["n"] > last["n"]
            joins = not last or link["n"] != last["n"] + 1 or link["before"] == last["hash"]
            verdict.expect(later and joins, f"link {link['n']} does not continue the one before")
            last = link
        return sealed

    def run_ends(self) -> list[dict[str, Any]]:
        """The last link of each run."""
        following = {link["n"] - 1 for link in self.links}
        return [{"n": x["n"], "hash": x["hash"]} for x in self.links if x["n"] not in following]


def _entry(line: Any, where: str) -> Entry:
    has_members(line, LINE, {}, where)
    entry = Entry(line["subject"], line["id"], line["n"], line["hash"], _payload(line["payload"], where))
    name = (entry.subject, entry.said["verb"])
    known = ACT if entry.subject == "flow.case" else FACTS.get(name)
    if known is None:
        raise Wrong(f"{where}: {' '.join(name)} is nothing that an export holds")
    has_members(entry.facts, *known, f"{entry}: its facts")
    return entry


def _payload(text: str, where: str) -> dict[str, Any]:
    """The text that was hashed: PostgreSQL's spelling of JSON, not ours."""
    try:
        said = json.loads(text, object_pairs_hook=unique_members)
    except (ValueError, RecursionError) as fault:
        raise Wrong(f"{where}: its payload is no JSON ({fault})") from fault
    return has_members(said, PAYLOAD, {}, f"{where}: its payload")


def _link(link: Any, where: str) -> dict[str, Any]:
    found = has_members(link, LINK, {}, where)
    for hash_ in (
        found["before"] or found["hash"],
        found["hash"],
        *found["hashes"],
    ):  # the first of all has none before
        if not isinstance(hash_, str) or not HEX.fullmatch(hash_):
            raise Wrong(f"{where}: what should be a SHA-256 is none")
    return found


# What the server's statement covers word for word; envelopes, receipts and photos are bound by what these say.
TEXTS = ("VERIFY.md", "case.json", "heads.txt", "journal.jsonl", "keys.json", "links.jsonl", "records.jsonl")


def check_statement(
    container: Container, keys: Keys, journal: Journal, manifest: dict[str, Any]
) -> dict[str, Any]:
    """What the server itself signed about this case: where its chains end, which links seal them, these very texts."""
    data = container.read("head.json")
    body = shaped(parsed(data), STATEMENT, "head.json")
    if not fits(keys.server(body["skid"]), data, container.signature("head.sig")):
        raise Wrong("head.json: the signature does not fit")
    ends = [
        {"subject": chain[-1].subject, "id": chain[-1].id, "n": chain[-1].n, "hash": chain[-1].hash}
        for _key, chain in sorted(journal.chains.items())
    ]
    if body["chains"] != ends or body["links"] != journal.run_ends() or body["number"] != manifest["number"]:
        raise Wrong("head.json: the server signed another journal")
    if body["texts"] != [{"name": name, "sha256": container.members[name].sha256} for name in TEXTS]:
        raise Wrong("head.json: the server signed other texts")
    if body["at"] != manifest["made_at"]:
        raise Wrong("manifest.json: made at another time than the server says")
    return body


def named_by(lines: Iterable[str]) -> dict[int, str]:
    """Number of a link → its hash, from a copy of the heads."""
    found = (HEAD_LINE.fullmatch(line.strip()) for line in lines)
    return {int(one[2]): one[3] for one in found if one}


def check_heads(journal: Journal, lines: Iterable[str], verdict: Verdict) -> int:
    """How many of the export's links stand in a copy of the heads, however it was come by; one that differs fails."""
    here = {link["n"]: link["hash"] for link in journal.links}
    agree = 0
    for line in lines:
        found = HEAD_LINE.fullmatch(line.strip())
        if found and int(found[2]) in here:
            same = here[int(found[2])] == found[3]
            verdict.expect(same, f"the head copied at {found[1]} says otherwise of link {found[2]}")
            agree += same
    return agree
