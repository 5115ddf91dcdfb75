"""The case's acts and the files that hang on them, each held against the journal's entry of the act."""

import re
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from baoji.kernel.evidence.verification.container import Container, Verdict, original_name
from baoji.kernel.evidence.verification.journal import Entry, Journal
from baoji.kernel.evidence.verification.signed import Shape, Wrong, begins_like, has_members

CASE: Shape = {
    "id": int, "number": str, "salt": str, "stage": str, "step": str, "status": str, "title": str, "topic": str, "address": str,
    "created_at": int,
}  # fmt: skip
MORE_OF_CASE: Shape = {"case_number": str, "lon7": int, "lat7": int, "simulated": bool}
PERSON: Shape = {"id": int, "code": str, "name": str}
RECORD: Shape = {
    "case": int, "id": int, "n": int, "act": str, "at": int, "from": str, "to": str, "opinion": str, "row": str,
}  # fmt: skip
FILE: Shape = {
    "id": int, "case": int, "record": int, "file": int, "kind": str, "stage": str, "act": str, "at": int, "mime": str,
    "size": int, "sha256": str,
}  # fmt: skip
# What a file's `stage` is, by the step that its act left.
STAGES = {"": "report", "file": "verify", "handle": "handle", "check": "check"}
KINDS = {"photo": "image/", "voice": "audio/"}
MIME = re.compile(r"(image|audio)/[a-z0-9.+-]+")  # as a file has it: in small letters, nothing behind it


