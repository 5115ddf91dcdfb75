"""What is said with every key of the house and does not fit together: each is refused, with the sentence that says why."""

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.town import NOW, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.evidence.keys import SigningKey, signing_key
from baoji.kernel.evidence.models import ServerKey
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification import case as case_module
from baoji.kernel.evidence.verification.container import Verdict
from baoji.kernel.evidence.verification.journal import ACT, FACTS, Journal
from baoji.kernel.evidence.verification.signed import Wrong, canonical, envelope, parsed
from baoji.kernel.evidence.verification.verify import verify
from baoji.kernel.records import storage
from baoji.kernel.records.erasure import erase
from baoji.kernel.records.models import StoredFile
from baoji.systems.urban import public
from baoji.systems.urban.tests.evidence_case import (
    MINUTE,
    Exported,
    exported,
    phone_of,
    picture,
    report_with,
)
from baoji.systems.urban.tests.forger import Edit, Forger
from baoji.systems.urban.tests.test_evidence_export import (
    altered,
    case_edit,
    kept_story,
    payloads,
    pinned,
    relinked,
    retyped,
    story,
)

__all__ = ["kept_story", "story"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
NOT_HELD = "its evidence does not hold"
HOUR_US = 3600 * 1_000_000


def said(subject: str, index: int, *changes: tuple[str, str | Callable[[re.Match[str]], str]]) -> Edit:
    """An entry of a subject with each pattern, which must be there, replaced in its payload."""

    def change(payload: str) -> str:
        for old, new in changes:
            assert re.search(old, payload), payload
            payload = re.sub(old, new, payload, count=1)
        return payload

    return payloads(change, subject, index)


def later(us: int) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found[1]}{int(found[2]) + us}"


AT, RECORDED = r'("at": )(\d+)', r'("recorded": )(\d+)'
ACTOR = r'("actor": )(\d+)'


def first_act(us: int = 0, by: int = 0) -> Edit:
    """The report itself: at another time, or by somebody else, wherever it is written."""

    def edit(forger: Forger) -> None:
        case, records = forger.json("case.json"), forger.lines("records.jsonl")
        for file in case["attachments"]:
            file["at"] += us if file["record"] == records[0]["id"] else 0
        records[0]["at"] += us
        records[0]["by"] += by
        forger.put("case.json", case)
        forger.put_lines("records.jsonl", records)
        said("flow.case", 0, (AT, later(us)), (ACTOR, later(by)))(forger)

    return edit


def told_besides(subject: str, id_: int, verb: str, facts: dict[str, Any]) -> Edit:
    """One entry more, of a chain of its own."""

    def edit(forger: Forger) -> None:
        row = {"subject": subject, "id": id_, "n": 1}
        said = row | {"verb": verb, "actor": None, "at": 1, "recorded": 1, "facts": facts}
        row |= {"payload": json.dumps(said), "hash": sha256(json.dumps(said).encode()).hexdigest()}
        rows = [*forger.lines("journal.jsonl"), row]
        forger.put_lines("journal.jsonl", sorted(rows, key=lambda one: (one["subject"], one["id"], one["n"])))
        links = forger.lines("links.jsonl")
        links[-1]["hashes"].append(row["hash"])
        forger.put_lines("links.jsonl", links)
        forger.members["heads.txt"] = b""
        relinked(forger)

    return edit


def receipt(**more: Any) -> Edit:
    def edit(forger: Forger) -> None:
        name = forger.names("receipts", ".json")[0]
        data = canonical(forger.json(name) | more)
        old, new = Path(name).stem, sha256(data).hexdigest()
        del forger.members[name], forger.members[f"receipts/{old}.sig"]
        forger.members[f"receipts/{new}.json"] = data
        forger.members[f"receipts/{new}.sig"] = b64encode(signing_key("server").sign(data))
        said("evidence.receipt", 0, (old, new))(forger)

    return edit


def heads(form: str) -> Edit:
    def edit(forger: Forger) -> None:
        link = forger.lines("links.jsonl")[-1]
        count = len(link["hashes"])
        line = form.format(n=link["n"], hash=link["hash"], count=count, more=count + 1)
        forger.members["heads.txt"] = line.encode()

    return edit


def without(name: str) -> Edit:
    return lambda forger: case_edit("cases", 0, **{name: None})(forger)


def gone(name: str) -> Edit:
    def edit(forger: Forger) -> None:
        del forger.members[name]

    return edit


