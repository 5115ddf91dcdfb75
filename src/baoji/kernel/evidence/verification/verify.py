"""Checks an exported case and says, photo by photo, what is proven and what is the device's word.

python -m baoji.kernel.evidence.verification.verify FILE.zip [KEY …]
"""

import struct
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from baoji.kernel.evidence.verification.case import Device, Outcome, Story
from baoji.kernel.evidence.verification.container import Container, Keys, Verdict, check_manifest
from baoji.kernel.evidence.verification.journal import (
    Journal,
    check_heads,
    check_own_heads,
    check_statement,
    named_by,
    unreadable,
)
from baoji.kernel.evidence.verification.marks import FAILING, LACKING, REMARKS, standing
from baoji.kernel.evidence.verification.signed import Wrong, accuracy, position

# Links prove of each entry in here that it was sealed, of none that it was the last.
COMPLETE = "That nothing was left out, the end of a chain or a whole one, is the server's signed word: no heads confirm it."
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What reading a file that is not as it should be may raise besides `Wrong`: missing members, other types.
UNREADABLE = (
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    ValueError,
    OSError,
    struct.error,
    RecursionError,
    MemoryError,
)


def verify(path: Path, pinned: Iterable[str] = (), heads: Iterable[str] | None = None) -> Verdict:
    """`pinned`: fingerprints of server keys that come from elsewhere; `heads`: lines of a copy of heads.log, None for no copy."""
    verdict, keys = Verdict(), frozenset(pinned)
    if not path.is_file():
        verdict.fail(f"{path} is not there, or is not a file")
        _conclude(verdict, is_pinned=bool(keys))
        return verdict
    lines = None if heads is None else list(heads)
    if lines is not None and (fault := unreadable(lines)):
        verdict.fail(fault)
    try:
        with path.open("rb") as file:
            _verify(Container(file), keys, lines, verdict)
    except Wrong as wrong:
        verdict.fail(str(wrong))
    except UNREADABLE as fault:
        verdict.fail(f"this cannot be read as an export ({type(fault).__name__}: {fault})")
    _conclude(verdict, is_pinned=bool(keys))
    return verdict


def _verify(
    container: Container, pinned: frozenset[str], heads: Sequence[str] | None, verdict: Verdict
) -> None:
    keys = Keys(container, pinned)
    manifest = check_manifest(container, keys)
    journal = Journal(container.lines("journal.jsonl"), container.lines("links.jsonl"), verdict)
    journal.require_sealed(verdict)
    statement = check_statement(container, keys, journal, manifest)
    check_own_heads(container.read("heads.txt"), journal)
    verdict.lines += [
        f"THE SERVER'S CLOCK WAS SET BACK: {entry} was recorded later than it was sealed."
        for entry in journal.sealed_early()
    ]
    story = Story(container, keys, journal, verdict, named_by(heads or ()))
    if next(iter(story.cases.values()))["number"] != manifest["number"]:
        raise Wrong("manifest.json: the number of another case")
    agree = None if heads is None else check_heads(journal, heads, verdict)
    _introduce(keys, manifest, statement, story, agree, verdict)
    outcomes = list(story.outcomes())
    for n, outcome in enumerate(outcomes, 1):
        verdict.lines += ["", *_photo(n, len(outcomes), outcome, story)]
        if standing(outcome.marks) == "failed":
            verdict.fail(f"file {n} of {len(outcomes)}: its evidence does not hold")


def _introduce(
    keys: Keys,
    manifest: dict[str, Any],
    statement: dict[str, Any],
    story: Story,
    agree: int | None,
    verdict: Verdict,
) -> None:
    if keys.pinned:
        verdict.lines.append("Signed by the server key that you gave.")
    else:
        verdict.lines += [
            "THE SERVER'S KEY WAS NOT PINNED: whoever made this file may have made the key too.",
            "Compare its fingerprint with a printed case file or another source, or give it with --key:",
            f"  {grouped(statement['skid'])}",
        ]
    case = next(iter(story.cases.values()))
    chains, links = story.journal.chains, story.journal.links
    also = f" By the server's word its case number is {case['case_number']}." if "case_number" in case else ""
    verdict.lines += [
        f"Case {manifest['number']}, exported {moment(manifest['made_at'])}.{also}",
        f"Journal: {_many(sum(map(len, chains.values())), 'entry', 'entries')} of {_many(len(chains), 'subject')}, unbroken, "
        f"sealed by {_many(len(links), 'link')}; "
        f"the last is {links[-1]['n']} {links[-1]['hash']}.",
    ]
    if agree is not None:
        verb = "stands" if agree == 1 else "stand"
        verdict.lines.append(f"{agree} of these links {verb} in the heads that you gave.")
    acts = sum(1 for _entry in story.journal.entries("flow.case"))
    verdict.lines.append(f"Flow records: {_many(acts, 'act')}, as the journal has them.")
    if story.acts.unbound:
        verdict.lines.append(
            f"Of {story.acts.unbound} of them, from before the journal held it, the words or what else was set is the server's signed word."
        )
    if any(one.get("simulated") for one in story.cases.values()):
        verdict.lines.append("A SIMULATION PLAYED THIS: by the server's signed word nobody reported it.")
    if story.files and not any("envelope" in file for file in story.files):
        verdict.lines.append("NO PHONE SIGNED ANYTHING HERE: the photos came from desks or citizens.")


def grouped(kid: str) -> str:
    return " ".join(kid[at : at + 4] for at in range(0, len(kid), 4))


