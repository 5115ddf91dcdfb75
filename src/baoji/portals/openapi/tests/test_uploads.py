"""The uploads in the API's document: who reads nothing else can upload, and no answer is missing from it."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
from django.http import HttpResponse
from django.test import Client
from tests.town import program

from baoji.kernel.base.errors import Refused
from baoji.kernel.records.parts import Busy
from baoji.kernel.records.tests.pictures import picture
from baoji.portals.openapi import uploads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
JsonObject = dict[str, Any]
ALL, ONE = "/api/v1/uploads/", "/api/v1/uploads/{sha256}"


@cache
def document() -> JsonObject:
    found: JsonObject = Client().get("/api/v1/openapi.json").json()
    return found


class Reader:
    """A program that knows the document and nothing else."""

    def __init__(self, code: str = "collector.01") -> None:
        self.document = document()
        self.client = program(code)

    def ask(
        self, method: str, path: str, name: str = "", data: bytes = b"", kind: str = "", **facts: str | None
    ) -> HttpResponse:
        """Sends what the document says is needed; a fact of None leaves a header out, `version` is another tus."""
        operation = self.document["paths"][path][method]
        headers = {}
        for parameter in operation.get("parameters", []):
            fact = parameter["name"].replace("-", "_").lower()
            value = facts.get(fact, parameter["schema"].get("const"))
            assert value is not None or fact in facts or not parameter["required"], parameter["name"]
            if value is not None:
                headers[parameter["name"]] = value
        if "requestBody" in operation and not kind:
            (kind,) = operation["requestBody"]["content"]
        answer: HttpResponse = self.client.generic(
            method.upper(), path.replace("{sha256}", name), data, content_type=kind, headers=headers
        )
        self.known(operation, answer)
        return answer

    def known(self, operation: JsonObject, answer: HttpResponse) -> None:
        """The document foresees the status, the type of the body and the headers of this answer."""
        said = operation["responses"][str(answer.status_code)]
        kinds = set(said.get("content", {}))
        assert ({answer.headers["Content-Type"]} if "Content-Type" in answer.headers else set()) == kinds
        for header, told in said["headers"].items():
            assert not told["required"] or header in answer.headers, (answer.status_code, header)
            if told["schema"].get("const"):
                assert answer.headers[header] == told["schema"]["const"]
        ours = {one for one in answer.headers if one.startswith(("Tus-", "Upload-"))}
        assert ours - {"Tus-Resumable"} <= set(said["headers"])


def metadata(data: bytes, kind: str = "photo") -> str:
    name = sha256(data).hexdigest()
    return ",".join(
        f"{key} {b64encode(value.encode()).decode()}" for key, value in (("sha256", name), ("kind", kind))
    )


@pytest.fixture
def reader() -> Reader:
    return Reader()


def begin(reader: Reader, data: bytes) -> str:
    made = reader.ask("post", ALL, upload_length=str(len(data)), upload_metadata=metadata(data))
    assert made.status_code == 201
    return str(made.headers["Location"]).removeprefix(ALL)


def test_who_reads_only_the_document_uploads_in_pieces(reader: Reader) -> None:
    data = picture()
    assert int(reader.ask("options", ALL).headers["Tus-Max-Size"]) >= len(data)
    name, offset = begin(reader, data), 0
    while offset < len(data):
        piece = data[offset : offset + 500]
        checksum = f"sha256 {b64encode(sha256(piece).digest()).decode()}"
        sent = reader.ask("patch", ONE, name, piece, upload_offset=str(offset), upload_checksum=checksum)
        assert sent.status_code == 204
        offset = int(sent.headers["Upload-Offset"])
        seen = reader.ask("head", ONE, name)
        assert (seen.headers["Upload-Offset"], seen.headers["Upload-Length"]) == (str(offset), str(len(data)))
    assert reader.ask("delete", ONE, name).status_code == 403  # it is kept
    other = picture() + b"more"
    assert reader.ask("delete", ONE, begin(reader, other)).status_code == 204


GOOD = {"upload_offset": "0"}
SHORT = b"12345"
REFUSED: list[tuple[int, str, JsonObject]] = [
    (400, "patch", {"data": SHORT, "upload_checksum": "md5 AAAA"}),
    (404, "patch", {"name": "0" * 64, "data": SHORT}),
    (404, "head", {"name": "0" * 64}),
    (404, "delete", {"name": "0" * 64}),
    (409, "patch", {"data": SHORT, "upload_offset": "7"}),
    (412, "patch", {"data": SHORT, "tus_resumable": "0.2.2"}),
    (412, "head", {"tus_resumable": None}),
    (413, "patch", {"data": bytes(5000)}),
    (415, "patch", {"data": SHORT, "kind": "application/json"}),
    (422, "patch", {"data": SHORT, "upload_offset": "first"}),
    (460, "patch", {"data": SHORT, "upload_checksum": f"sha1 {b64encode(bytes(20)).decode()}"}),
]


@pytest.mark.parametrize(("status", "method", "given"), REFUSED)
def test_a_refusal_is_one_of_the_document(
    reader: Reader, status: int, method: str, given: JsonObject
) -> None:
    name = begin(reader, picture()[:600])
    answer = reader.ask(method, ONE, **{"name": name, **GOOD, **given})
    assert answer.status_code == status
    if status == 409:
        assert answer.headers["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (412, {"tus_resumable": "2.0.0"}),
        (413, {"upload_length": str(10**12)}),
        (422, {"upload_length": "many"}),
        (422, {"upload_metadata": "sha256 nonsense"}),
        (422, {"upload_metadata": None}),
        (422, {"upload_metadata": metadata(b"x", "song")}),
    ],
)
def test_a_refusal_of_a_beginning_is_one_of_the_document(
    reader: Reader, status: int, given: JsonObject
) -> None:
    usual = {"upload_length": "5", "upload_metadata": metadata(b"12345")}
    assert reader.ask("post", ALL, **{**usual, **given}).status_code == status


def test_no_photo_is_refused_when_it_is_whole(reader: Reader) -> None:
    data = b"this is no photo at all"
    assert reader.ask("patch", ONE, begin(reader, data), data, **GOOD).status_code == 422
    wrong = picture()
    name = begin(reader, wrong)
    assert reader.ask("patch", ONE, name, bytes(len(wrong)), **GOOD).status_code == 460


def test_busy_full_and_crowded_are_in_the_document(reader: Reader) -> None:
    name = begin(reader, picture())
    for method, path, fault, status in (
        ("head", ONE, Busy(), 423),
        ("patch", ONE, Refused("full", code="storage-full", status=507), 507),
        ("delete", ONE, Refused("away", code="unavailable", status=503), 503),
    ):
        where = {"head": "look", "patch": "grow", "delete": "end_early"}[method]
        with patch(f"baoji.kernel.wire.tus.uploads.{where}", side_effect=fault):
            assert (
                reader.ask(method, path, name, SHORT if method == "patch" else b"", **GOOD).status_code
                == status
            )


def test_a_stranger_and_a_browser_without_its_token_are_refused(reader: Reader) -> None:
    reader.client = Client()
    assert reader.ask("head", ONE, "0" * 64).status_code == 401
    usual = {"upload_length": "5", "upload_metadata": metadata(b"12345")}
    assert reader.ask("post", ALL, **usual).status_code == 401


def test_every_status_has_its_meaning(reader: Reader) -> None:
    """A PATCH can meet all of them; the document says each once and nothing else."""
    said = set(reader.document["paths"][ONE]["patch"]["responses"])
    assert said == {"204", *map(str, uploads.MEANINGS)}
    operations = [
        operation["operationId"]
        for path in reader.document["paths"].values()
        for method, operation in path.items()
        if method in {"get", "put", "post", "delete", "options", "head", "patch"}
    ]
    assert len(operations) == len(set(operations))
