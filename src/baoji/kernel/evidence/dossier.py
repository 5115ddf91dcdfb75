"""A case's evidence as one file that a stranger can check: gathered from the database, signed, written as a plain zip."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.audit.extract import Part, extract
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence.arrivals import arrivals
from baoji.kernel.evidence.keys import fingerprint, known_key
from baoji.kernel.evidence.plain_zip import MOST_MEMBERS, PlainZip
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.container import FORMAT, UNLISTED, original_name
from baoji.kernel.evidence.verification.signed import canonical

MOST_BYTES = 4 * 1024**3 - 64 * 1024**2
ENVELOPES = """
SELECT id, hash, bytes, sig, kid FROM evidence_envelope WHERE id = ANY(%s) ORDER BY id
"""
RECEIPTS = """
SELECT id, hash, body, sig, envelopes FROM evidence_receipt WHERE number = ANY(%s) OR envelopes && %s::bigint[] ORDER BY id
"""
# Of whatever key an envelope names, also one whose signature does not fit.
DEVICES = "SELECT id, kid, spki FROM evidence_device WHERE kid = ANY(%s) ORDER BY id"
PEOPLE = "SELECT id, code, name FROM identity_person WHERE id = ANY(%s) ORDER BY id"
FILE = "records.file"
TOLD = "SELECT count(*) FROM audit_entry WHERE subject = %s AND subject_id = ANY(%s)"
SERVER_KEYS = "SELECT id, kid, role, spki FROM evidence_server_key ORDER BY id"
VERIFY = """\
# Evidence of case {number}

Exported {at}. What is in here, and how to check it, is written down in Digital Baoji's docs/evidence-format.md.

    baoji evidence verify FILE.zip --key "{key}"