def _many(n: int, one: str, more: str = "") -> str:
    return f"{n} {one if n == 1 else more or f'{one}s'}"


def until(ms: int) -> str:
    """A moment by which something was so: the next full second, never an earlier one."""
    return moment(-(-ms // 1000) * 1000)


def moment(ms: int) -> str:
    try:
        return f"{EPOCH + timedelta(milliseconds=ms):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{ms} ms, a time that no calendar holds"


def _photo(n: int, count: int, outcome: Outcome, story: Story) -> list[str]:
    file = outcome.file
    lines = [
        f"File {n} of {count}: {file['kind']}, act {file['act']}, {_many(file['size'], 'byte')}, sha256 {file['sha256']}",
        f"  {outcome.proof.upper()}",
    ]
    if not file["whole"]:
        lines.append("  its bytes are not here, or are not what they are said to be: see below")
    words = {**FAILING, **LACKING}
    lines += [f"  {words[mark]}" for mark in outcome.marks if mark in words]
    if outcome.proof == "proven":
        lines += _proven(outcome, story)
    lines += _kept(outcome)
    if "no-envelope" in outcome.marks and (others := story.speaks_of(file["sha256"])):
        lines.append(
            f"  envelope {others[0][:16]}… in here speaks of these bytes: that they came without one is the server's signed word"
        )
    if outcome.device and "content" not in outcome.marks:
        lines += _device_word(outcome.said)
    remarks = [REMARKS[mark] for mark in outcome.marks if mark in REMARKS]
    lines += [f"  note: {remark.format_map(outcome.ticket or {})}" for remark in remarks]
    return lines + (_freezes(outcome.device) if outcome.device else [])


def _proven(outcome: Outcome, story: Story) -> list[str]:
    device, receipt, ticket = outcome.device, outcome.receipt, outcome.said["ticket"]["body"]
    assert device is not None and device.approval is not None and receipt is not None
    approval, people = device.approval, story.people
    received, sealed = receipt.body["received"], story.journal.sealed.get(receipt.entry.hash, 0)
    return [
        f"  proven: these bytes, since key {device.kid[:16]}… signed them; enrolled by person {device.owner} at "
        f"{moment(device.entries[0].at // 1000)}, approved by person {approval.said['actor']} at {moment(approval.at // 1000)}",
        f"  proven: signed not before {moment(ticket['issued'])} (ticket with the journal's link {ticket['jn']}) and not after "
        f"{until(received)} (receipt; sealed in the journal {until(-(-sealed // 1000))}): {_window(received - ticket['issued'])}",
        *_named(people, device.owner, approval.said["actor"]),
    ]


def _named(people: dict[int, str], *ids: int) -> list[str]:
    """Who they are, which no chain holds: the operator could write another name."""
    named = [f"person {id_} is {people[id_]}" for id_ in ids if id_ in people]
    return [f"  the server's word: {', '.join(named)}"] if named else []


def _freezes(device: Device) -> list[str]:
    """When the key was frozen and let go again, as the journal has it."""
    words = {"freeze": "frozen", "thaw": "let go again"}
    return [
        f"  the journal: its key was {words[turn.said['verb']]} at {moment(turn.at // 1000)}"
        for turn in device.freezes()
    ]


def _window(ms: int) -> str:
    if ms < 0:
        return "NO SPAN OF TIME, since the server's clock was set back between the two"
    return f"within {timedelta(seconds=-(-ms // 1000))}"


def _kept(outcome: Outcome) -> list[str]:
    file, lines = outcome.file, []
    acted, _record = file["acted"]
    if outcome.is_bound:
        lines.append(f"  proven: the journal names these bytes since the act, {until(-(-acted // 1000))}")
    elif outcome.proof != "proven":
        lines.append(
            f"  the journal names file {file['file']} since the act, {until(-(-acted // 1000))}; that these are its bytes is the server's signed word"
        )
    if outcome.is_erased:
        lines.append("  erased when its time was over; its hash and its evidence remain")
        if not outcome.device or "content" in outcome.marks:
            lines.append("  its size and type are the server's signed word")
    return lines


def _device_word(said: dict[str, Any]) -> list[str]:
    where = ""
    if place := position(said):
        metres = accuracy(said)
        exact = f" ± {metres:g} m" if metres is not None else ""
        where = f", at {place[1]:.5f} {place[0]:.5f}{exact}"
    how = {"camera": ", with the camera then and there", "gallery": ", from the phone's pictures"}
    return [f"  the device's word: taken {moment(said['at'])}{where}{how.get(said.get('source', ''), '')}"]


def _conclude(verdict: Verdict, *, is_pinned: bool) -> None:
    if verdict.holds and is_pinned:
        verdict.lines += ["", "RESULT: everything in this export holds.", f"  {COMPLETE}"]
    elif verdict.holds:
        together = "RESULT: everything in this export holds together; whose key signed it was not checked."
        verdict.lines += ["", together, f"  {COMPLETE}"]
    else:
        verdict.lines += ["", f"RESULT: THIS DOES NOT HOLD. {_many(len(verdict.failures), 'finding')}:"]
        verdict.lines += [f"  {text}" for text in verdict.failures]
    verdict.lines = [_plain(line) for line in verdict.lines]


def _plain(line: str) -> str:
    """Names in a file may be anybody's: what would move a terminal's cursor, begin a line or turn its direction is spelled out."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)


if __name__ == "__main__":
    found = verify(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.write("\n".join(found.lines) + "\n")
    sys.exit(0 if found.holds else 1)
