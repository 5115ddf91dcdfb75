"""The journal's part: whole chains, the links that seal them, and what the server signed about their ends."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from baoji.kernel.evidence.verification.container import Container, Keys, Verdict
from baoji.kernel.evidence.verification.signed import (
    STATEMENT,
    Shape,
    Wrong,
    canonical,
    fits,
    has_members,
    kid_of,
    require_hashes,
    require_integers,
    shaped,
    unbase64,
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
    {"record": int, "from": str, "to": str, "files": (list, type(None))},
    {
        "number": str, "opinion": str, "row": str, "sha256": list, "status": str, "state": str,
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
# Facts that are a SHA-256, or a list of them.
HASHES = frozenset({"kid", "receipt", "reason", "row", "envelopes", "failed", "sha256"})
HEAD_LINE = re.compile(r"(\S+) (\d{1,18}) ([0-9a-f]{64}) (\d+)", re.ASCII)
OWN_HEAD_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00) (?P<n>[1-9]\d{0,17}) (?P<hash>[0-9a-f]{64}) (?P<count>0|[1-9]\d*)\n",
    re.ASCII,
)
SUMMARY = re.compile(r"(?:(?:0|[1-9][0-9]{0,18}) ){5}(?:0|[1-9][0-9]{0,18})")
LAST_WINDOW = 2**63 - 1  # a transaction counter that ended here, since a restore began a new one, at 0


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
        places: list[tuple[str, int, int]] = []
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
            places.append((entry.subject, entry.id, entry.n))
        verdict.expect(places == sorted(places), "journal.jsonl: its lines stand in another order")
        self.links = [_link(link, f"links.jsonl, line {at}") for at, link in enumerate(links, 1)]
        self.sealed = self._check_links(verdict)

    def require_sealed(self, verdict: Verdict) -> None:
        for entry in self.entries():
            verdict.expect(entry.hash in self.sealed, f"{entry} is sealed by no link")

    def sealed_early(self) -> Iterator[Entry]:
        """What was sealed, by the server's clock, before it was recorded."""
        for entry in self.entries():
            if self.sealed.get(entry.hash, entry.said["recorded"]) < entry.said["recorded"]:
                yield entry

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
            fold, said = bytes.fromhex(link["before"]), _summary(link)
            for hash_ in link["hashes"]:
                fold = sha256(fold + bytes.fromhex(hash_)).digest()
                sealed[hash_] = said.sealed_at
            made = sha256(fold + link["summary"].encode()).hexdigest()
            verdict.expect(
                made == link["hash"] and len(link["hashes"]) == said.taken,
                f"link {link['n']} does not follow from what it seals",
            )
            verdict.expect(_continues(link, last), f"link {link['n']} does not continue the one before")
            last = link
        return sealed

    def run_ends(self) -> list[dict[str, Any]]:
        """The last link of each run."""
        following = {link["n"] - 1 for link in self.links}
        return [{"n": x["n"], "hash": x["hash"]} for x in self.links if x["n"] not in following]


class Summary(NamedTuple):
    """What a link says of itself: the ids above `floor` of the transactions from `start` until before `end`."""

    floor: int
    start: int
    end: int
    taken: int
    last_id: int
    sealed_at: int  # µs


def _summary(link: dict[str, Any]) -> Summary:
    return Summary(*map(int, link["summary"].split()))


def _continues(link: dict[str, Any], last: dict[str, Any]) -> bool:
    """Whether it may stand behind the link `last` of this file ({} for none)."""
    if not last:
        return link["n"] > 1 or not link["before"]
    if not link["before"] or link["n"] <= last["n"]:
        return False
    if link["n"] != last["n"] + 1:
        return True
    here, there = _summary(link), _summary(last)
    is_restored = (there.end, here.start, here.floor) == (LAST_WINDOW, 0, there.last_id)
    goes_on = (here.start, here.floor) == (there.end, there.floor)
    return link["before"] == last["hash"] and (goes_on or is_restored)


def _entry(line: Any, where: str) -> Entry:
    has_members(line, LINE, {}, where)
    entry = Entry(line["subject"], line["id"], line["n"], line["hash"], _payload(line["payload"], where))
    name = (entry.subject, entry.said["verb"])
    known = ACT if entry.subject == "flow.case" else FACTS.get(name)
    if known is None:
        raise Wrong(f"{where}: {' '.join(name)} is nothing that an export holds")
    has_members(entry.facts, *known, f"{entry}: its facts")
    _check_facts(entry)
    return entry


