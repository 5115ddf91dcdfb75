"""Many phones that come back online at once, in a process of their own: python -m baoji.operate.bench.phones < order.json

Each has queued reports with photos. It asks for a ticket, then for each report finds or begins its uploads, sends them, seals
envelopes and puts the report, as the field app does; what is refused for now is tried again. The answer is one line of JSON.
"""

import asyncio
import json
import random
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from time import perf_counter, time
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from PIL import Image

UPLOADS = "/api/v1/uploads/"
LATER = frozenset({408, 423, 429, 503, 507})
SEND_BUFFER = 64 * 1024  # so that what counts as sent has nearly left
PATIENCE_S = 120.0
JsonObject = dict[str, Any]


@dataclass
class Seen:
    """What all phones saw together."""

    waits: list[float] = field(
        default_factory=list
    )  # seconds from a photo's last byte to its acknowledgement
    reports: list[float] = field(default_factory=list)
    later: int = 0
    lost: int = 0
    faults: list[str] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)


def noise(size: int) -> bytes:
    """A JPEG of about so many bytes."""
    side = 64
    while True:
        out = BytesIO()
        Image.effect_noise((side * 4, side * 3), 60).convert("RGB").save(out, "JPEG", quality=88)
        if out.tell() >= size:
            return out.getvalue()
        side = max(side + 8, int(side * (size / out.tell()) ** 0.5))