needs no network and no database. Take the key's fingerprint from a printed case file or another source that you
trust, not from here: whoever makes a file can write this line too. The check says for each photo what is proven and
what is only the device's word.
"""
UNSIGNED = """
No phone signed anything in this case: its photos, if it has any, came from desks or citizens, or were made by a simulation.
"""


@dataclass
class Dossier:
    """`attachments` name their envelope's row as `envelope_row`; `originals` is hash → the kept file.

    `person_ids` are those that the records name; whoever acts in the journal's part is added to `people`.
    """

    number: str
    cases: list[dict[str, Any]]
    person_ids: set[int]
    records: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    originals: dict[str, Path]
    envelopes: list[tuple[Any, ...]] = field(default_factory=list)
    receipts: list[tuple[Any, ...]] = field(default_factory=list)
    devices: list[tuple[Any, ...]] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    journal: Part = field(default_factory=Part)
    people: list[dict[str, Any]] = field(default_factory=list)


def gather(dossier: Dossier, now: datetime) -> None:
    """Adds the envelopes of the attachments, their receipts, devices and keys, and the journal of all of it."""
    for role in ("server", "manifests"):
        known_key(role, now)
    rows = set(arrivals(one["envelope_row"] for one in dossier.attachments if one["envelope_row"]))
    numbers = [case["number"] for case in dossier.cases]
    dossier.receipts = sql.tuples(RECEIPTS, [numbers, sorted(rows)])
    rows |= {id_ for receipt in dossier.receipts for id_ in receipt[4]}
    came = arrivals(rows)
    dossier.envelopes = sql.tuples(ENVELOPES, [sorted({one.row for one in came.values()})])
    dossier.devices = sql.tuples(DEVICES, [sorted({row[4] for row in dossier.envelopes})])
    dossier.keys = sql.tuples(SERVER_KEYS)
    for one in dossier.attachments:
        if row := one.pop("envelope_row"):
            one["envelope"] = came[row].hash
    dossier.journal = extract(
        [
            *(("flow.case", case["id"]) for case in dossier.cases),
            *((FILE, one["file"]) for one in dossier.attachments),
            *(("evidence.receipt", receipt[0]) for receipt in dossier.receipts),
            *(("evidence.device", device[0]) for device in dossier.devices),
        ]
    )
    actors = {orjson.loads(entry["payload"])["actor"] for entry in dossier.journal.entries}
    dossier.people = sql.rows(PEOPLE, [sorted((dossier.person_ids | actors) - {None})])
    if dossier.journal.unsealed:
        raise Refused(
            _("审计日志还有 %(n)d 条没有封存，请稍后再导出") % {"n": dossier.journal.unsealed},
            code="not-sealed",
        )


def write(dossier: Dossier, target: BinaryIO, now: datetime) -> None:
    """Writes the export to a file that can be sought in.

    Raises `Refused`: too large for its format; an original was erased since the journal's part was gathered (`stale`).
    """
    try:
        _write(dossier, target, now)
    except FileNotFoundError as gone:
        raise _stale() from gone
    told = sum(entry["subject"] == FILE for entry in dossier.journal.entries)
    if sql.value(TOLD, [FILE, sorted({one["file"] for one in dossier.attachments})]) != told:
        raise _stale()


def _stale() -> Refused:
    return Refused(_("没有导出：有原件刚被按期删除，请再导出一次"), code="stale")


def _write(dossier: Dossier, target: BinaryIO, now: datetime) -> None:
    texts = _texts(dossier, now)
    photos = _photos(dossier)
    size = sum(path.stat().st_size for path in photos.values()) + sum(map(len, texts.values()))
    if size > MOST_BYTES or len(texts) + len(photos) > MOST_MEMBERS:
        raise Refused(_("这件案卷的原件超过 4 GB，不能导出成一个文件"), code="too-large", status=413)
    archive = PlainZip(target)
    for name in [*UNLISTED, *sorted((texts.keys() | photos.keys()) - {*UNLISTED})]:
        archive.add(name, texts[name] if name in texts else photos[name])
    archive.close()


def _texts(dossier: Dossier, now: datetime) -> dict[str, bytes]:
    texts = {
        "case.json": canonical(
            {"v": 1, "cases": dossier.cases, "people": dossier.people, "attachments": dossier.attachments}
        ),
        "records.jsonl": _lines(dossier.records),
        "journal.jsonl": _lines(dossier.journal.entries),
        "links.jsonl": _lines(dossier.journal.links),
        "heads.txt": "".join(f"{line}\n" for line in dossier.journal.heads).encode(),
        "keys.json": canonical(_keys(dossier, now)),
        "VERIFY.md": _for_people(dossier, now).encode(),
    }
    head = _statement(dossier, texts, now)
    texts |= {"head.json": head, "head.sig": b64encode(known_key("server", now).sign(head))}
    for _id, hash_, data, sig, _more in dossier.envelopes:
        texts[f"envelopes/{hash_}.json"], texts[f"envelopes/{hash_}.sig"] = bytes(data), b64encode(bytes(sig))
    for _id, hash_, body, sig, _rows in dossier.receipts:
        texts[f"receipts/{hash_}.json"], texts[f"receipts/{hash_}.sig"] = bytes(body), b64encode(bytes(sig))
    return _manifest(dossier, texts, now) | texts


def _for_people(dossier: Dossier, now: datetime) -> str:
    text = VERIFY.format(number=dossier.number, at=f"{now:%Y-%m-%d %H:%M %Z}", key=fingerprint())
    return text if dossier.envelopes else text + UNSIGNED


def _manifest(dossier: Dossier, texts: dict[str, bytes], now: datetime) -> dict[str, bytes]:
    files = [_listed(name, len(data), sha256(data).hexdigest()) for name, data in texts.items()]
    files += [_listed(name, path.stat().st_size, _digest(path)) for name, path in _photos(dossier).items()]
    key = known_key("manifests", now)
    manifest = canonical(
        {
            "v": 1,
            "format": FORMAT,
            "number": dossier.number,
            "made_at": milliseconds(now),
            "kid": key.kid,
            "files": sorted(files, key=lambda one: str(one["name"])),
        }
    )
    return {"manifest.json": manifest, "manifest.sig": b64encode(key.sign(manifest))}


def _statement(dossier: Dossier, texts: dict[str, bytes], now: datetime) -> bytes:
    """What the server signs about the case: where its chains end, which links seal them, and these very texts."""
    ends = {(entry["subject"], entry["id"]): entry for entry in dossier.journal.entries}
    following = {link["n"] - 1 for link in dossier.journal.links}
    return canonical(
        {
            "v": 1,
            "number": dossier.number,
            "at": milliseconds(now),
            "chains": [
                {name: entry[name] for name in ("subject", "id", "n", "hash")}
                for _key, entry in sorted(ends.items())
            ],
            "links": [
                {"n": link["n"], "hash": link["hash"]}
                for link in dossier.journal.links
                if link["n"] not in following
            ],
            "texts": [
                {"name": name, "sha256": sha256(data).hexdigest()} for name, data in sorted(texts.items())
            ],
            "skid": known_key("server", now).kid,
        }
    )


def _keys(dossier: Dossier, now: datetime) -> dict[str, Any]:
    server, manifests = known_key("server", now), known_key("manifests", now)
    return {
        "v": 1,
        "keys": [
            *(_key(kid, role, spki) for _id, kid, role, spki in dossier.keys),
            *(_key(kid, "device", spki) for _id, kid, spki in dossier.devices),
        ],
        "endorsement": server.signed(
            {"v": 1, "role": "manifests", "kid": manifests.kid, "at": milliseconds(now), "skid": server.kid}
        ),
    }


def _key(kid: str, role: str, spki: bytes) -> dict[str, str]:
    return {"kid": kid, "role": role, "spki": b64encode(bytes(spki)).decode()}


def _photos(dossier: Dossier) -> dict[str, Path]:
    """Name in the export → kept file; what was erased or is lost is not there, and the check says so."""
    found = {}
    for one in dossier.attachments:
        path = dossier.originals[one["sha256"]]
        if path.exists():
            found[original_name(one)] = path
    return found


def _listed(name: str, size: int, digest: str) -> dict[str, Any]:
    return {"name": name, "size": size, "sha256": digest}


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(canonical(row) + b"\n" for row in rows)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
