"""The tus protocol as Django answers it: headers, refusals, hostile words."""

from base64 import b64encode
from hashlib import sha1, sha256

import pytest
from django.test import Client
from django.utils import timezone

from baoji.kernel.identity.callers import new_token
from baoji.kernel.identity.models import Person
from baoji.kernel.records import parts, uploads
from baoji.kernel.records.tests.pictures import RECORDINGS, picture

BASE = "/api/v1/uploads/"
BODY = "application/offset+octet-stream"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


class Phone:
    """Somebody's client with a token."""

    def __init__(self, code: str) -> None:
        self.id = Person.objects.get(code=code).pk
        self.client = Client(
            headers={"Authorization": f"Bearer {new_token(self.id, 'test')}", "Tus-Resumable": "1.0.0"}
        )

    def create(self, data: bytes, *, kind: str = "photo", name: str | None = None, **headers: str):
        told = {
            "Upload-Length": str(len(data)),
            "Upload-Metadata": words(sha256=name or name_of(data), kind=kind, filetype="image/jpeg"),
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        return self.client.post(BASE, headers=told, content_type="")

    def patch(self, name: str, offset: int | str, data: bytes, *, kind: str = BODY, **headers: str):
        told = {
            "Upload-Offset": str(offset),
            **{key.replace("_", "-"): value for key, value in headers.items()},
        }
        return self.client.patch(BASE + name, data, content_type=kind, headers=told, CONTENT_TYPE=kind)

    def head(self, name: str):
        return self.client.head(BASE + name)


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def words(**told: str) -> str:
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in told.items())


@pytest.fixture
def phone() -> Phone:
    return Phone("collector.01")


def code(answer) -> str:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Tus-Resumable"] == "1.0.0"
    return str(answer.json()["code"])


def test_what_the_server_can(client):
    answer = client.options(BASE)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "termination", "expiration", "checksum"}
    assert answer["Tus-Max-Size"] == str(20 * 1024 * 1024)


def test_from_the_announcement_to_the_last_byte(phone):
    data = picture()
    made = phone.create(data)
    assert (made.status_code, made["Location"]) == (201, BASE + name_of(data))
    assert "Upload-Expires" in made
    assert (first := phone.patch(name_of(data), 0, data[:99])).status_code == 204
    assert first["Upload-Offset"] == "99"
    seen = phone.head(name_of(data))
    assert (seen["Upload-Offset"], seen["Upload-Length"], seen["Cache-Control"]) == (
        "99",
        str(len(data)),
        "no-store",
    )
    assert seen["Upload-Metadata"].startswith("sha256 ")
    done = phone.patch(name_of(data), 99, data[99:])
    assert (done.status_code, done["Upload-Offset"]) == (204, str(len(data)))
    assert "Upload-Expires" not in done
    assert uploads.kept(phone.id, name_of(data)) is not None
    assert phone.head(name_of(data))["Upload-Offset"] == str(len(data))


def test_a_voice_says_so(phone):
    data = RECORDINGS["audio/ogg"]
    phone.create(data, kind="voice")
    assert phone.patch(name_of(data), 0, data).status_code == 204
    assert uploads.kept(phone.id, name_of(data)).kind == "voice"


def test_another_persons_upload_is_not_there(phone):
    data, other = picture(), Phone("collector.02")
    phone.create(data)
    phone.patch(name_of(data), 0, data[:10])
    assert other.head(name_of(data)).status_code == 404
    assert other.patch(name_of(data), 10, data[10:]).status_code == 404
    assert other.client.delete(BASE + name_of(data)).status_code == 404
    phone.patch(name_of(data), 10, data[10:])
    assert other.head(name_of(data)).status_code == 404
    assert phone.head("f" * 64).status_code == 404


def test_strangers_and_wrong_tokens(client, phone):
    assert client.head(f"{BASE}{'a' * 64}", headers={"Tus-Resumable": "1.0.0"}).status_code == 401
    wrong = Client(headers={"Authorization": "Bearer bj_x", "Tus-Resumable": "1.0.0"})
    assert code(wrong.post(BASE, content_type="")) == "not-signed-in"


