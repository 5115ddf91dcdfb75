"""The case itself: its acts as the journal has them, its files, and what each envelope proves about its photo."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from baoji.kernel.evidence.verification.acts import Acts
from baoji.kernel.evidence.verification.container import Container, Keys, Verdict
from baoji.kernel.evidence.verification.journal import Entry, Journal
from baoji.kernel.evidence.verification.marks import (
    FAILING,
    NOBODYS,
    Numbered,
    in_order,
    is_forked,
    is_of_report,
    is_of_task,
    is_other_link,
    is_other_role,
    source_marks,
    standing,
    time_marks,
)
from baoji.kernel.evidence.verification.signed import (
    RECEIPT,
    About,
    Wrong,
    envelope,
    fits,
    shaped,
    ticket_fits,
)


@dataclass
class Receipt:
    hash: str
    body: dict[str, Any]
    entry: Entry

    @cached_property
    def failed(self) -> frozenset[str]:
        """Envelopes that the server had found wanting when they came."""
        return frozenset(self.entry.facts["failed"])

    @property
    def at(self) -> int:
        """Microseconds; `body` has milliseconds."""
        return self.entry.at


@dataclass
class Device:
    kid: str
    entries: list[Entry]

    def first(self, verb: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.said["verb"] == verb), None)

    @property
    def owner(self) -> int:
        return int(self.entries[0].facts["person"])

    @property
    def approval(self) -> Entry | None:
        """By a second person."""
        nobody = {self.owner, None}
        given = (entry for entry in self.entries if entry.said["verb"] == "approve")
        return next((entry for entry in given if entry.said["actor"] not in nobody), None)

    def ended_by(self, us: int) -> bool:
        end = self.first("end")
        return end is not None and end.at <= us

    def was_frozen(self, us: int) -> bool:
        """Whether the last freeze or thaw until then, that microsecond included, is a freeze."""
        turns = [entry.said["verb"] for entry in self.freezes() if entry.at <= us]
        return turns[-1:] == ["freeze"]

    def freezes(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.said["verb"] in {"freeze", "thaw"}]

    def frozen_over(self) -> list[set[str]]:
        """What each freeze lists."""
        return [set(e.facts["envelopes"]) for e in self.entries if e.said["verb"] == "freeze"]


@dataclass
class Outcome:
    """What one file's evidence comes to. Times in ms."""

    file: dict[str, Any]
    marks: list[str] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    device: Device | None = None
    ticket: dict[str, Any] | None = None  # the body of one that holds
    receipt: Receipt | None = None  # the first one that counts
    is_bound: bool = False  # the journal's entry of the act names its hash
    is_erased: bool = False

    @property
    def proof(self) -> str:
        """Of a file whose bytes are missing or wrong nothing is proven."""
        return standing(self.marks) if self.file.get("whole", True) else "failed"


