"""Photos in pieces, against a running city: a stranger's client, cut lines, silent phones, kill -9."""

import os
import signal
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from tusclient.client import TusClient

from tests.cities import RunningCity
from tests.journeys.test_survives import REPORT, wait_until_ready

pytestmark = [pytest.mark.slow]
BASE = "/api/v1/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}
BODY = {"Content-Type": "application/offset+octet-stream"}
draw = Random(7)


def photo(width: int = 800, height: int = 600) -> bytes:
    out = BytesIO()
    Image.frombytes("RGB", (width, height), draw.randbytes(width * height * 3)).save(out, "JPEG", quality=80)
    return out.getvalue()


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def metadata(data: bytes) -> dict[str, str]:
    return {"sha256": name_of(data), "kind": "photo", "filetype": "image/jpeg"}


class Phone:
    def __init__(self, city: RunningCity, code: str) -> None:
        self.city, self.token = city, city.token(code)
        self.client = city.client(code)
        self.client.headers.update(TUS)

    def create(self, data: bytes) -> None:
        words = ",".join(
            f"{name} {b64encode(value.encode()).decode()}" for name, value in metadata(data).items()
        )
        told = {"Upload-Length": str(len(data)), "Upload-Metadata": words}
        assert self.client.post(BASE, headers=told).status_code == 201

    def offset(self, data: bytes) -> int:
        answer = self.client.head(BASE + name_of(data))
        assert answer.status_code == 200, answer
        return int(answer.headers["Upload-Offset"])

    def patch(self, data: bytes, offset: int, piece: bytes) -> httpx.Response:
        return self.client.patch(
            BASE + name_of(data), content=piece, headers={"Upload-Offset": str(offset), **BODY}
        )

    @contextmanager
    def sending(self, data: bytes, offset: int = 0) -> Iterator[socket.socket]:
        """A connection on which a PATCH of the rest has begun; what it sends is up to the test."""
        lines = [
            f"PATCH {BASE}{name_of(data)} HTTP/1.1",
            "Host: phone",
            f"Authorization: Bearer {self.token}",
            "Tus-Resumable: 1.0.0",
            f"Upload-Offset: {offset}",
            f"Content-Type: {BODY['Content-Type']}",
            f"Content-Length: {len(data) - offset}",
        ]
        with connected(self.city) as line:
            line.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            yield line


def connected(city: RunningCity) -> socket.socket:
    parts = urlsplit(city.url)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)


def eventually(what: object, expected: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while (found := what()) != expected and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.1)
    assert found == expected


def originals(city: RunningCity, data: bytes) -> list[bytes]:
    return [path.read_bytes() for path in (city.data / "files").glob(f"??/??/{name_of(data)}")]


def test_the_python_client_of_the_protocol_uploads_and_resumes(city: RunningCity) -> None:
    phone, data = Phone(city, "collector.01"), photo()
    client = TusClient(city.url + BASE, headers={"Authorization": f"Bearer {phone.token}"})
    first = client.uploader(file_stream=BytesIO(data), chunk_size=40_000, metadata=metadata(data))
    first.upload_chunk()
    first.upload_chunk()
    second = client.uploader(
        file_stream=BytesIO(data), chunk_size=64_000, metadata=metadata(data), url=first.url, retries=3
    )
    assert second.offset == 80_000
    second.upload()
    assert originals(city, data) == [data]
    third = client.uploader(file_stream=BytesIO(data), metadata=metadata(data), retries=2, retry_delay=0.1)
    third.upload()  # who has forgotten everything begins anew, and is done
    assert phone.offset(data) == len(data)


def test_a_cut_keeps_what_came_before_it(city: RunningCity) -> None:
    phone, data = Phone(city, "collector.01"), photo()
    phone.create(data)
    came = 0
    for size in (1, 70_000, 12_345):
        with phone.sending(data, came) as line:
            line.sendall(data[came : came + size])
            time.sleep(0.3)
        came += size
        eventually(lambda: phone.offset(data), came)
    assert phone.patch(data, came, data[came:]).status_code == 204
    assert originals(city, data) == [data]


def test_a_phone_that_comes_back_takes_over_from_its_dead_connection(city: RunningCity) -> None:
    phone, data = Phone(city, "collector.01"), photo()
    phone.create(data)
    with phone.sending(data) as dead:
        dead.sendall(data[:50_000])
        time.sleep(0.3)
        began = time.monotonic()
        assert phone.offset(data) == 50_000
        assert time.monotonic() - began < 5
        assert phone.patch(data, 50_000, data[50_000:]).status_code == 204
    assert originals(city, data) == [data]


def test_kill_9_in_the_middle_loses_nothing_acknowledged(city: RunningCity) -> None:
    phone, data = Phone(city, "collector.01"), photo(1600, 1200)
    phone.create(data)
    acknowledged = kills = 0
    while acknowledged < len(data):
        if kills < 2:
            with phone.sending(data, acknowledged) as line:
                line.sendall(data[acknowledged : acknowledged + 150_000])
                time.sleep(0.2)
                kill_web(city, with_workers_only=kills == 0)
                kills += 1
            wait_until_ready(city)
            came = phone.offset(data)
            assert came >= acknowledged
            acknowledged = came
        piece = data[acknowledged : acknowledged + 100_000]
        try:
            answer = phone.patch(data, acknowledged, piece)
            assert answer.status_code == 204, answer.text
            acknowledged = int(answer.headers["Upload-Offset"])
        except httpx.HTTPError:
            acknowledged = phone.offset(data)
    assert kills == 2 and originals(city, data) == [data]