def photo(base: bytes, words: str) -> bytes:
    """The same picture with a comment of its own behind the first mark: other bytes, another hash."""
    text = words.encode()
    return base[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + base[2:]


class Line:
    """A connection that is made again when it is lost."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes, float]:
        """Status, headers, body, and the seconds since the last byte was sent. Raises OSError."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(*self.place)
            self.writer.transport.set_write_buffer_limits(0)
            self.writer.get_extra_info("socket").setsockopt(1, 7, SEND_BUFFER)  # SOL_SOCKET, SO_SNDBUF
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: bench",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        lines.append(f"Content-Length: {len(body)}")
        try:
            self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
            for start in range(0, len(body), SEND_BUFFER):
                self.writer.write(body[start : start + SEND_BUFFER])
                await self.writer.drain()
            sent = perf_counter()
            status, told, answer = await asyncio.wait_for(self._heard(method), PATIENCE_S)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as fault:
            self.close()
            raise ConnectionError(type(fault).__name__) from fault
        waited = perf_counter() - sent
        if told.get("connection") == "close":
            self.close()
        return status, told, answer, waited

    async def _heard(self, method: str) -> tuple[int, dict[str, str], bytes]:
        assert self.reader is not None
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        told = {
            name.lower(): value.strip()
            for name, _colon, value in (line.partition(":") for line in head[1:] if line)
        }
        status = int(head[0][9:12])
        length = 0 if method == "HEAD" or status == 204 else int(told.get("content-length", 0))
        return status, told, await self.reader.readexactly(length)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


class Phone:
    def __init__(self, order: JsonObject, given: JsonObject, base: bytes, seen: Seen) -> None:
        self.line = Line((order["host"], order["port"]))
        self.given, self.base, self.seen = given, base, seen
        self.draw = random.Random(given["kid"])
        self.key = serialization.load_der_private_key(bytes.fromhex(given["key"]), None)
        self.seq, self.prev = 0, "0" * 64
        self.ticket: JsonObject = {}

    async def live(self) -> None:
        status, told = await self.call("POST", "/api/v1/field/ticket", self._contact())
        if status != 200:
            self.seen.faults.append(f"ticket {status} {told}")
        self.ticket = told.get("ticket") or {}
        for report in self.given["reports"]:
            await self._report(report)
        self.line.close()

    def _contact(self) -> JsonObject:
        return {"kid": self.given["kid"], "head_seq": 0, "head_hash": "0" * 64, "sent_at": int(time() * 1000)}

    async def _report(self, report: JsonObject) -> None:
        media = []
        for n in range(report["photos"]):
            data = photo(self.base, f"{report['name']} {n}")
            name = sha256(data).hexdigest()
            if not await self._upload(name, data):
                return
            media.append(
                {"sha256": name, "kind": "photo", "role": "before", **self._seal(name, data, report["name"])}
            )
        began = perf_counter()
        status, told = await self.call(
            "PUT", f"/api/v1/field/reports/{report['name']}", {**report["body"], "media": media}
        )
        if status not in {200, 201}:
            self.seen.faults.append(f"report {status} {str(told)[:120]}")
            return
        self.seen.reports.append(perf_counter() - began)
        self.seen.numbers[report["name"]] = told["number"]

    async def _upload(self, name: str, data: bytes) -> bool:
        for _attempt in range(200):
            status, told, body, _waited = await self._patiently(
                "HEAD", UPLOADS + name, {"Tus-Resumable": "1.0.0"}
            )
            if status == 404:
                words = f"sha256 {b64encode(name.encode()).decode()},kind {b64encode(b'photo').decode()}"
                begin = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Upload-Metadata": words}
                status, told, body, _waited = await self._patiently("POST", UPLOADS, begin)
            if status not in {200, 201}:
                break
            offset = int(told["upload-offset"])
            if offset == len(data):
                return True
            more = {
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            status, told, body, waited = await self._tried("PATCH", UPLOADS + name, more, data[offset:])
            if status == 204 and told["upload-offset"] == str(len(data)):
                self.seen.waits.append(waited)
                return True
            if status not in {0, 409, *LATER}:
                break
        self.seen.faults.append(f"upload {status} {body[:120].decode(errors='replace')}")
        return False

    def _seal(self, name: str, data: bytes, report: str) -> JsonObject:
        said = {
            "v": 1,
            "kind": "photo",
            "sha256": name,
            "size": len(data),
            "mime": "image/jpeg",
            "kid": self.given["kid"],
            "seq": self.seq + 1,
            "prev": self.prev,
            "at": int(time() * 1000),
            "source": "camera",
            "report": report,
            "role": "before",
            "ticket": self.ticket,
            "ext": {},
        }
        sealed = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        self.seq, self.prev = said["seq"], sha256(sealed).hexdigest()
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(self.key.sign(sealed, ec.ECDSA(hashes.SHA256())))
        sig = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return {"envelope": b64encode(sealed).decode(), "sig": b64encode(sig).decode()}

    async def call(self, method: str, path: str, body: JsonObject) -> tuple[int, JsonObject]:
        data = json.dumps(body, ensure_ascii=False).encode()
        status, _told, answer, _waited = await self._patiently(
            method, path, {"Content-Type": "application/json"}, data
        )
        return status, json.loads(answer or b"{}")

    async def _patiently(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes, float]:
        """Again and again while the line is lost or the server asks to come back later."""
        for _attempt in range(200):
            found = await self._tried(method, path, headers, body)
            if found[0] not in {0, *LATER}:
                break
        return found

    async def _tried(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes, float]:
        """Status 0 for a lost line; after that, and after "later", some time has passed."""
        try:
            found = await self.line.ask(
                method, path, {"Authorization": f"Bearer {self.given['token']}", **headers}, body
            )
        except OSError:
            self.seen.lost += 1
            await asyncio.sleep(self.draw.uniform(0.2, 1.0))
            return 0, {}, b"", 0.0
        if found[0] in LATER:
            self.seen.later += 1
            await asyncio.sleep(float(found[1].get("retry-after", 1)) * self.draw.uniform(0.5, 1.5))
        return found


async def live_together(order: JsonObject) -> JsonObject:
    seen, base = Seen(), noise(order["photo_bytes"])
    phones = [Phone(order, given, base, seen) for given in order["phones"]]
    print("ready", flush=True)
    sys.stdin.readline()
    began = perf_counter()
    await asyncio.gather(*(phone.live() for phone in phones))
    return {**vars(seen), "seconds": perf_counter() - began, "photo_bytes": len(base)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(live_together(json.loads(sys.stdin.readline())))), flush=True)