class Story:
    """Everything in the export about the case, each thing held against the journal as it is read."""

    def __init__(
        self, container: Container, keys: Keys, journal: Journal, verdict: Verdict, heads: dict[int, str]
    ) -> None:
        self.container, self.keys, self.journal, self.verdict = container, keys, journal, verdict
        # A link also says which hash the one before it has, where that has the number before.
        told = {link["n"] - 1: link["before"] for link in journal.links if link["before"]}
        self.links = told | heads | {link["n"]: link["hash"] for link in journal.links}
        self.acts = Acts(container, journal, verdict)
        self.cases, self.people, self.files = self.acts.cases, self.acts.people, self.acts.files
        self.devices = self._read_devices()
        self.receipts = self._read_receipts()
        self.envelopes = self._read_envelopes()
        self.named: dict[str, list[Receipt]] = defaultdict(list)
        for receipt in self.receipts:
            for hash_ in dict.fromkeys(receipt.body["envelopes"]):
                self.named[hash_].append(receipt)
        self.said = {hash_: _said(data) for hash_, (data, _sig) in self.envelopes.items()}
        self.signed: dict[str, bool] = {}
        self.ours: dict[str, bool] = {}
        self._check_receipts_keys()
        self.first_acts = self._first_acts()
        self.contents: dict[str, str] = {}
        self.numbers = self._numbers()
        self._check_bare_envelopes()

    def _read_devices(self) -> dict[str, Device]:
        found: dict[str, Device] = {}
        for (subject, _id), entries in self.journal.chains.items():
            if subject != "evidence.device":
                continue
            first, kid = entries[0], entries[0].facts["kid"]
            if first.said["verb"] != "enrol" or self.keys.role.get(kid) != "device":
                raise Wrong(f"{first}: not an enrolment of a key in keys.json")
            if kid in found:
                raise Wrong(f"{first}: its key has a chain already")
            for entry in entries[1:]:
                if entry.said["verb"] == "enrol" or entry.facts["kid"] != kid:
                    raise Wrong(f"{entry}: a second enrolment, or about another key")
            found[kid] = Device(kid, entries)
        if {kid for kid, role in self.keys.role.items() if role == "device"} != set(found):
            raise Wrong("keys.json holds a device's key that the journal does not know")
        return found

    def _read_receipts(self) -> list[Receipt]:
        entries: dict[str, Entry] = {}
        for entry in self.journal.entries("evidence.receipt"):
            if entry.n != 1 or entry.facts["receipt"] in entries:
                raise Wrong(f"{entry}: a second entry of one receipt, or of one chain")
            entries[entry.facts["receipt"]] = entry
        found = []
        for name in self.container.signed_texts("receipts"):
            data = self.container.read(f"receipts/{name}.json")
            body = shaped(self.container.json(f"receipts/{name}.json"), RECEIPT, f"receipt {name[:16]}…")
            said = entries.pop(name, None)
            sig = self.container.signature(f"receipts/{name}.sig")
            if sha256(data).hexdigest() != name or not fits(self.keys.server(body["skid"]), data, sig):
                raise Wrong(f"receipt {name[:16]}…: the signature does not fit")
            if said is None or not _is_told(body, said):
                raise Wrong(f"receipt {name[:16]}…: the journal says otherwise")
            found.append(Receipt(name, body, said))
        if entries:
            raise Wrong("a receipt that the journal names is missing")
        return sorted(found, key=lambda receipt: receipt.entry.id)

    def _read_envelopes(self) -> dict[str, tuple[bytes, bytes]]:
        found = {}
        for name in self.container.signed_texts("envelopes"):
            data = self.container.read(f"envelopes/{name}.json")
            if sha256(data).hexdigest() != name:
                raise Wrong(f"envelope {name[:16]}…: these are other bytes")
            found[name] = (data, self.container.signature(f"envelopes/{name}.sig"))
        named: set[str] = set()
        for receipt in self.receipts:
            named.update(receipt.body["envelopes"])
        named |= {file["envelope"] for file in self.files if "envelope" in file}
        if named != set(found):
            raise Wrong("an envelope is missing, or one belongs to nothing")
        return found

    def _check_receipts_keys(self) -> None:
        """A receipt names the key of the first of its envelopes that has one."""
        for receipt in self.receipts:
            kids = (said["kid"] for hash_ in receipt.body["envelopes"] if (said := self.said[hash_]))
            self.verdict.expect(
                receipt.body["kid"] == next(kids, ""), f"receipt {receipt.hash[:16]}…: another device's key"
            )

    def _check_bare_envelopes(self) -> None:
        """Those of no file (reports, positions, shots thrown away): signed by their device, as the receipt has it."""
        files = {file.get("envelope") for file in self.files}
        for receipt in self.receipts:
            for hash_ in {*receipt.body["envelopes"]} - files - receipt.failed:
                found = Outcome({}, receipt=receipt)
                self._weigh_signature(found, hash_)
                if NOBODYS & set(found.marks):
                    self.verdict.fail(f"envelope {hash_[:16]}…: the server had found it good when it came")

    def speaks_of(self, sha256_: str) -> list[str]:
        """Envelopes in here, by an enrolled key, that speak of these bytes."""
        return sorted(hash_ for hash_, about in self.contents.items() if about == sha256_)

    def _numbers(self) -> dict[tuple[str, int], list[Numbered]]:
        """Which envelopes bear one number of one key; and what each of those speaks of."""
        found: dict[tuple[str, int], list[Numbered]] = defaultdict(list)
        for hash_ in self.envelopes:
            one = Outcome({}, receipt=next(iter(self._receipts_of(hash_)), None))
            self._weigh_signature(one, hash_)
            said = one.said
            if one.device is not None:
                found[said["kid"], said["seq"]].append(Numbered(hash_, said["seq"], said["prev"]))
            if self._is_signed(hash_):
                self.contents[hash_] = said.get("sha256", "")
        return found

    def _is_signed(self, hash_: str) -> bool:
        """By an enrolled key, whoever sent it and whenever. Many receipts may name one envelope: it is judged once."""
        if hash_ not in self.signed:
            device = self.devices.get((self.said[hash_] or {}).get("kid", ""))
            is_signed = device is not None and fits(self.keys.spki[device.kid], *self.envelopes[hash_])
            self.signed[hash_] = is_signed
        return self.signed[hash_]

    def _receipts_of(self, hash_: str) -> list[Receipt]:
        """Those that count, in their order: where it was found good when it came, or all where it never was."""
        named = self.named.get(hash_, [])
        return [receipt for receipt in named if hash_ not in receipt.failed] or named

    def _first_acts(self) -> dict[str, tuple[int, int]]:
        """Envelope → the earliest act with a file that names it: it proves nothing about a later act's."""
        found: dict[str, tuple[int, int]] = {}
        for file in self.files:
            if "envelope" in file:
                found[file["envelope"]] = min(found.get(file["envelope"], _act(file)), _act(file))
        return found

    def outcomes(self) -> Iterator[Outcome]:
        for file in self.files:
            outcome = Outcome(file, is_bound=file["bound"], is_erased=file["erased"])
            if "envelope" in file:
                self._weigh(outcome, file["envelope"])
            else:
                outcome.marks.append("no-envelope")
            outcome.marks = in_order(outcome.marks)
            yield outcome

    def _weigh(self, outcome: Outcome, hash_: str) -> None:
        receipts = self._receipts_of(hash_)
        outcome.receipt = receipts[0] if receipts else None
        self._weigh_signature(outcome, hash_)
        if outcome.receipt and FAILING.keys() & set(outcome.marks) and hash_ not in outcome.receipt.failed:
            self.verdict.fail(f"envelope {hash_[:16]}…: the server had found it good when it came")
        if "malformed" not in outcome.marks:
            self._weigh_binding(outcome, [one for one in receipts if one.body["number"]])
        if outcome.device:
            received = outcome.receipt.body["received"] if outcome.receipt else None
            outcome.marks += time_marks(outcome.said, outcome.ticket, received)
            if self._is_forked(hash_, outcome.said, outcome.device):
                outcome.marks.append("forked")

    def _is_forked(self, hash_: str, said: dict[str, Any], device: Device) -> bool:
        one = Numbered(hash_, said["seq"], said["prev"])
        near = [other for n in (-1, 0, 1) for other in self.numbers.get((device.kid, one.seq + n), ())]
        elsewhere = any(hash_ in told and not told <= self.envelopes.keys() for told in device.frozen_over())
        return elsewhere or is_forked(one, near)

    def _weigh_signature(self, outcome: Outcome, hash_: str) -> None:
        """Whose it is. One that the server found wanting though nothing here says why came before its key was enrolled."""
        self._weigh_sender(outcome, hash_)
        wanting = outcome.receipt is not None and hash_ in outcome.receipt.failed
        if outcome.device and wanting and not FAILING.keys() & set(outcome.marks):
            outcome.device, outcome.ticket, outcome.marks = None, None, ["unknown-key"]

    def _weigh_sender(self, outcome: Outcome, hash_: str) -> None:
        said = self.said[hash_]
        if said is None:
            outcome.marks.append("malformed")
            return
        outcome.said = said
        device = self.devices.get(said["kid"])
        if device is None or (outcome.receipt and outcome.receipt.at < device.entries[0].at):
            outcome.marks.append("unknown-key")
        elif outcome.receipt and outcome.receipt.entry.said["actor"] != device.owner:
            outcome.marks.append("other-person")
        elif not self._is_signed(hash_):
            outcome.marks.append("signature")
        else:
            outcome.device = device
            self._weigh_key(outcome, device, hash_)

    def _weigh_key(self, outcome: Outcome, device: Device, hash_: str) -> None:
        ticket = outcome.said.get("ticket")
        if device.approval is None:
            outcome.marks.append("waiting")
        if outcome.receipt:
            self._weigh_arrival(outcome.marks, device, outcome.receipt.at)
        if ticket is None:
            outcome.marks.append("no-ticket")
        elif not self._is_ours(ticket, device.kid, hash_):
            outcome.marks.append("ticket")
        else:
            outcome.ticket = ticket["body"]
            # What a ticket names nobody knew before. A link has one hash, unless a backup made its number free again.
            outcome.marks += ["link"] if is_other_link(ticket["body"], self.links) else []

    def _weigh_arrival(self, marks: list[str], device: Device, us: int) -> None:
        if device.ended_by(us):
            marks.append("key-ended")
        if device.freezes():
            marks.append("frozen" if device.was_frozen(us) else "copied")

    def _is_ours(self, ticket: dict[str, Any], kid: str, hash_: str) -> bool:
        """Judged once for each envelope (`hash_`), as the envelope itself."""
        if hash_ not in self.ours:
            skid = ticket["body"]["skid"]
            known = self.keys.role.get(skid) == "server" and ticket["body"]["kid"] == kid
            self.ours[hash_] = known and ticket_fits(ticket, self.keys.spki[skid])
            if self.ours[hash_]:
                self.keys.server(skid)  # one that may be believed
        return self.ours[hash_]

    def _weigh_binding(self, outcome: Outcome, receipts: list[Receipt]) -> None:
        """To this file, and to the report that it first came with."""
        said, file = outcome.said, outcome.file
        if not About.said(said).is_of(About(file["sha256"], file["kind"], file["size"], file["mime"])):
            outcome.marks.append("content")
        outcome.marks += source_marks(said)
        if is_other_role(said["kind"], said.get("role", ""), file["act"]):
            outcome.marks.append("role")
        is_again = _act(file) != self.first_acts[file["envelope"]]
        is_again = is_again or outcome.device is not None and outcome.device.owner != file["by"]
        if receipts:
            is_again = is_again or self._is_of_another(outcome, receipts)
        else:
            outcome.marks.append("no-receipt")
        if is_again:
            outcome.marks.append("other-report")

    def _is_of_another(self, outcome: Outcome, receipts: list[Receipt]) -> bool:
        """An act at or after the receipt of another report came with that one: it is never earlier than its delivery's."""
        said, file, first = outcome.said, outcome.file, receipts[0].body
        if not is_of_report(said, first["report"]) or not is_of_task(said, first["number"]):
            return True
        named = (first["number"], first["report"])
        again = next((one for one in receipts if (one.body["number"], one.body["report"]) != named), None)
        is_again = again is not None and _act(file)[0] >= again.at
        return is_again or bool(first["number"] != self.cases[file["case"]]["number"])


def _said(data: bytes) -> dict[str, Any] | None:
    """What an envelope says; None for one that is none."""
    try:
        return envelope(data)
    except Wrong:
        return None


def _is_told(body: dict[str, Any], entry: Entry) -> bool:
    """Whether the journal's entry is that of a receipt with this body."""
    same = entry.at // 1000 == body["received"] and entry.facts["envelopes"] == body["envelopes"]
    return same and set(entry.facts["failed"]) <= set(body["envelopes"])


def _act(file: dict[str, Any]) -> tuple[int, int]:
    """Of the act on which a file hangs, as the journal has it: its time and record."""
    acted: tuple[int, int] = file["acted"]
    return acted