def test_a_browser_writes_with_its_csrf_token_only(phone):
    browser = Client(enforce_csrf_checks=True, headers={"Tus-Resumable": "1.0.0"})
    browser.force_login(
        Person.objects.get(pk=phone.id), backend="baoji.kernel.identity.backends.PersonBackend"
    )
    data = picture()
    told = {"Upload-Length": str(len(data)), "Upload-Metadata": words(sha256=name_of(data), kind="photo")}
    assert code(browser.post(BASE, headers=told, content_type="")) == "csrf"
    browser.get("/sign-in/")
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else "a" * 32
    browser.cookies["csrftoken"] = token
    signed = {"X-CSRFToken": token}
    assert browser.post(BASE, headers=told | signed, content_type="").status_code == 201
    body = {"Upload-Offset": "0"}
    assert code(browser.patch(BASE + name_of(data), data, content_type=BODY, headers=body)) == "csrf"
    answer = browser.patch(BASE + name_of(data), data, content_type=BODY, headers=body | signed)
    assert answer.status_code == 204


def test_offsets_that_do_not_fit(phone):
    data = picture()
    phone.create(data)
    phone.patch(name_of(data), 0, data[:20])
    for offset in (0, 19, 21, len(data)):
        answer = phone.patch(name_of(data), offset, b"x")
        assert (answer.status_code, answer["Upload-Offset"], code(answer)) == (409, "20", "wrong-offset")
    for offset in ("", "-1", "1.5", "0x1", "9" * 30, "٣"):
        assert phone.patch(name_of(data), offset, b"x").status_code == 422
    assert phone.head(name_of(data))["Upload-Offset"] == "20"


def test_more_than_was_announced(phone):
    data = picture()
    phone.create(data)
    assert code(phone.patch(name_of(data), 0, data + b"x")) == "too-large"
    assert phone.head(name_of(data))["Upload-Offset"] == "0"


def test_wrong_content_begins_anew(phone):
    data = picture()
    phone.create(data)
    wrong = data[:-1] + bytes([data[-1] ^ 1])
    answer = phone.patch(name_of(data), 0, wrong)
    assert (answer.status_code, code(answer)) == (460, "wrong-hash")
    assert phone.head(name_of(data))["Upload-Offset"] == "0"
    assert phone.patch(name_of(data), 0, data).status_code == 204


def test_what_is_no_picture_is_gone(phone):
    data = b"#!/bin/sh\nrm -rf /\n"
    phone.create(data)
    answer = phone.patch(name_of(data), 0, data)
    assert (answer.status_code, code(answer)) == (422, "not-an-image")
    assert phone.head(name_of(data)).status_code == 404


def test_parts_to_be_joined_are_not_taken_for_uploads(phone):
    data = picture()
    assert phone.create(data, Upload_Concat="partial").status_code == 400
    assert phone.head(name_of(data)).status_code == 404


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_with_a_checksum(phone, algorithm):
    data, digest = picture(), {"sha1": sha1, "sha256": sha256}[algorithm]
    phone.create(data)
    good = b64encode(digest(data[:50]).digest()).decode()
    bad = phone.patch(name_of(data), 0, data[1:51], Upload_Checksum=f"{algorithm} {good}")
    assert (bad.status_code, code(bad)) == (460, "wrong-checksum")
    assert phone.head(name_of(data))["Upload-Offset"] == "0"
    assert phone.patch(name_of(data), 0, data[:50], Upload_Checksum=f"{algorithm} {good}").status_code == 204
    assert phone.patch(name_of(data), 50, data[50:], Upload_Checksum="crc32 xyz").status_code == 400
    assert phone.patch(name_of(data), 50, data[50:], Upload_Checksum=algorithm).status_code == 400


def test_termination(phone):
    data = picture()
    phone.create(data)
    phone.patch(name_of(data), 0, data[:20])
    assert phone.client.delete(BASE + name_of(data)).status_code == 204
    assert phone.head(name_of(data)).status_code == 404
    assert not [path for path in parts.root().rglob("*") if path.is_file()]
    phone.create(data)
    phone.patch(name_of(data), 0, data)
    assert code(phone.client.delete(BASE + name_of(data))) == "not-allowed"


def test_asking_twice_for_the_end_is_no_error(phone):
    data = picture()
    phone.create(data)
    phone.patch(name_of(data), 0, data)
    again = phone.patch(name_of(data), len(data), b"")
    assert (again.status_code, again["Upload-Offset"]) == (204, str(len(data)))
    assert phone.create(data)["Upload-Offset"] == str(len(data))


