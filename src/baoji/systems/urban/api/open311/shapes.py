"""Rows as GeoReport v2 tells them, as far as the reader may know: a program all that came by its key, strangers what is public."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from baoji.kernel.base.phrases import headed, remarked
from baoji.kernel.organisations.names import division_name
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban import public
from baoji.systems.urban.api.open311 import words
from baoji.systems.urban.queries.open311_requests import TALK, place_rules, roots_of
from baoji.systems.urban.queries.open311_services import OPEN_FIELDS, class_schema, settings
from baoji.systems.urban.queries.progress import TOLD
from baoji.systems.urban.queries.shown import coarse_m
from baoji.systems.urban.queries.words import words_policy
from baoji.systems.urban.rules.citizens import Place, Review, Words, middle_of_square
from baoji.systems.urban.rules.redaction import redacted

STREET = 9  # digits of a street office's code: as far as a coarse place says where it is
DIGITS = 7  # of a degree: a centimetre
_signer = Signer(salt="open311.photo")


@dataclass
class Reader:
    """Who reads: `key_id` 0 is a stranger. `base` is the endpoint's address, for links to photos."""

    key_id: int
    base: str
    places: Mapping[str, Place] = field(default_factory=place_rules)
    words: Words = field(default_factory=words_policy)
    closed: tuple[str, ...] = field(
        default_factory=lambda: tuple(name for name in OPEN_FIELDS if name not in settings()["fields"])
    )
    _known: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What many rows of one answer have in common is worked out once."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def sent(self, row: Mapping[str, Any]) -> bool:
        """Whether the request came by this reader's key."""
        return bool(self.key_id) and row["key_id"] == self.key_id

    def is_coarse(self, row: Mapping[str, Any]) -> bool:
        """Whether this reader is told the place roughly only: of classes that may be a home, unless it came by its own key."""
        return not self.sent(row) and self.places.get(row["topic"], Place.EXACT) is not Place.EXACT

    def may_see_photos(self, row: Mapping[str, Any]) -> bool:
        """Whether the city shows photos to strangers at all; `photos_of` says which."""
        return "media_url" not in self.closed or self.sent(row)

    def may_read_words(self, row: Mapping[str, Any]) -> bool:
        """Whether what nobody has looked at is shown to strangers, redacted: only of what came by Open311, which is public by its nature."""
        return row["key_id"] is not None and not self.is_coarse(row) and self.words is Words.ALL