class Acts:
    """What `case.json` and `records.jsonl` say, as far as the journal has it. Each of `files` also gets

    `acted`, its act's time (µs) and record, `by`, who acted, `bound`, whether the journal's entry names its hash, `erased`, and
    `whole`, whether its bytes are here or erased, and are what they are said to be.
    `unbound` counts the acts whose words or other columns an entry of before does not have.
    """

    def __init__(self, container: Container, journal: Journal, verdict: Verdict) -> None:
        self.container, self.journal, self.verdict = container, journal, verdict
        given = container.json("case.json")
        has_members(given, {"v": int, "cases": list, "people": list, "attachments": list}, {}, "case.json")
        self.cases = {one["id"]: one for one in _rows(given["cases"], CASE, MORE_OF_CASE, "a case", ("id",))}
        people = _rows(given["people"], PERSON, {}, "a person", ("id",))
        self.people = {one["id"]: f"{one['code']} {one['name']}" for one in people}
        self.files = _rows(given["attachments"], FILE, {"envelope": str}, "a file", ("id",))
        self.unbound = 0
        self._check_cases()
        self._check_records()
        self._check_originals()

    def _check_cases(self) -> None:
        here = {id_ for subject, id_ in self.journal.chains if subject == "flow.case"}
        if here != set(self.cases):
            raise Wrong("case.json names other cases than the journal")
        for id_, case in self.cases.items():
            chain = self.journal.chain("flow.case", id_)
            number = chain[0].facts.get("number", case["number"])
            self.verdict.expect(number == case["number"], f"case {case['number']}: its number was {number}")
            last = chain[-1].facts
            told = (last["to"], last.get("status", case["status"]))
            stands = (f"{case['stage']}/{case['step']}", case["status"])
            self.verdict.expect(told == stands, f"case {case['number']}: its last act left it elsewhere")

    def _check_records(self) -> None:
        lines = _rows(
            self.container.lines("records.jsonl"), RECORD, {"by": int}, "a flow record", ("case", "id")
        )
        records = {(one["case"], one["id"]): one for one in lines}
        hung: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
        for file in self.files:
            hung[file["case"], file["record"]].append(file)
        for entry in self.journal.entries("flow.case"):
            record = records.pop((entry.id, entry.facts["record"]), None)
            if record is None:
                self.verdict.fail(f"{entry}: its flow record is missing")
                continue
            self._compare(entry, record)
            self._compare_files(entry, hung.pop((entry.id, record["id"]), []))
        self.verdict.expect(not records, "a flow record stands in no journal entry")
        if hung:
            raise Wrong("a file hangs on no act")

    def _compare(self, entry: Entry, record: dict[str, Any]) -> None:
        facts, salt = entry.facts, self.cases[entry.id]["salt"]
        told = (entry.n, entry.said["verb"], entry.at, entry.said["actor"], facts["from"], facts["to"])
        said = (record["n"], record["act"], record["at"], record.get("by"), record["from"], record["to"])
        words = _salted(salt, record["opinion"]) if record["opinion"] else ""
        row = _salted(salt, record["row"])
        same = told == said and facts.get("opinion", words) == words and facts.get("row", row) == row
        self.verdict.expect(same, f"{entry}: its flow record {record['id']} says otherwise")
        self.unbound += not {"opinion", "row"} <= facts.keys()

    def _compare_files(self, entry: Entry, files: list[dict[str, Any]]) -> None:
        """That no other file hangs on an act than its entry says, and none as if it had come with another or at another time."""
        facts = entry.facts
        ids = facts.get("files") or []
        self.verdict.expect(
            sorted(ids) == sorted(file["file"] for file in files), f"{entry}: other files hang on it"
        )
        told = (entry.said["verb"], entry.at, STAGES.get(facts["from"].partition("/")[0], "other"))
        named = dict(zip(ids, facts["sha256"], strict=True)) if "sha256" in facts else {}
        for file in files:
            file["by"] = entry.said["actor"]
            said = (file["act"], file["at"], file["stage"])
            self.verdict.expect(
                said == told,
                f"{entry}: file {file['file']} is said to have come with another act or at another time",
            )
            file["acted"], file["bound"] = (entry.at, entry.facts["record"]), file["file"] in named
            self.verdict.expect(
                named.get(file["file"], file["sha256"]) == file["sha256"],
                f"{entry}: file {file['file']} had other bytes",
            )

    def _check_originals(self) -> None:
        here = {name: one for name, one in self.container.members.items() if name.startswith("photos/")}
        for name, member in here.items():
            if PurePath(name).stem != member.sha256:
                raise Wrong(f"{name}: these are other bytes")
        for file in self.files:
            name = original_name(file)
            file["erased"] = name not in here and self._was_erased(file)
            faults = [] if file["erased"] else self._faults(file, name)
            if not MIME.fullmatch(file["mime"]) or not file["mime"].startswith(KINDS.get(file["kind"], "?")):
                faults.append("no such kind of file")
            file["whole"] = not faults
            for fault in faults:
                self.verdict.fail(f"file {file['file']}: {fault}")
        told = {id_ for subject, id_ in self.journal.chains if subject == "records.file"}
        self.verdict.expect(
            told <= {file["file"] for file in self.files}, "the journal tells of another file"
        )
        surplus = here.keys() - {original_name(file) for file in self.files}
        self.verdict.expect(not surplus, "a photo belongs to no act")

    def _faults(self, file: dict[str, Any], name: str) -> list[str]:
        member = self.container.members.get(name)
        if member is None:
            return [f"{file['sha256'][:16]}… is missing and was not erased"]
        same = file["size"] == member.size and begins_like(file["mime"], self.container.beginning(name))
        return [] if same else ["its bytes are of another size or type"]

    def _was_erased(self, file: dict[str, Any]) -> bool:
        """Since the act: what was erased before and sent again came with its bytes."""
        chain = self.journal.chain("records.file", file["file"])
        acted, _record = file["acted"]
        return any(e.at >= acted and e.facts["sha256"] == file["sha256"] for e in chain)


def _rows(
    rows: Iterable[Any], needed: Shape, more: Shape, what: str, key: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Rows with these members and no others, none of them twice under one key."""
    found = [has_members(row, needed, more, f"{what}, row {at}") for at, row in enumerate(rows, 1)]
    if len({tuple(row[name] for name in key) for row in found}) != len(found):
        raise Wrong(f"{what} stands twice")
    return found


def _salted(salt: str, text: str) -> str:
    return sha256(f"{salt}\n{text}".encode()).hexdigest()