def subjects_turned(forger: Forger) -> None:
    rows = forger.lines("journal.jsonl")
    first = [row for row in rows if row["subject"] == rows[0]["subject"]]
    forger.put_lines("journal.jsonl", rows[len(first) :] + first)


def summary(form: Callable[[str], str]) -> Edit:
    """Of the last link, whose hash follows from it."""

    def edit(forger: Forger) -> None:
        links = forger.lines("links.jsonl")
        link = links[-1]
        fold, link["summary"] = bytes.fromhex(link["before"]), form(link["summary"])
        for one in link["hashes"]:
            fold = sha256(fold + bytes.fromhex(one)).digest()
        link["hash"] = sha256(fold + link["summary"].encode()).hexdigest()
        forger.put_lines("links.jsonl", links)
        forger.members["heads.txt"] = b""

    return edit


BIG = 2**53
GOOD_LINE = "2026-11-28T00:12:08+00:00 {n} {hash} {count}\n"
STRICT: dict[str, tuple[Edit, str]] = {
    "an act by somebody else": (first_act(by=1), NOT_HELD),
    "a device enrolled after all came": (
        said("evidence.device", 0, (AT, later(24 * HOUR_US))),
        "the server had found it good when it came",
    ),
    "an approval of another key": (
        said("evidence.device", 1, (r'"kid": "\w+"', f'"kid": "{"a" * 64}"')),
        "a second enrolment, or about another key",
    ),
    "an enrolment of another key": (
        said("evidence.device", 0, (r'"kid": "\w+"', f'"kid": "{"a" * 64}"')),
        "spki is another key than kid",
    ),
    "a receipt for another device": (receipt(kid="a" * 64), "another device's key"),
    "a receipt for nobody": (receipt(kid=""), "another device's key"),
    "found wanting, though it never came": (
        said("evidence.receipt", 0, (r'"failed": \[\]', f'"failed": ["{"a" * 64}"]')),
        "the journal says otherwise",
    ),
    "found wanting, what is no hash": (
        said("evidence.receipt", 0, (r'"failed": \[\]', '"failed": [[]]')),
        "what should be a SHA-256 is none",
    ),
    "a number at a later act": (
        said("flow.case", 1, (r'"facts": \{', '"facts": {"number": "T1", ')),
        "number stands in the first entry only",
    ),
    "bulk that is not": (said("flow.case", 1, (r'"facts": \{', '"facts": {"bulk": false, ')), "bulk is true"),
    "fewer hashes than files": (
        said("flow.case", 0, (r'"sha256": \["\w+", ', '"sha256": [')),
        "more or fewer hashes than files",
    ),
    "files of two types": (said("flow.case", 0, (r'"files": \[', '"files": ["x", ')), "files are no ids"),
    "no files": (said("flow.case", 1, (r'"files": \[\], ', "")), "without files"),
    "a number that is too big": (
        said("flow.case", 0, (r'"version": \d+', f'"version": {BIG}')),
        "an integer beyond 2^53",
    ),
    "a payload that is a deep nest": (
        said("flow.case", 0, (r'"to": "', '"x": ' + "[" * 100_000 + ', "to": "')),
        "its payload is nested too deeply",
    ),
    "the journal's subjects in another order": (subjects_turned, "its lines stand in another order"),
    "a summary of two spaces": (summary(lambda text: text.replace(" ", "  ", 1)), "six decimal numbers"),
    "a summary of five": (summary(lambda text: text.rpartition(" ")[0]), "six decimal numbers"),
    "a summary in other figures": (summary(lambda text: text[:-1] + "٤"), "six decimal numbers"),
    "no summary": (summary(lambda _text: ""), "six decimal numbers"),
    "a case without a title": (without("title"), "without title"),
    "a case without a day": (without("created_at"), "without created_at"),
    "a type with more behind it": (retyped(2, "image/jpeg; q=1"), "no such kind of file"),
    "an erasure of another file": (
        told_besides("records.file", 987654, "erase", {"sha256": "a" * 64, "rule": "x", "days": 1}),
        "the journal tells of another file",
    ),
    "a second entry of one receipt": (
        lambda f: told_besides(
            "evidence.receipt",
            987654,
            "receive",
            {"receipt": Path(f.names("receipts", ".json")[0]).stem, "envelopes": [], "failed": []},
        )(f),
        "a second entry of one receipt",
    ),
    "heads at no time": (heads("yesterday {n} {hash} {count}\n"), "heads.txt: a line that is none"),
    "heads on no day": (heads(GOOD_LINE.replace("11-28", "02-30")), "heads.txt: a line that is none"),
    "heads at no hour": (heads(GOOD_LINE.replace("T00", "T24")), "heads.txt: a line that is none"),
    "heads of another zone": (heads(GOOD_LINE.replace("+00:00", "+08:00")), "heads.txt: a line that is none"),
    "heads cut short": (heads(GOOD_LINE[:-1]), "heads.txt: a line that is none"),
    "heads twice": (heads(GOOD_LINE * 2), "stands at another place"),
    "heads of another count": (heads(GOOD_LINE.replace("count", "more")), "heads.txt says otherwise"),
    "heads that are no text": (lambda f: f.members.update({"heads.txt": b"\xff\n"}), "a line that is none"),
    **{
        f"no {name}": (gone(name), f"{name} is missing")
        for name in ("VERIFY.md", "heads.txt", "links.jsonl", "records.jsonl")
    },
}