def when(at: datetime | None) -> str | None:
    """A time as the specification writes it: ISO 8601 to the second, with the city's offset."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds") if at else None


def requests(
    rows: Sequence[dict[str, Any]], reader: Reader, photos: Mapping[int, Any]
) -> list[dict[str, Any]]:
    """Requests as GeoReport has them, in the order of `rows` (`queries.open311_requests.details`); `photos` by the row's id.
    Places are WGS 84 in degrees; what this reader may not read is null."""
    roots = roots_of(rows, reader.key_id)
    return [_request(row, roots.get(row["id"]), reader, photos.get(row["id"], [])) for row in rows]


def _request(
    row: dict[str, Any], root: dict[str, Any] | None, reader: Reader, photos: Sequence[Any]
) -> dict[str, Any]:
    stands, coarse = root or row, reader.is_coarse(row)
    status = words.status_of(stands)
    lon, lat = middle_of_square(row["lon"], row["lat"], coarse_m()) if coarse else (row["lon"], row["lat"])
    limit = stands["limit_value"], stands["limit_unit"]
    told = {
        "service_request_id": row["number"],
        "status": status,
        "status_notes": _notes(row, root, reader),
        "service_name": reader.once(("name", row["topic"]), lambda: _service_name(row)),
        "service_code": row["topic"] or None,
        "description": _description(row, reader) or None,
        "agency_responsible": reader.once(("agency", stands["body_id"]), lambda: words.agency(stands)),
        "service_notice": reader.once(("limit", limit), lambda: words.notice(*limit)),
        "requested_datetime": when(row["created_at"]),
        "updated_datetime": when(stands["closed_at"] or stands["last_at"]),
        "expected_datetime": when(stands["clock_due_at"]) if status == "open" else None,
        "address": _address(row, reader) or None,
        "address_id": row["component"] if row["component"] and not coarse else None,
        "zipcode": None,
        "lat": round(lat, DIGITS),
        "long": round(lon, DIGITS),
        "media_url": _media_url(row, reader, photos),
    }
    return told if reader.sent(row) else told | dict.fromkeys(reader.closed)


def _service_name(row: dict[str, Any]) -> str | None:
    known = public.book().classes.get((row["kind"], row["class_code"]))
    return public.class_name(known) if known else None


def _notes(row: dict[str, Any], root: dict[str, Any] | None, reader: Reader) -> str | None:
    if root is None and words.status_of(row) == "open":
        where = row["stage"], row["step"], row["status"], row["rework"]
        return str(reader.once(("doing", where), lambda: words.notes(row, None, reason="")))
    return words.notes(row, root, reason=_readable(row["opinion"] or "", row, reader)) or None


def _description(row: dict[str, Any], reader: Reader) -> str:
    """The reporter's words where they may be read, else what the case is called. What a person said of them stands before the policy's `all`."""
    own = row["description"].removesuffix(row["media_url"] or "").strip()
    is_looked_at = not reader.sent(row) and row["words_state"] in {Review.SHOWN, Review.KEPT}
    readable = _cleared(row, reader) if is_looked_at else _readable(own, row, reader)
    return readable or (public.case_title(row["title"]) if row["topic"] else "")


def _cleared(row: dict[str, Any], reader: Reader) -> str:
    if row["words_state"] == Review.KEPT or reader.words is Words.NONE or reader.is_coarse(row):
        return ""
    return remarked(row["words_text"], _("经编辑")) if row["words_edited"] else str(row["words_text"])


def _readable(text: str, row: dict[str, Any], reader: Reader) -> str:
    if reader.sent(row):
        return text
    return redacted(text, [row["caller_name"]]) if reader.may_read_words(row) else ""


def _address(row: dict[str, Any], reader: Reader) -> str:
    """As typed for the program that sent it, which else reads what strangers do: the gazetteer's name, or, of what concerns
    homes, the street office alone."""
    if reader.sent(row):
        return str(row["address"] or row["shown_address"])
    if reader.is_coarse(row):
        county, street = division_name(row["area"][:6]), division_name(row["area"][:STREET])
        return " ".join(name for name in (street, county) if name)
    return str(row["shown_address"])


def _media_url(row: dict[str, Any], reader: Reader, photos: Sequence[Any]) -> str | None:
    of_request = next((photo for photo in photos if photo["act"] != "ask"), None)
    if of_request is not None:
        return photo_url(of_request, reader)
    return (row["media_url"] or None) if reader.sent(row) else None


def photo_url(photo: Mapping[str, Any], reader: Reader) -> str:
    """Photos that a person has cleared have a plain address; for the others the address itself is the key."""
    plain = f"{reader.base}/photos/{photo['id']}.jpg"
    return plain if photo["shown"] else f"{plain}?sig={_signer.signature(str(photo['id']))}"


def is_signed(attachment_id: int, signature: str) -> bool:
    """Whether this is the address that was given to who may see the photo (`photo_url`)."""
    try:
        return _signer.unsign(f"{attachment_id}:{signature}") == str(attachment_id)
    except BadSignature:
        return False


# Extensions -------------------------------------------------------------------------------------


def extend(
    told: dict[str, Any], row: dict[str, Any], reader: Reader, steps: Sequence[Any], photos: Sequence[Any]
) -> None:
    """Adds what programs in use understand: `attributes`, `extended_attributes`, `notes` and `updates`."""
    coarse = reader.is_coarse(row)
    told["attributes"] = _attributes(row, coarse)
    told["extended_attributes"] = {
        "kind": row["kind"] or None,
        "class": row["class_code"] or None,
        "severity": row["severity"],
        "stage": row["stage"],
        "step": row["step"],
        "area": row["area"][:STREET] if coarse else row["area"],
        "coarse": coarse,
        "photos": []
        if not reader.may_see_photos(row)
        else [
            {
                "media_url": photo_url(photo, reader),
                "title": photo["stage"],
                "width": photo["width"],
                "height": photo["height"],
                "created_at": when(photo["at"]),
            }
            for photo in photos
        ],
    }
    acts = words.TOLD_ACTS if reader.sent(row) else words.TOLD_ACTS - TALK
    known = [step for step in steps if step["act"] in acts]
    told["notes"] = [
        {"datetime": when(step["at"]), "description": _said(step, row, reader), "type": step["act"]}
        for step in known
    ]
    told["updates"] = updates(known, {row["id"]: row}, reader, {row["id"]: photos})


def _attributes(row: dict[str, Any], coarse: bool) -> list[dict[str, Any]]:
    """The attributes of the service as the case has them now."""
    known = public.book().classes.get((row["kind"], row["class_code"]))
    if known is None:
        return []
    fields = class_schema(known)["properties"]
    condition = public.book().by_id.get(row["condition_id"] or 0)
    found = []
    if condition is not None and "condition" in fields:
        found.append(
            {
                "code": "condition",
                "label": fields["condition"]["title"],
                "value": str(condition.n),
                "name": public.condition_text(condition),
            }
        )
    if row["component"] and "component" in fields and not coarse:
        found.append(
            {
                "code": "component",
                "label": fields["component"]["title"],
                "value": row["component"],
                "name": row["component"],
            }
        )
    return found


def _said(step: Mapping[str, Any], row: dict[str, Any], reader: Reader) -> str:
    """The act, and what was written for the reporter; the reporter's own words as they were sent."""
    title = words.step_title(step)
    said = _readable(step["opinion"] or "", row, reader) if step["act"] in TOLD | TALK else ""
    if said and step["act"] == "ask":
        return said
    return headed(title, said) if said else title


def updates(
    steps: Sequence[Mapping[str, Any]],
    rows: Mapping[int, dict[str, Any]],
    reader: Reader,
    photos: Mapping[int, Sequence[Any]],
) -> list[dict[str, Any]]:
    """Acts as service request updates, as FixMyStreet reads them, each with the first photo that came with it."""
    came_with = {
        (photo["case_id"], photo["n"]): photo for ones in photos.values() for photo in reversed(ones)
    }
    return [
        {
            "update_id": f"{rows[step['case_id']]['number']}-{step['n']}",
            "service_request_id": rows[step["case_id"]]["number"],
            "status": words.status_after(step),
            "updated_datetime": when(step["at"]),
            "description": _said(step, rows[step["case_id"]], reader),
            "media_url": _photo_of(
                came_with.get((step["case_id"], step["n"])), rows[step["case_id"]], reader
            ),
        }
        for step in steps
    ]


def _photo_of(photo: Mapping[str, Any] | None, row: Mapping[str, Any], reader: Reader) -> str | None:
    return photo_url(photo, reader) if photo and reader.may_see_photos(row) else None
