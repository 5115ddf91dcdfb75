"""`field-sync`: collectors with queued reports and photos come back online at once, while others go on reporting."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from threading import Thread
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.evidence.actions import approve_device, enrol_device
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.kernel.records import storage
from baoji.operate.bench import disk, machine
from baoji.operate.bench.crowd import Client, Tally, share
from baoji.operate.bench.ground import SIZES, Ground
from baoji.operate.bench.intake import report_ask, report_body
from baoji.operate.bench.result import Figures, Result
from baoji.operate.errors import Trouble

OTHERS_PER_S = 10.0
MOST_MS = 500
TIMES_FLOOR = 3.0
READ_AGAIN = 50
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Load:
    phones: int
    reports: int
    photos: int
    photo_bytes: int

    @property
    def files(self) -> int:
        return self.phones * self.reports * self.photos


LOADS = {
    "tiny": Load(4, 2, 2, 40_000),
    "short": Load(100, 4, 2, 200_000),
    "full": Load(500, 4, 2, 400_000),
}


def load_of(ground: Ground) -> Load:
    return LOADS[next(name for name, size in SIZES.items() if size is ground.size)]


def people(number: int) -> list[str]:
    """Collectors, then officers, then cleaners: whoever carries a phone in the demo city."""
    codes = [f"collector.{n:02}" for n in range(1, 51)] + [f"officer.{n:03}" for n in range(2, 301)]
    return (codes + [f"cleaner.{n:04}" for n in range(1, 1801)])[:number]


def order(ground: Ground, load: Load) -> JsonObject:
    """What the phones' process is told; their devices are enrolled and approved."""
    codes, now = people(load.phones), timezone.now()
    tokens, chief = ground.tokens(codes), _caller("chief.1")
    host, port = ground.place
    phones = [
        {
            **_device(code, chief, now),
            "token": token,
            "reports": [_report(ground, load) for _n in range(load.reports)],
        }
        for code, token in zip(codes, tokens, strict=True)
    ]
    return {"host": host, "port": port, "photo_bytes": load.photo_bytes, "phones": phones}


def _caller(code: str) -> Caller:
    found = caller_by_code(code)
    if found is None:
        raise Trouble(f"The bench needs the demo city: there is no {code}.")
    return found


def _device(code: str, chief: Caller, now: datetime) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    device, _is_new = enrol_device(by=_caller(code), spki=spki, label="bench", now=now)
    approve_device(by=chief, kid=device.kid, now=now)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"kid": device.kid, "key": private.hex()}


def _report(ground: Ground, load: Load) -> JsonObject:
    return {"name": str(uuid4()), "photos": load.photos, "body": json.loads(report_body(ground.spot()))}


def others(token: str, ground: Ground, phones: "subprocess.Popen[str]") -> Iterator[tuple[float, Client]]:
    """Reports of other people, at their own times, until the phones are done."""
    at = 0.0
    while phones.poll() is None:
        yield at, _one(token, ground)
        at += 1 / OTHERS_PER_S


def _one(token: str, ground: Ground) -> Client:
    answer = yield report_ask(token, ground.spot())
    if answer.status != 201:
        raise Trouble(f"A report by somebody else got {answer.status}.")


def come_back(ground: Ground, told: JsonObject) -> tuple[JsonObject, Tally]:
    """What the phones saw, and what the others saw meanwhile."""
    words = (sys.executable, "-m", "baoji.operate.bench.phones")
    phones = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert phones.stdin and phones.stdout
    phones.stdin.write(json.dumps(told) + "\n")
    phones.stdin.flush()
    if phones.stdout.readline() != "ready\n":
        raise Trouble("The phones did not start.")
    token, heard = ground.token("officer.001"), list[str]()
    listening = Thread(target=lambda: heard.append(phones.stdout.read()))  # type: ignore[union-attr]
    listening.start()
    phones.stdin.write("go\n")
    phones.stdin.flush()
    tally = ground.crowd().arrive(others(token, ground, phones))
    listening.join()
    if phones.returncode:
        raise Trouble("The phones' process failed; its reason stands above.")
    return json.loads(heard[0]), tally