@pytest.mark.parametrize("name", STRICT)
def test_what_does_not_fit_together_is_refused(story: Exported, tmp_path: Path, name: str) -> None:
    edit, sentence = STRICT[name]
    forger = Forger.of(story.path)
    edit(forger)
    if forger.members.keys() >= {"VERIFY.md", "heads.txt", "links.jsonl", "records.jsonl"}:
        forger.sign_statement()
    forger.sign_manifest()
    failures = verify(forger.save(tmp_path / "altered.zip"), pinned()).failures
    assert any(sentence in text for text in failures), failures
    assert not any("cannot be read as an export" in text for text in failures), failures


@pytest.mark.parametrize("change", [{"mime": "image/JPEG"}, {"kind": "film"}])
def test_a_file_of_no_such_kind_fails_alone(story: Exported, tmp_path: Path, change: dict[str, str]) -> None:
    """It is no failure of a shape: of the other files the check still says what they prove."""
    edit = retyped(2, "image/JPEG") if "mime" in change else case_edit("attachments", 2, **change)
    found = verify(altered(story, edit, tmp_path, "with both keys"), pinned())
    text = "\n".join(found.lines)
    assert any(failure.endswith("no such kind of file") for failure in found.failures), found.failures
    assert [text.count(f"\n  {word}") for word in ("PROVEN", "CLAIMED", "FAILED")] == [2, 2, 1]


def test_the_document_names_every_fact() -> None:
    """What its table of facts leaves out, a strict checker written from it refuses in each export."""
    lines = (Path(case_module.__file__).parents[5] / "docs/evidence-format.md").read_text().splitlines()
    table = {line.split("`")[1]: line for line in lines if line.startswith("| `")}
    for name in {**ACT[0], **ACT[1]}:
        assert f"`{name}`" in table["flow.case"], name
    for (subject, verb), (needed, more) in FACTS.items():
        assert f"`{verb}`" in table[subject]
        for name in {**needed, **more}:
            assert re.search(rf"\b{name}\b", table[subject]), (subject, name)


@pytest.mark.parametrize(
    "edit", [heads(GOOD_LINE), first_act(), receipt(), said("flow.case", 0, (RECORDED, later(-1)))]
)
def test_what_fits_together_holds(story: Exported, tmp_path: Path, edit: Edit) -> None:
    """So what is refused above is refused for what was changed there."""
    found = verify(altered(story, edit, tmp_path, "with both keys"), pinned())
    assert found.holds, found.failures


# ---- links -----------------------------------------------------------------------------------------

LAST = 2**63 - 1
Link = tuple[
    int, str, str
]  # its number, what it names as the one before ("=": that one), and its summary without times
ONE: Link = (1, "", "0 0 10 0 0")
LINKS: dict[str, tuple[list[Link], bool]] = {
    "two": ([ONE, (2, "=", "0 10 20 0 0")], True),
    "two with a gap": ([ONE, (3, "a" * 64, "0 12 20 0 0")], True),
    "of a city whose numbers do not begin at one": ([(7, "", "0 0 10 0 0")], True),
    "a restore": ([(1, "", f"0 0 {LAST} 0 9"), (2, "=", "9 0 4 0 9")], True),
    "from elsewhere": ([ONE, (2, "=", "0 11 20 0 0")], False),
    "another floor": ([ONE, (2, "=", "3 10 20 0 3")], False),
    "a restore of another floor": ([(1, "", f"0 0 {LAST} 0 9"), (2, "=", "8 0 4 0 9")], False),
    "one with one before it": ([(1, "a" * 64, "0 0 10 0 0")], False),
    "nothing before a later one": ([ONE, (3, "", "0 10 20 0 0")], False),
    "backwards": ([(3, "a" * 64, "0 0 10 0 0"), (2, "a" * 64, "0 10 20 0 0")], False),
}


