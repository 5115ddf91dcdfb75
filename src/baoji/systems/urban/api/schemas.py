"""Shapes of the API. Times are ISO 8601 with an offset; points are GeoJSON, longitude first, CGCS2000 unless `crs` says otherwise."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
    field_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from baoji.kernel.base.instants import WITH_A_TIME, is_sane
from baoji.kernel.wire.shapes import NUMBER, Given, Written
from baoji.kernel.wire.shapes import Problem as Problem


def _written(value: Any) -> Any:
    """A date with a time, as ISO 8601 writes it: never a bare number, whose unit nobody knows, nor a day alone."""
    if isinstance(value, datetime) or (isinstance(value, str) and WITH_A_TIME.match(value)):
        return value
    raise PydanticCustomError("datetime_written", "a date with a time")


def _of_these_days(at: datetime) -> datetime:
    if not is_sane(at):
        raise PydanticCustomError("datetime_range", "a time of these centuries")
    return at


def _first_instant(value: Any) -> Any:
    """A day alone begins at midnight, and is the city's."""
    return f"{value}T00:00" if isinstance(value, str) and DAY.match(value) else value


DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
# One without an offset is the city's own time (see `reporting.aware`).
Instant = Annotated[Written, BeforeValidator(_written)]
Since = Annotated[
    Written,
    BeforeValidator(_written),
    BeforeValidator(_first_instant),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
# Between programs, which must say the offset, and of these centuries.
Stamp = Annotated[AwareDatetime, Strict(False), BeforeValidator(_written), AfterValidator(_of_these_days)]
Degrees = Annotated[float, Strict()]
Figure = Annotated[int, Field(ge=1, le=999), Strict(False), NUMBER]
PHONE = r"^[+(]?[0-9][0-9 ()-]{2,}([,;x#转][0-9]{1,6})?$"


class Point(Given):
    """GeoJSON Point (RFC 7946)."""

    type: Literal["Point"]
    coordinates: list[Degrees] = Field(
        min_length=2, max_length=3, description="longitude, latitude, in degrees"
    )


class CallerIn(Given):
    name: str = Field("", max_length=40)
    phone: str = Field("", max_length=30)

    @field_validator("phone")
    @classmethod
    def _must_be_a_number(cls, phone: str) -> str:
        if phone.strip() and not re.match(PHONE, phone.strip(), re.ASCII):
            raise PydanticCustomError("phone", "a phone number")
        return phone


# Component 0137 is a street light, event 0137 a dead animal: which of the two tables is meant has to be said.
KIND_IS_SAID: JsonDict = {
    "anyOf": [
        {"required": ["kind"], "properties": {"kind": {"type": "string"}}},
        {"required": ["component"], "properties": {"component": {"type": "string"}}},
        {"properties": {"class": {"type": "null"}, "condition": {"type": "null"}}},
    ]
}


class ReportIn(Given):
    """A report. Its source is the caller's post, never a field.

    `class` is 4 digits and means nothing without `kind`: with `class` or `condition`, `kind` must be given, unless a
    `component` is named, which has its class from the ledger. With none of them the report is of an event.
    """

    model_config = ConfigDict(populate_by_name=True, json_schema_extra=KIND_IS_SAID)

    kind: Literal["component", "event"] | None = Field(
        None, description="needed with `class` or `condition`, unless `component` is given"
    )
    component: str | None = Field(None, pattern=r"^[0-9]{16}$", description="部件标识码, 16 digits")
    class_: Annotated[str | None, Field(alias="class", pattern=r"^[0-9]{4}$")] = None
    condition: Figure | None = Field(None, description="number of the filing condition within the class")
    description: str = Field("", max_length=2000)
    location: Point | None = None
    crs: Literal["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"] = "EPSG:4490"
    address: str = Field("", max_length=200)
    found_at: Instant | None = Field(
        None, description="with an offset; without one it is the city's time. At most a year ago, never ahead"
    )
    self_disposed: bool = Field(
        False, description="自行处置: the collector settled it on the spot; two photos"
    )
    caller: CallerIn | None = None


class ReportOut(BaseModel):
    number: str = Field(description="任务号")
    query_code: str | None = Field(None, description="with this code the citizen follows the report")
    off_component_m: int | None = Field(
        None,
        description="metres between the `location` sent and the component, which is where the case lies; only where they are far apart (policy `coordinates.component_m`, 200)",
    )


class PublicReportOut(BaseModel):
    number: str | None = Field(
        description="任务号; null while the report is held back until a person has looked"
    )
    code: str = Field(description="查询码: with it whoever sent the report follows it at /follow/{code}")


class Timeline(BaseModel):
    model_config = ConfigDict(extra="allow")

    act: str
    by: str | None = Field(description="a person's code, `system`, or null where this reader may not know")
    on_behalf_of: str | None
    post: str
    at: datetime
    from_: Annotated[str | None, Field(alias="from")] = None
    to: str
    receiver: str | None = Field(
        description="a person's or an organisation's code; the person's where both are known"
    )
    receiver_organisation: str | None = Field(None, description="the organisation that received the case")
    opinion: str | None
    overdue: bool


class Photos(BaseModel):
    min: int
    max: int


class ActOut(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)

    act: str
    title: str
    schema_: Annotated[
        dict[str, Any],
        Field(alias="schema", description="JSON Schema of the facts; proposals stand as `default`"),
    ]
    photos: Photos


class CaseLine(BaseModel):
    model_config = ConfigDict(extra="allow")

    number: str
    case_number: str | None
    kind: str
    class_: Annotated[str | None, Field(alias="class")] = None
    condition: int | None
    severity: Literal["normal", "urgent", "critical"]
    source: str
    location: Point
    unit_grid: str | None
    component: str | None
    responsible: str | None
    stage: str
    step: str
    status: str
    light: Literal["green", "yellow", "red"] | None
    due_at: datetime | None
    created_at: datetime


class AttachmentOut(BaseModel):
    """A photo or recording. Proven: these bytes since an enrolled key signed them, between `not_before` and `received_at`.

    `captured_at`, `position` and `live` (taken with the camera then and there) are the device's word.
    """

    model_config = ConfigDict(extra="allow")

    id: int
    kind: Literal["photo", "voice"]
    act: str | None = Field(description="the act it came with")
    sha256: str = Field(description="of the original")
    captured_at: datetime | None
    received_at: datetime
    not_before: datetime | None
    proof: Literal["proven", "claimed", "failed"]
    marks: list[str] = Field(description="why not, and remarks; see docs/evidence-format.md")
    live: bool | None = None
    url: str = Field(description="a copy without EXIF; of an erased original the largest that stays")
    duration_ms: int | None = Field(None, description="of a recording, once its copy has been made")
    thumbnail: str
    original_url: str | None = Field(description="for those who may see originals; each look is journalled")
    original_kept: bool = Field(description="false once it was erased because its time was over")


class LikelyOut(BaseModel):
    number: str
    case_number: str | None
    title: str
    status: str
    created_at: datetime
    why: Literal["same-component", "same-class-near-by", "near-by"]
    metres: int


class CaseOut(CaseLine):
    description: str
    co_handlers: list[str]
    holder: str | None
    pending: dict[str, Any]
    returns: int
    rework: int
    merged_into: str | None
    closing: dict[str, Any] | None
    timeline: list[Timeline]
    attachments: list[AttachmentOut]
    off_grid: bool | None = Field(
        None,
        description="reported outside the collector's own grid; null for who may not know who reported",
    )
    place_by: Literal["fix", "hand"] | None = Field(
        None,
        description="how the reporter's phone says that it found the place: `fix` located, `hand` pressed on the map; null where nobody said, the ledger has the place, or a desk put it right",
    )
    likely_duplicates: list[LikelyOut] = Field(
        [],
        description="at `collect` and `file`, for who takes in and files; absent elsewhere and after an act",
    )
    acts: list[ActOut]


class CasePage(BaseModel):
    items: list[CaseLine]
    next: str | None = Field(description="cursor of the next page, or null at the end")


class CaseFilters(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    desk: Literal["", "todo", "done", "started", "watched"] = ""
    status: Literal["", "open", "suspended", "closed", "rejected", "declined", "void", "merged"] = ""
    stage: Literal["", "collect", "file", "dispatch", "handle", "feedback", "check", "evaluate"] = ""
    step: str = Field("", max_length=12, pattern=r"^[a-z_]*$")
    kind: Literal["", "component", "event"] = ""
    class_: Annotated[str, Field(alias="class", pattern=r"^([0-9]{4})?$")] = ""
    source: Literal["", "collector", "officer", "cleaner", "hotline", "citizen"] = ""
    severity: Literal["", "normal", "urgent", "critical"] = ""
    area: str = Field("", pattern=r"^[0-9]{0,15}$")
    responsible: str = Field("", max_length=30, pattern=r"^[A-Za-z0-9-]*$")
    light: Literal["", "green", "yellow", "red"] = ""
    supervised: bool | None = None
    created_from: Since | None = Field(None, description="this time or later; a date means its first instant")
    created_to: Since | None = Field(
        None, description="before this time; a date means its first instant, so that day itself is not in it"
    )
    q: str = Field("", max_length=60)
    after: str = Field("", max_length=200)
    limit: int = Field(50, ge=1, le=200)


class ComponentFilters(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    bbox: str = Field("", max_length=100, description="west,south,east,north in degrees")
    class_: Annotated[str, Field(alias="class", pattern=r"^([0-9]{4})?$")] = ""
    q: str = Field("", max_length=60)
    after: str = Field("", pattern=r"^([0-9]{16})?$")
    limit: int = Field(100, ge=1, le=1000)


class ComponentOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    code: str
    class_: Annotated[str | None, Field(alias="class")] = None
    name: str
    location: Point
    unit_grid: str
    in_charge: str
    owner: str
    maintainer: str
    state: str


class ComponentPage(BaseModel):
    items: list[ComponentOut]
    next: str | None


class Named(BaseModel):
    model_config = ConfigDict(extra="allow")

    code: str
    name: str


class NamedPage(BaseModel):
    items: list[Named]
    next: str | None