def test_the_version_must_be_ours(phone):
    answer = phone.client.head(f"{BASE}{'a' * 64}", headers={"Tus-Resumable": "0.2.2"})
    assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")
    without = Client().post(BASE, content_type="")
    assert (without.status_code, without.json()["title"]) == (412, "上传协议的版本不对")


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "sha256",
        "sha256 !!!",
        "sha256 " + b64encode(b"a" * 63).decode(),
        "sha256 " + b64encode(b"A" * 64).decode(),
        "sha256 " + b64encode(b"../../../../etc/passwd").decode(),
        "sha256 " + b64encode(b"a" * 64).decode() + ",sha256 " + b64encode(b"b" * 64).decode(),
        "sha256 " + b64encode(b"\xff\xfe" * 32).decode(),
        "sha256 " + b64encode(b"a" * 64).decode() + ",kind " + b64encode(b"film").decode(),
        ",,,",
        "a " * 3000,
        "sha256 " + b64encode(b"a" * 64).decode() + ",note " + b64encode(b"x" * 2000).decode(),
    ],
)
def test_hostile_metadata(phone, metadata):
    answer = phone.create(b"x", Upload_Metadata=metadata)
    assert (answer.status_code, code(answer)) == (422, "validation")


def test_names_and_types_in_metadata_are_not_believed(phone):
    data = picture()
    told = words(
        sha256=name_of(data), kind="photo", filename="../../x.php\n\0", filetype="text/html", extra="<b>"
    )
    assert phone.create(data, Upload_Metadata=told).status_code == 201
    assert phone.patch(name_of(data), 0, data).status_code == 204
    assert uploads.kept(phone.id, name_of(data)).mime == "image/jpeg"


@pytest.mark.parametrize("length", ["", "-5", "x", "1e3", "99999999999999999999"])
def test_lengths_that_are_none(phone, length):
    assert phone.create(b"x", Upload_Length=length).status_code == 422


def test_huge_and_empty(phone):
    assert code(phone.create(b"x", Upload_Length=str(21 * 1024 * 1024))) == "too-large"
    assert code(phone.create(b"")) == "validation"
    assert code(phone.create(b"x", Upload_Defer_Length="1")) == "validation"


@pytest.mark.parametrize("name", ["x", "a" * 63, "A" * 64, "..%2f" + "a" * 64, "a" * 64 + "%00"])
def test_addresses_that_are_none(phone, name):
    assert phone.client.head(BASE + name).status_code == 404


def test_the_body_must_say_what_it_is(phone):
    data = picture()
    phone.create(data)
    assert phone.patch(name_of(data), 0, data, kind="image/jpeg").status_code == 415


def test_a_patch_may_come_as_a_post(phone):
    data = picture()
    phone.create(data)
    told = {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert phone.client.post(BASE + name_of(data), data, content_type=BODY, headers=told).status_code == 204


def test_busy_elsewhere(phone):
    data = picture()
    phone.create(data)
    elsewhere = uploads.grow(phone.id, name_of(data), timezone.now())
    for answer in (phone.head(name_of(data)), phone.patch(name_of(data), 0, data)):
        assert (answer.status_code, answer["Retry-After"]) == (423, "1")
    assert elsewhere.is_wanted()
    elsewhere.close()
    assert phone.patch(name_of(data), 0, data).status_code == 204


def test_quotas_and_a_full_disk_are_told(phone, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_UNFINISHED", 0)
    answer = phone.create(picture())
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    monkeypatch.undo()
    monkeypatch.setattr(parts, "LEAST_FREE", 1 << 60)
    answer = phone.create(picture())
    assert (answer.status_code, code(answer), answer["Retry-After"]) == (507, "storage-full", "30")


def test_sentences_are_in_the_callers_language(phone):
    assert not phone.patch("a" * 64, 0, b"").json()["detail"].isascii()
    assert phone.patch("a" * 64, 0, b"", Accept_Language="en").json()["detail"].isascii()


@pytest.mark.parametrize("method", ["GET", "PUT", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("name", "known"), [("", "OPTIONS, POST"), ("a" * 64, "DELETE, HEAD, OPTIONS, PATCH")]
)
def test_other_methods_are_not_allowed(phone: Phone, method: str, name: str, known: str) -> None:
    answer = phone.client.generic(method, BASE + name)
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, known, "method-not-allowed")


def test_what_one_upload_knows_its_collection_does_not(phone: Phone) -> None:
    assert phone.client.generic("PATCH", BASE).status_code == 405
    assert phone.client.generic("POST", f"{BASE}{'a' * 64}").status_code == 405
    assert phone.client.generic("HEAD", f"{BASE}not-a-hash").status_code == 404