@pytest.mark.parametrize("name", LINKS)
def test_links_go_on_where_the_last_one_ended(name: str) -> None:
    rows, holds = LINKS[name]
    links: list[dict[str, Any]] = []
    for n, before, text in rows:
        named, text = links[-1]["hash"] if before == "=" else before, f"{text} 1795824700000000"
        hash_ = sha256(bytes.fromhex(named) + text.encode()).hexdigest()
        links.append({"n": n, "before": named, "hashes": [], "summary": text, "hash": hash_})
    verdict = Verdict()
    Journal([], links, verdict)
    assert verdict.holds is holds, verdict.failures


def test_no_link_has_the_number_nought() -> None:
    link = {"n": 0, "before": "", "hashes": [], "summary": "0 0 1 0 0 1", "hash": "a" * 64}
    with pytest.raises(Wrong, match="its number is none"):
        Journal([], [link], Verdict())


# ---- what a phone brought --------------------------------------------------------------------------


def of_a_phone(tmp_path: Path, **ticket: Any) -> tuple[str, list[str], list[str]]:
    """A report with a photo whose ticket says this: its number, and what the check prints and finds."""
    phone = phone_of("collector.01")
    assert phone.ticket is not None
    phone.ticket = signing_key("server").signed(phone.ticket["body"] | ticket)
    number = report_with(phone, picture(10))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    return number, found.lines, found.failures


def shown(number: str) -> tuple[str, list[str]]:
    (file,) = public.view(who("head.1"), public.load(number), NOW)["attachments"]
    return file["proof"], file["marks"]


@pytest.mark.parametrize("ms", [0, 1])
def test_a_clock_set_back_between_ticket_and_arrival_is_said(tmp_path: Path, ms: int) -> None:
    """No honest photo may fail for it, and no window that ends before it begins is called a span of time."""
    issued = milliseconds(NOW + 5 * MINUTE) + ms
    number, lines, failures = of_a_phone(tmp_path, issued=issued)
    assert shown(number) == ("proven", [])
    assert failures == []
    assert any("clock was set back between the two" in line for line in lines) is bool(ms)


def test_a_clock_set_back_between_an_entry_and_its_seal_is_said(story: Exported, tmp_path: Path) -> None:
    edit = said("flow.case", 0, (RECORDED, later(HOUR_US)))
    found = verify(altered(story, edit, tmp_path, "with both keys"), pinned())
    assert found.failures == []
    assert sum("THE SERVER'S CLOCK WAS SET BACK" in line for line in found.lines) == 1


def of_a_former_key(tmp_path: Path, *, really: bool) -> tuple[Path, str]:
    """An export whose photo has a ticket by a server key that is in it and is not today's; or that only says so."""
    former = SigningKey(ec.generate_private_key(ec.SECP256R1()))
    ServerKey.objects.create(kid=former.kid, role="server", spki=former.spki, since=NOW)
    phone = phone_of("collector.01")
    assert phone.ticket is not None
    phone.ticket = (former if really else signing_key("server")).signed(
        phone.ticket["body"] | {"skid": former.kid}
    )
    number = report_with(phone, picture(10))
    link_all(NOW)
    return exported(number, tmp_path).path, former.kid


def test_a_ticket_by_a_key_that_was_not_given_is_a_failure_of_the_export(tmp_path: Path) -> None:
    path, former = of_a_former_key(tmp_path, really=True)
    found = verify(path, pinned())
    assert found.failures == [
        f"signed by the server key {former[:16]}…, which is not one you gave with --key"
    ]
    assert not any(line.startswith("File ") for line in found.lines)
    for given in ([*pinned(), former], []):
        found = verify(path, given)
        assert found.holds and "  PROVEN" in found.lines