def stored(told: JsonObject, seen: JsonObject, load: Load) -> tuple[Figures, list[str]]:
    """What the city has of it, and what is wrong: a report missing or twice, a photo missing, doubled or changed."""
    names = [report["name"] for phone in told["phones"] for report in phone["reports"]]
    delivered = dict(
        sql.tuples("SELECT name::text, number FROM urban_delivery WHERE name = ANY(%s::uuid[])", [names])
    )
    files = sql.tuples(
        "SELECT f.sha256, count(*) FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id JOIN records_file f ON f.id = a.file_id"
        " WHERE c.number = ANY(%s) GROUP BY f.sha256",
        [list(delivered.values())],
    )
    paths = [storage.original_path(name) for name, _count in files]
    wrong = {
        "reports are missing": len(names) - len(delivered),
        "reports have one number": len(delivered) - len(set(delivered.values())),
        "reports have another number than the phone was told": sum(
            delivered.get(name) != number for name, number in seen["numbers"].items()
        ),
        "photos are missing": load.files - len(files),
        "photos hang on two reports": sum(count > 1 for _name, count in files),
        "originals are missing or short": sum(
            not path.exists() or path.stat().st_size < load.photo_bytes for path in paths
        ),
        "originals are not what they were": sum(
            sha256(path.read_bytes()).hexdigest() != path.name
            for path in Random(1).sample(paths, min(READ_AGAIN, len(paths)))
        ),
    }
    figures: Figures = {"reports": len(delivered), "photos": len(files)}
    return figures, [f"{number} {what}" for what, number in wrong.items() if number]


def run(ground: Ground) -> Result:
    load, result = load_of(ground), Result("field-sync", machine=machine.facts())
    ground.say(f"field-sync: the disk's own floor, {load.files} files of {load.photo_bytes // 1000} kB …")
    result.floor = disk.floor(
        settings.DATA / "bench" / "floor", files=load.files, size=load.photo_bytes, at_once=load.phones
    )
    told = order(ground, load)
    ground.say(
        f"field-sync: {load.phones} phones with {load.reports} reports of {load.photos} photos each come back …"
    )
    before = machine.used()
    seen, meanwhile = come_back(ground, told)
    cpu = machine.spent(before, load.files)
    figures, wrong = stored(told, seen, load)
    result.ours = {**_seen(seen, figures), "cpu_ms a photo": cpu, "others": _others(meanwhile)}
    result.ratio = {
        name: round(result.ours[name] / result.floor[name], 3)
        for name in ("p95", "MB a second")
        if result.floor[name]
    }
    result.count(meanwhile)
    result.errors += len(wrong) + len(seen["faults"])
    result.notes += [*wrong, *seen["faults"][:5]]
    _promise(result)
    result.machine["memory"] = machine.memory()
    return result


def _seen(seen: JsonObject, figures: Figures) -> Figures:
    waits, bytes_ = seen["waits"], figures["photos"] * seen["photo_bytes"]
    return {
        **figures,
        "seconds": round(seen["seconds"], 1),
        "MB a second": round(bytes_ / 1e6 / seen["seconds"], 1),
        "p50": round(share(waits, 0.5), 1),
        "p95": round(share(waits, 0.95), 1),
        "report p95": round(share(seen["reports"], 0.95), 1),
        "told to come back later": seen["later"],
        "lines lost": seen["lost"],
    }


def _others(tally: Tally) -> Figures:
    times = [seconds for _at, seconds in tally.ends]
    return {"reports": len(times), "p50": round(share(times, 0.5), 1), "p95": round(share(times, 0.95), 1)}


def _promise(result: Result) -> None:
    result.promise("all stored, none twice, none changed", result.errors, result.errors == 0)
    ratio = result.ratio.get("p95", 0.0)
    result.promise(
        f"p95 from a photo's last byte to its acknowledgement: at most {TIMES_FLOOR:.0f} times the disk's own, as many at once",
        ratio,
        ratio <= TIMES_FLOOR,
    )
    late = result.ours["others"]["p95"]
    result.promise(f"intake by others meanwhile: p95 at most {MOST_MS} ms", late, late <= MOST_MS)