def _check_facts(entry: Entry) -> None:
    """What the shapes do not say: hashes, numbers, and what stands at one place only."""
    facts, where = entry.facts, f"{entry}: its facts"
    for name in HASHES & facts.keys():
        given = facts[name]
        require_hashes(given if isinstance(given, list) else [given], where)
    if facts.get("opinion"):
        require_hashes([facts["opinion"]], where)
    files = facts.get("files") or []
    if not all(type(one) is int for one in files):
        raise Wrong(f"{where}: files are no ids")
    if entry.subject == "flow.case":
        _check_act(entry, files, where)
    if entry.said["verb"] == "enrol" and kid_of(unbase64(facts["spki"])) != facts["kid"]:
        raise Wrong(f"{where}: spki is another key than kid")
    try:
        require_integers(*facts.values(), *files, *entry.said.values())
    except ValueError as fault:
        raise Wrong(f"{where}: {fault}") from fault


def _check_act(entry: Entry, files: list[int], where: str) -> None:
    facts = entry.facts
    if len(facts.get("sha256", files)) != len(files):
        raise Wrong(f"{where}: more or fewer hashes than files")
    if not facts.get("bulk", True) or "number" in facts and entry.n != 1:
        raise Wrong(f"{where}: bulk is true or absent, and number stands in the first entry only")


def _payload(text: str, where: str) -> dict[str, Any]:
    """The text that was hashed: PostgreSQL's spelling of JSON, not ours."""
    try:
        said = json.loads(text, object_pairs_hook=unique_members)
    except RecursionError as fault:
        raise Wrong(f"{where}: its payload is nested too deeply") from fault
    except ValueError as fault:
        raise Wrong(f"{where}: its payload is no JSON ({fault})") from fault
    return has_members(said, PAYLOAD, {}, f"{where}: its payload")


def _link(link: Any, where: str) -> dict[str, Any]:
    found = has_members(link, LINK, {}, where)
    # the first of all has none before
    require_hashes((found["before"] or found["hash"], found["hash"], *found["hashes"]), where)
    if found["n"] < 1 or not SUMMARY.fullmatch(found["summary"]):
        raise Wrong(f"{where}: its number is none, or its summary is not six decimal numbers")
    return found


# What the server's statement covers word for word; envelopes, receipts and photos are bound by what these say.
TEXTS = ("VERIFY.md", "case.json", "heads.txt", "journal.jsonl", "keys.json", "links.jsonl", "records.jsonl")


def check_statement(
    container: Container, keys: Keys, journal: Journal, manifest: dict[str, Any]
) -> dict[str, Any]:
    """What the server itself signed about this case: where its chains end, which links seal them, these very texts."""
    data = container.read("head.json")
    body = shaped(container.json("head.json"), STATEMENT, "head.json")
    if not fits(keys.server(body["skid"]), data, container.signature("head.sig")):
        raise Wrong("head.json: the signature does not fit")
    ends = [
        {"subject": chain[-1].subject, "id": chain[-1].id, "n": chain[-1].n, "hash": chain[-1].hash}
        for _key, chain in sorted(journal.chains.items())
    ]
    told = canonical([body["chains"], body["links"]])  # where true is no 1
    if told != canonical([ends, journal.run_ends()]) or body["number"] != manifest["number"]:
        raise Wrong("head.json: the server signed another journal")
    if missing := [name for name in TEXTS if name not in container.members]:
        raise Wrong(f"{missing[0]} is missing")
    if body["texts"] != [{"name": name, "sha256": container.members[name].sha256} for name in TEXTS]:
        raise Wrong("head.json: the server signed other texts")
    if body["at"] != manifest["made_at"]:
        raise Wrong("manifest.json: made at another time than the server says")
    return body


def check_own_heads(data: bytes, journal: Journal) -> None:
    """The server's own lines: each as it writes them, of a link in here, by number, none twice. (After a restore one link may
    have been copied at two times.)"""
    here = {link["n"]: (link["hash"], len(link["hashes"])) for link in journal.links}
    lines = data.splitlines(True)
    heads = [_own_head(line.decode("ascii", "replace")) for line in lines]
    numbers = [one[0] for one in heads if one]
    if None in heads or numbers != sorted(numbers) or len(set(lines)) != len(lines):
        raise Wrong("heads.txt: a line that is none, or stands at another place")
    if any(one and here.get(one[0]) != one[1:] for one in heads):
        raise Wrong("heads.txt says otherwise of a link than links.jsonl, or names one that is not here")


def _own_head(line: str) -> tuple[int, str, int] | None:
    found = OWN_HEAD_LINE.fullmatch(line)
    if not found or not _is_time(found["at"]):
        return None
    return int(found["n"]), found["hash"], int(found["count"])


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).isoformat() == text
    except ValueError:  # a day or an hour that there is not
        return False


def unreadable(lines: Sequence[str]) -> str:
    """What is wrong with a copy of the heads that somebody gave: '' where each line can be read."""
    bad = [at for at, line in enumerate(lines, 1) if line.strip() and not HEAD_LINE.fullmatch(line.strip())]
    if bad:
        return f"line {bad[0]} of the heads that you gave cannot be read: nothing was compared with it"
    return "" if any(line.strip() for line in lines) else "the heads that you gave are empty"


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