def test_a_ticket_that_no_key_signed_is_its_files_failure_whichever_key_it_names(tmp_path: Path) -> None:
    """Else a phone could keep the whole export from being read."""
    path, former = of_a_former_key(tmp_path, really=False)
    for given in (pinned(), [*pinned(), former], []):
        found = verify(path, given)
        assert found.failures == ["file 1 of 1: its evidence does not hold"]
        assert "  the ticket in it was not signed by this server for this key" in found.lines


@pytest.mark.parametrize("name", ["kid", "skid", "jhead", "seen_hash"])
def test_hashes_of_a_ticket_are_hashes(name: str) -> None:
    phone = phone_of("collector.01")
    said = parsed(phone.shoot(NOW, b"x")[0])
    said["ticket"]["body"][name] = said["ticket"]["body"][name].upper() + "A"
    with pytest.raises(Wrong, match="SHA-256"):
        envelope(canonical(said))


def test_a_link_also_says_the_hash_of_the_one_before(tmp_path: Path) -> None:
    before = int(sql.value("SELECT nextval(pg_get_serial_sequence('audit_seal', 'id'))"))
    number, lines, failures = of_a_phone(tmp_path, jn=before, jhead="1" * 64)
    remark = f"link {before} has another hash"
    assert failures == [] and not any(remark in line for line in lines)
    forger = Forger.of(tmp_path / f"{number}.zip")
    (link,) = forger.lines("links.jsonl")
    assert link["n"] == before + 1
    forger.put_lines("links.jsonl", [link | {"before": "2" * 64}])
    relinked(forger)
    forger.members["heads.txt"] = b""
    forger.sign_statement()
    forger.sign_manifest()
    found = verify(forger.save(tmp_path / "altered.zip"), pinned())
    assert found.holds and sum(remark in line for line in found.lines) == 1


def test_nothing_is_nested_deeper_than_said() -> None:
    with pytest.raises(Wrong, match="nested more than 100 deep"):
        parsed(b"[" * 101 + b"]" * 101)
    assert parsed(b"[" * 100 + b"]" * 100)


@pytest.mark.parametrize(("days", "holds"), [(400, True), (-1, False)])
def test_only_an_erasure_since_the_act_says_why_bytes_are_missing(
    tmp_path: Path, days: int, holds: bool
) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    digest = sha256(picture(10)).hexdigest()
    file = StoredFile.objects.get(sha256=digest)
    erase(file.pk, digest, file.mime, rule="staff_photo", days=365, at=NOW + timedelta(days=days))
    storage.original_path(digest).unlink()
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert found.holds is holds
    assert ("  FAILED" in found.lines) is not holds
    assert any("  erased when its time was over" in line for line in found.lines) is holds


def test_bytes_that_were_sent_again_are_not_called_erased(tmp_path: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    digest = sha256(picture(10)).hexdigest()
    file = StoredFile.objects.get(sha256=digest)
    erase(file.pk, digest, file.mime, rule="staff_photo", days=365, at=NOW + timedelta(days=400))
    link_all(NOW)
    found = verify(exported(number, tmp_path).path, pinned())
    assert found.holds and not any("erased" in line for line in found.lines)


# ---- what is given with it, and what it costs ---------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "are empty"),
        (["", " "], "are empty"),
        (["PK\x03\x04"], "line 1 of the heads that you gave cannot be read"),
        (["2026-03-17T00:00:00+00:00 {n} {HASH} 1"], "line 1 of the heads that you gave cannot be read"),
        (["", "2026-03-17T00:00:00+00:00 {n}  {hash} 1"], "line 2 of the heads that you gave cannot be read"),
        (["2026-03-17T00:00:00+00:00 {n} {zeros} 1"], "says otherwise of link"),
    ],
)
def test_heads_that_say_nothing_are_refused(story: Exported, lines: list[str], sentence: str) -> None:
    link = Forger.of(story.path).lines("links.jsonl")[-1]
    words = {"n": link["n"], "hash": link["hash"], "HASH": link["hash"].upper(), "zeros": "0" * 64}
    failures = verify(story.path, pinned(), [line.format(**words) for line in lines]).failures
    assert len(failures) == 1 and sentence in failures[0]


def test_each_envelope_is_judged_once(story: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: Counter[bytes] = Counter()
    really = case_module.fits

    def counted(spki: bytes, data: bytes, sig: bytes) -> bool:
        judged[data] += 1
        return really(spki, data, sig)

    monkeypatch.setattr(case_module, "fits", counted)
    assert verify(story.path, pinned()).holds
    assert len(judged) > 3 and set(judged.values()) == {1}
