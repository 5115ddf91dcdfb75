"""/api/v1/uploads/ in the API's document: what tus 1.0.0 asks for and answers here (`kernel.wire.tus`), request by request.

tus is no JSON and takes its bodies in the event loop, so no endpoint of ninja's stands behind it; whoever reads only the
document can upload all the same.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from django.conf import settings

from baoji.kernel.wire import tus
from baoji.kernel.wire.problems import CONTENT_TYPE

JsonObject = dict[str, Any]
HASH = "^[0-9a-f]{64}$"
ABOUT = """tus 1.0.0 (https://tus.io/protocols/resumable-upload). An upload's address is the SHA-256 of the whole content,
under the caller, so a phone that has lost everything else finds it again: HEAD says how far it is, 404 that it has to be
created, PATCH sends on from there in pieces of any size. The file is safe on disk when the last PATCH is answered; then a
report or an answer may name it in `media`. Unfinished uploads are kept for a day after their last byte."""
# What each refusal means here. `kernel.wire.tus` and `kernel.records.uploads` raise them.
MEANINGS = {
    400: "`Upload-Checksum` lacks its value or is of another algorithm than `Tus-Checksum-Algorithm` says, `Upload-Concat`"
    " was asked for, or the request is malformed",
    401: "no token, or one that is wrong or has run out",
    403: "a browser without its CSRF token; or (DELETE) the upload is finished and stays",
    404: "there is no such upload of the caller's: create it",
    408: "nothing came for a long time; what came is kept, so go on from `Upload-Offset`",
    409: "`Upload-Offset` is not where the upload is; the answer's header says where",
    412: "`Tus-Resumable` is missing or another version; `Tus-Version` says which one is spoken",
    413: "longer than `Tus-Max-Size`, or longer than it was announced",
    415: "the body's type is not `application/offset+octet-stream`",
    422: "a header is missing or wrong (see `errors`), or what arrived is no photo or recording; then begin anew",
    423: "another connection writes this upload; ask again",
    429: "too many unfinished uploads, or too much in a day",
    460: "the piece, or the whole, does not have the hash that was announced; the piece (the whole) is not kept, send it again",
    503: "too many uploads at once, or a part of the server is away; ask again",
    507: "the server's disk is full; what was kept stays",
}
RETRIED = frozenset({423, 429, 503, 507})
OPTIONAL = frozenset({"Upload-Expires", "Upload-Metadata"})  # headers that not every answer has
Told = dict[str, tuple[str, JsonObject]]


def paths() -> JsonObject:
    """The two addresses as members of `paths`."""
    return {
        tus.PREFIX: {"options": _abilities("uploadAbilities"), "post": _create()},
        tus.PREFIX + "{sha256}": {
            "parameters": [
                _parameter("sha256", "path", "SHA-256 of the whole content, hexadecimal", pattern=HASH)
            ],
            "options": _abilities("uploadAbilitiesOfOne"),
            "head": _look(),
            "patch": _grow(),
            "delete": _end(),
        },
    }


def _operation(
    id_: str, summary: str, words: str, parameters: list[JsonObject], good: JsonObject
) -> JsonObject:
    return {
        "operationId": id_,
        "summary": summary,
        "description": words,
        "tags": ["uploads"],
        "parameters": [_version(), *parameters],
        "responses": good,
    }


def _abilities(id_: str) -> JsonObject:
    said = {
        "Tus-Version": ("versions spoken", {"type": "string", "const": tus.VERSION}),
        "Tus-Extension": ("extensions spoken", {"type": "string"}),
        "Tus-Checksum-Algorithm": ("algorithms for `Upload-Checksum`", {"type": "string"}),
        "Tus-Max-Size": ("most bytes of an upload", {"type": "integer"}),
    }
    made = _operation(id_, "上传的能力", ABOUT, [], {"204": _answer("what is spoken here", said)})
    return {**made, "parameters": [], "security": []}


def _create() -> JsonObject:
    example = sha256(b"a photo").hexdigest()
    parameters = [
        _parameter(
            "Upload-Length",
            "header",
            "bytes of the whole",
            type="integer",
            minimum=1,
            maximum=settings.MAX_PHOTO_BYTES,
        ),
        _parameter(
            "Upload-Metadata",
            "header",
            "`name value` pairs with commas between, each value in base64: `sha256` of the whole content (its 64 hexadecimal"
            " digits), `kind` photo (if left out) or voice. Others are kept and said again",
            maxLength=tus.LONGEST_METADATA,
            example=f"sha256 {_base64(example)},kind {_base64('photo')}",
        ),
    ]
    said = {
        "Location": ("the upload's address", {"type": "string", "pattern": f"^{tus.PREFIX}[0-9a-f]{{64}}$"})
    }
    good = {
        "201": _answer(
            "created, or there already: `Upload-Offset` says how far it is", said | _offset() | _expires()
        )
    }
    words = (
        "Creates an upload. The same again finds it; announced with another length or kind it begins anew."
    )
    return _operation(
        "createUpload",
        "开始上传",
        words,
        parameters,
        good | _refusals(400, 401, 403, 412, 413, 422, 423, 429, 503, 507),
    )


def _look() -> JsonObject:
    said: Told = {
        "Upload-Length": ("bytes of the whole", {"type": "integer"}),
        "Upload-Metadata": ("as it was said", {"type": "string"}),
    }
    good = {"200": _answer("how far it is", _offset() | said | _expires())}
    words = "Answers `Upload-Offset`; equal to `Upload-Length` the upload is finished and kept."
    refused = _refusals(400, 401, 403, 404, 412, 422, 423, 429, 460, 503, 507)
    return _operation("lookAtUpload", "问已收到多少", words, [], good | refused)


def _grow() -> JsonObject:
    parameters = [
        _parameter(
            "Upload-Offset",
            "header",
            "where this piece begins: what HEAD or the piece before answered",
            type="integer",
            minimum=0,
        ),
        _parameter(
            "Upload-Checksum",
            "header",
            "`sha1` or `sha256`, a space, and the hash of this piece in base64",
            required=False,
            maxLength=200,
            example=f"sha256 {b64encode(sha256(b'a piece').digest()).decode()}",
        ),
    ]
    words = (
        "Sends a piece. A line that is cut keeps what had arrived. Behind something that lets no PATCH through:"
        " POST with `X-HTTP-Method-Override: PATCH`."
    )
    good = {
        "204": _answer(
            "taken; at `Upload-Length` the whole is checked, kept and safe", _offset() | _expires()
        )
    }
    made = _operation("growUpload", "接着上传", words, parameters, good | _refusals(*MEANINGS))
    made["responses"]["409"]["headers"] |= _headers(_offset())
    body = {"required": True, "content": {tus.BODY: {"schema": {"type": "string", "format": "binary"}}}}
    return {**made, "requestBody": body}


def _end() -> JsonObject:
    words = "Takes an unfinished upload away; a finished one stays."
    good = {"204": _answer("it is gone", {})}
    return _operation(
        "endUpload", "取消上传", words, [], good | _refusals(400, 401, 403, 404, 412, 423, 429, 503)
    )


def _version() -> JsonObject:
    return _parameter("Tus-Resumable", "header", "the version of tus", const=tus.VERSION)


def _parameter(name: str, where: str, words: str, *, required: bool = True, **schema: Any) -> JsonObject:
    made = {"name": name, "in": where, "required": required, "description": words}
    example = schema.pop("example", None)
    if example is not None:
        made["example"] = example
    return {**made, "schema": {"type": "string", **schema}}


def _offset() -> Told:
    return {"Upload-Offset": ("bytes that are here", {"type": "integer", "minimum": 0})}


def _expires() -> Told:
    words = "when an unfinished upload is forgotten (RFC 9110 date); a finished one has none"
    return {"Upload-Expires": (words, {"type": "string"})}


def _headers(told: Told) -> JsonObject:
    return {
        name: {"description": words, "required": name not in OPTIONAL, "schema": schema}
        for name, (words, schema) in told.items()
    }


def _answer(words: str, told: Told) -> JsonObject:
    version: Told = {"Tus-Resumable": ("the version of tus", {"type": "string", "const": tus.VERSION})}
    return {"description": words, "headers": _headers(version | told)}


def _refusals(*statuses: int) -> JsonObject:
    """Problems, as everywhere; a HEAD gets the same answer without its body."""
    return {str(status): _refusal(status) for status in statuses}


def _refusal(status: int) -> JsonObject:
    told: Told = {"Tus-Version": ("versions spoken", {"type": "string"})} if status == 412 else {}
    if status in RETRIED:
        told |= {"Retry-After": ("seconds to wait", {"type": "integer"})}
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = _headers(told)
    return {"description": MEANINGS[status], "content": content, "headers": headers}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
