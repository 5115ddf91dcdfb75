"""A checker written from docs/evidence-format.md alone, sharing no code with ours: that the document is enough.

It looks at the proven photos only: container and manifest as a zip reader sees them, keys, chains, links, envelopes.
"""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def strict(data: bytes) -> Any:
    value = json.loads(data)
    assert json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() == data
    return value


def signed_by(spki: bytes, data: bytes, sig: bytes) -> None:
    raw = base64.b64decode(sig)
    key = serialization.load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey) and len(raw) == 64
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def proven_photos(path: Path, pinned: str) -> dict[str, tuple[int, int]]:
    """SHA-256 of each proven photo → its window in ms. Anything that does not hold raises."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    keys = strict(files["keys.json"])
    spki = {one["kid"]: base64.b64decode(one["spki"]) for one in keys["keys"]}
    role = {one["kid"]: one["role"] for one in keys["keys"]}
    assert all(digest(der) == kid for kid, der in spki.items()) and role[pinned] == "server"
    endorsed = keys["endorsement"]["body"]
    assert endorsed["skid"] == pinned and endorsed["role"] == "manifests"
    signed_by(spki[pinned], canonical(endorsed), keys["endorsement"]["sig"])
    manifest = strict(files["manifest.json"])
    assert manifest["kid"] == endorsed["kid"] and manifest["format"] == "baoji-evidence/1"
    signed_by(spki[manifest["kid"]], files["manifest.json"], files["manifest.sig"])
    listed = {one["name"]: one["sha256"] for one in manifest["files"]}
    assert listed == {n: digest(d) for n, d in files.items() if not n.startswith("manifest.")}
    chains = read_chains(files, spki[pinned])
    case = strict(files["case.json"])
    numbers = {one["id"]: one["number"] for one in case["cases"]}
    receipts = read_receipts(files, spki, role, pinned, chains)
    acts = {(one["case"], one["id"]): one["at"] for one in map(strict, files["records.jsonl"].splitlines())}
    entries = {
        (e["id"], e["said"]["facts"]["record"]): e["said"]
        for (subject, _id), chain in chains.items()
        if subject == "flow.case"
        for e in chain
    }
    for one in case["attachments"]:
        act = entries[one["case"], one["record"]]
        assert (one["act"], one["at"]) == (act["verb"], act["at"]), "a file of another act or time"
        assert (
            dict(zip(act["facts"]["files"], act["facts"]["sha256"], strict=True))[one["file"]]
            == one["sha256"]
        )
    found = {}
    first: dict[str, tuple[int, int]] = {}
    for one in sorted(case["attachments"], key=lambda one: act_of(one, acts)):
        if "envelope" in one:
            at = act_of(one, acts)
            assert first.setdefault(one["envelope"], at) == at, "an act before has this envelope"
            window = window_of(files, one, numbers[one["case"]], spki, chains, receipts, pinned, at[0])
            found |= {one["sha256"]: window} if window else {}
    return found


def act_of(file: Any, acts: dict[tuple[int, int], int]) -> tuple[int, int]:
    """Time (µs) and record of the act that a file hangs on."""
    return acts[file["case"], file["record"]], file["record"]


def read_chains(files: dict[str, bytes], server: bytes) -> dict[tuple[str, int], list[Any]]:
    chains: dict[tuple[str, int], list[Any]] = {}
    for line in files["journal.jsonl"].splitlines():
        entry = strict(line)
        chain = chains.setdefault((entry["subject"], entry["id"]), [])
        before = bytes.fromhex(chain[-1]["hash"]) if chain else b""
        assert digest(before + entry["payload"].encode()) == entry["hash"] and entry["n"] == len(chain) + 1
        chain.append(entry | {"said": json.loads(entry["payload"])})
    sealed = set()
    for line in files["links.jsonl"].splitlines():
        link = strict(line)
        fold = bytes.fromhex(link["before"])
        for one in link["hashes"]:
            fold = hashlib.sha256(fold + bytes.fromhex(one)).digest()
            sealed.add(one)
        assert digest(fold + link["summary"].encode()) == link["hash"]
    assert all(entry["hash"] in sealed for chain in chains.values() for entry in chain)
    head = strict(files["head.json"])
    signed_by(server, files["head.json"], files["head.sig"])
    assert [(one["subject"], one["id"], one["n"], one["hash"]) for one in head["chains"]] == [
        (*key, chain[-1]["n"], chain[-1]["hash"]) for key, chain in sorted(chains.items())
    ]
    assert all(digest(files[one["name"]]) == one["sha256"] for one in head["texts"])
    return chains


def read_receipts(
    files: dict[str, bytes],
    spki: dict[str, bytes],
    role: dict[str, str],
    pinned: str,
    chains: dict[tuple[str, int], list[Any]],
) -> list[Any]:
    entries = {
        chain[0]["said"]["facts"]["receipt"]: chain[0]["said"]
        for (subject, _id), chain in sorted(chains.items())
        if subject == "evidence.receipt"
    }
    found = []
    for name, entry in entries.items():
        data = files[f"receipts/{name}.json"]
        body = strict(data)
        assert digest(data) == name and body["skid"] == pinned
        signed_by(spki[pinned], data, files[f"receipts/{name}.sig"])
        assert entry["facts"]["envelopes"] == body["envelopes"] and entry["at"] // 1000 == body["received"]
        found.append(body | {"at": entry["at"], "actor": entry["actor"], "failed": entry["facts"]["failed"]})
    return found


def window_of(
    files: dict[str, bytes],
    file: Any,
    number: str,
    spki: dict[str, bytes],
    chains: dict[tuple[str, int], list[Any]],
    receipts: list[Any],
    pinned: str,
    acted: int,
) -> tuple[int, int] | None:
    name = file["envelope"]
    data = files[f"envelopes/{name}.json"]
    said = strict(data)
    assert digest(data) == name
    named = [one for one in receipts if name in one["envelopes"]]
    counting = [one for one in named if name not in one["failed"]] or named
    came = counting[0]
    assert name not in came["failed"], "it was found wanting when it came"
    signed_by(spki[said["kid"]], data, files[f"envelopes/{name}.sig"])
    (device,) = (
        chain
        for (subject, _id), chain in chains.items()
        if subject == "evidence.device" and chain[0]["said"]["facts"]["kid"] == said["kid"]
    )
    owner = device[0]["said"]["facts"]["person"]
    approved = any(e["said"]["verb"] == "approve" and e["said"]["actor"] != owner for e in device)
    assert came["actor"] == owner, "sent by somebody else"
    ends = [e["said"]["at"] for e in device if e["said"]["verb"] == "end"]
    assert not ends or came["at"] < ends[0], "the key had ended"
    turns = [e["said"] for e in device if e["said"]["verb"] in {"freeze", "thaw"}]
    was_frozen = [turn["verb"] for turn in turns if turn["at"] <= came["at"]][-1:] == ["freeze"]
    numbered = [one for one in counting if one["number"]]
    if "ticket" not in said or not numbered:
        return None
    ticket = said["ticket"]
    assert ticket["body"]["skid"] == pinned and ticket["body"]["kid"] == said["kid"]
    signed_by(spki[pinned], canonical(ticket["body"]), ticket["sig"])
    first, *later = numbered
    assert first["number"] == number and said.get("report", first["report"]) == first["report"]
    assert said.get("task", "") in {"", number}, "of another task"
    others = [r["at"] for r in later if (r["number"], r["report"]) != (number, first["report"])]
    assert not others or acted < others[0], "it had come with another report before"
    assert said["sha256"] == file["sha256"] == digest(files[f"photos/{file['sha256']}.jpg"])
    assert [said[name] for name in ("kind", "size", "mime")] == [
        file[name] for name in ("kind", "size", "mime")
    ]
    if not approved or was_frozen or (said["kind"] == "photo" and said.get("source") != "camera"):
        return None
    return ticket["body"]["issued"], came["received"]