def kill_web(city: RunningCity, *, with_workers_only: bool) -> None:
    """The workers at once and without a word, or the whole process."""
    first = city.status()["processes"]["web"]
    children = [
        int(word)
        for thread in os.listdir(f"/proc/{first}/task")
        for word in open(f"/proc/{first}/task/{thread}/children").read().split()  # noqa: SIM115
    ]
    for process in children if with_workers_only else (first, *children):
        os.kill(process, signal.SIGKILL)


def test_silent_phones_hold_nobody_up(city: RunningCity) -> None:
    """More connections that began to send and went silent, of both kinds, than the web processes have threads."""
    phones, lines = [Phone(city, f"collector.{n:02}") for n in range(1, 9)], []
    try:
        for phone in phones:
            for _n in range(3):
                data = photo(120, 90)
                phone.create(data)
                line = phone.sending(data)
                lines.append(line)
                line.__enter__().sendall(data[:10])
        for _n in range(24):
            line = connected(city)
            lines.append(line)
            line.sendall(b"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        times = []
        with city.client("officer.001") as client:
            for n in range(20):
                began = time.monotonic()
                made = client.post("/api/v1/reports", json=REPORT | {"description": f"silent {n}"})
                assert made.status_code == 201, made.text
                assert client.get("/livez").status_code == 200
                times.append(time.monotonic() - began)
        assert sorted(times)[-2] < 2, times
        assert phones[0].patch(data := photo(100, 80), 0, b"").status_code == 404
        phones[0].create(data)
        assert phones[0].patch(data, 0, data).status_code == 204
    finally:
        for line in lines:
            line.close() if isinstance(line, socket.socket) else line.__exit__(None, None, None)


def test_one_person_has_so_many_lines_and_is_told_to_wait(city: RunningCity) -> None:
    phone, held = Phone(city, "collector.09"), []
    try:
        told = ""
        for _n in range(40):
            data = photo(64, 64)
            phone.create(data)
            line = phone.sending(data)
            held.append(line)
            one = line.__enter__()
            one.sendall(data[:10])
            one.settimeout(0.2)
            try:
                told = one.recv(1000).decode()
                break
            except TimeoutError:
                continue
        assert told.startswith("HTTP/1.1 503") and "retry-after: 2" in told.lower()
        assert len(held) > 8
    finally:
        for line in held:
            line.__exit__(None, None, None)


def test_a_body_that_was_cut_does_nothing(city: RunningCity) -> None:
    body = b'{"kind": "event", "class": "0112"}'
    told = f"Authorization: Bearer {city.token('officer.001')}\r\nIdempotency-Key: cut-body\r\nContent-Type: application/json"
    with connected(city) as line:
        line.sendall(
            f"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\n{told}\r\nContent-Length: {len(body) + 1}\r\n\r\n".encode()
            + body
        )
        line.shutdown(socket.SHUT_WR)
        assert not line.recv(1000).startswith(b"HTTP/1.1 2")
    with city.client("officer.001") as client:
        answer = client.post("/api/v1/reports", json=REPORT, headers={"Idempotency-Key": "cut-body"})
        assert answer.status_code == 201, "nothing was claimed under this key"


def test_bodies_without_a_length_are_read(city: RunningCity) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"kind": "event", "class": "0112", "condition": 1, '
        yield b'"location": {"type": "Point", "coordinates": [107.1447, 34.3693]}}'

    with city.client("officer.001") as client:
        answer = client.post(
            "/api/v1/reports", content=pieces(), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 201, answer.text
        endless = (b"x" * 65536 for _n in range(1200))
        assert client.post("/api/v1/reports", content=endless).status_code == 413


def test_files_go_out_whole_in_parts_and_not_at_all(city: RunningCity) -> None:
    page = httpx.get(f"{city.url}/sign-in/").text
    path = next(word for word in page.split('"') if word.startswith("/static/") and word.endswith(".css"))
    whole = httpx.get(city.url + path)
    assert whole.status_code == 200 and int(whole.headers["Content-Length"]) > 1000
    head = httpx.head(city.url + path)
    assert head.status_code == 200 and head.content == b""
    plain = {"Accept-Encoding": "identity"}
    part = httpx.get(city.url + path, headers={"Range": "bytes=10-19", **plain})
    assert (part.status_code, part.content) == (206, httpx.get(city.url + path, headers=plain).content[10:20])


def test_a_header_in_disguise_is_not_another(city: RunningCity) -> None:
    """`X_Forwarded_Proto` must not pass for `X-Forwarded-Proto`, nor `Content_Length` for the length."""
    with connected(city) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nContent_Length: 99999999999\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    with connected(city) as line:
        line.sendall(b"GET /%2e%2e/%ff%fe/livez?\xff HTTP/1.1\r\nHost: x\r\nX-Odd: \xff\xfe\r\n\r\n")
        assert line.recv(100)[:12] in {b"HTTP/1.1 404", b"HTTP/1.1 400"}
