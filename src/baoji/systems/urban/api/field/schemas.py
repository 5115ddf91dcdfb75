"""Shapes of what phones send. Envelopes and signatures are base64; times are ISO 8601 with an offset."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from baoji.kernel.wire.shapes import NUMBER, Given, Name, Whole
from baoji.systems.urban.api.schemas import Instant, Point, ReportIn

SHA256 = r"^[0-9a-f]{64}$"
MOST_MEDIA = 20
MOST_DIGITS = 10**30
# Whatever a phone says its sensors measured: left out where it cannot be, and never a reason to send it for ever.
Sensed = Annotated[int, Field(ge=-MOST_DIGITS, le=MOST_DIGITS), Strict(False), NUMBER]


class SignedIn(Given):
    envelope: str | None = Field(None, max_length=100_000, description="the envelope's exact bytes, base64")
    sig: str | None = Field(None, max_length=400, description="base64 of r‖s over these bytes")


class MediumIn(SignedIn):
    """A photo or recording that was uploaded before; without an envelope its proof is `claimed`."""

    sha256: str = Field(pattern=SHA256)
    kind: Literal["photo", "voice"] = "photo"
    role: Literal["before", "after", "voice"] | None = Field(
        None,
        description="whether a photo shows what is reported or asked for, or what was done about it; the signed envelope's `role` counts before it. With `self_disposed` one of each is needed; where nobody says, two photos",
    )


class FieldReportIn(ReportIn, SignedIn):
    model_config = ConfigDict(populate_by_name=True)

    place_by: Literal["fix", "hand"] | None = Field(
        None,
        description="how the phone found `location`: `fix` located, `hand` pressed on the map; its word. Apps of before send none",
    )
    media: list[MediumIn] = Field(default_factory=list, max_length=MOST_MEDIA)


class FieldAnswerIn(SignedIn):
    number: str = Field(min_length=1, max_length=24, description="任务号 or 案卷号")
    act: str = Field(min_length=1, max_length=20)
    facts: dict[str, Any] = Field(default_factory=dict)
    captured_at: Instant | None = None
    media: list[MediumIn] = Field(default_factory=list, max_length=MOST_MEDIA)


class DeliveredOut(BaseModel):
    number: str = Field(description="任务号")
    receipt: dict[str, Any] = Field(
        description="`body` and `sig`: the server's word that it has these envelopes"
    )


class RuledOut(BaseModel):
    since: datetime
    until: datetime
    hours: float = Field(description="the longest duty (policy `field.duty_hours`)")


class MeOut(BaseModel):
    code: str
    name: str
    post: str
    door: str = Field(description="the source of this person's reports; empty if they report nothing")
    since: datetime | None = Field(description="on duty since; null when off duty")
    since_received: datetime | None = Field(description="when a phone's word about `since` arrived")
    ended_by_rule: RuledOut | None = Field(
        description="the last duty, where it ended because nobody said 下班 for too long"
    )
    tools: list[str] = Field(
        description="of report, tasks, correct, stay, duty: what this person's posts use"
    )


class PackOut(BaseModel):
    """What a phone keeps to work without a network."""

    version: str = Field(description="changes when a phone should fetch its pack anew")
    areas: list[dict[str, Any]] = Field(
        description="responsibility grids: `code`, `name`, `outline` (GeoJSON)"
    )
    box: list[float] | None = Field(description="west, south, east, north, in degrees")
    components: list[list[Any]] = Field(
        description="code, class, name, longitude, latitude, address, state of each"
    )
    classes: list[dict[str, Any]]
    door: str
    photos: dict[str, list[int]] = Field(description="fewest and most photos of a report and of each answer")
    self_disposed: bool
    controls: list[dict[str, Any]] = Field(
        description="管控区 over the box: `name`, `basis`, `since`, `until`, `topics`, `names` of classes, `outline`"
    )
    tiles: list[str] = Field(description="addresses of the map's tiles over the box")
    edition: str = Field(description="changes when a phone should ask for the tiles again, by their ETag")
    editions: dict[str, str] = Field(
        description="the same of each zoom apart: far tiles change with what is built or moved anywhere on them, near ones with each state"
    )


class PackAsked(BaseModel):
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


class TasksOut(BaseModel):
    items: list[dict[str, Any]] = Field(
        description="what this person is asked to look at, the most urgent first"
    )
    gone: list[dict[str, str]] = Field(description="of those in `have`, what is no longer this person's")
    now: datetime


class DutyOut(BaseModel):
    since: datetime | None = Field(description="on duty since; null when off duty")
    since_received: datetime | None = Field(description="when a phone's word about `since` arrived")
    ended_by_rule: RuledOut | None = Field(description="as of `/field/me`")


class StartedOut(BaseModel):
    since: datetime


class DutyTurnIn(SignedIn):
    """上班 or 下班, kept on the phone until there was a network."""

    act: Literal["start", "end"]
    captured_at: Instant | None = Field(None, description="when it was pressed; the device's word")
    after: Name | None = Field(None, description="the phone's name for what it pressed before this")


class DutyTurnOut(BaseModel):
    at: datetime = Field(
        description="the time that counts: the device's word, never after the arrival, never before the ticket it held"
    )
    since: datetime | None = Field(description="on duty since, now; null when off duty")
    until: datetime | None = Field(description="when the duty of this press ended; null while it lasts")
    passed: list[str] = Field(description="the tasks that others go on with")
    stays: list[str] = Field(
        default_factory=list,
        description="cases where the caller, off duty by now, still stays; duty chief and commander are told",
    )
    why: str = Field(description="where it came out otherwise than was pressed; else empty")
    receipt: dict[str, Any] = Field(
        description="`body` and `sig`: the server's word that it has this envelope"
    )


class PassedOut(BaseModel):
    passed: list[str]
    stays: list[str] = Field(default_factory=list, description="as of `PUT /field/duty/{name}`")


class PositionsIn(SignedIn):
    points: list[Annotated[tuple[Sensed, Sensed, Sensed, Sensed], Strict(False)]] = Field(
        max_length=1000,
        description="each: milliseconds since 1970, longitude and latitude × 10⁷ (CGCS2000), accuracy in decimetres",
    )


class KeptOut(BaseModel):
    kept: int = Field(description="how many fell into duty")
    left_out: dict[Literal["clock", "place", "accuracy", "off_duty"], int] = Field(
        description="how many not: no time of these days, not in China, an accuracy that is none, not on duty"
    )
    receipt: dict[str, Any] | None


class TrackOut(BaseModel):
    day: str
    points: list[list[Any]] = Field(description="time, longitude, latitude, accuracy in metres")
    gaps: list[list[datetime]] = Field(description="while on duty, without a position: from, to")
    runs: list[int] = Field(
        description="how many of the points, in order, follow each other without such a gap: a line may be drawn through them"
    )
    kept_days: int


class SosIn(Given):
    location: Point | None = None
    crs: Literal["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"] = "EPSG:4490"
    words: str = Field("", max_length=200)


class CorrectionIn(Given):
    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["moved", "class", "missing", "new", "state"]
    component: str | None = Field(None, pattern=r"^[0-9]{16}$")
    class_: Annotated[str | None, Field(alias="class", pattern=r"^[0-9]{4}$")] = None
    state: Literal["", "完好", "破损", "丢失", "废弃"] = ""
    location: Point | None = None
    crs: Literal["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"] = "EPSG:4490"
    words: str = Field("", max_length=200)
    media: list[MediumIn] = Field(default_factory=list, max_length=6)


class HandOverIn(Given):
    to: str = Field(max_length=40, description="a person's code")


class TurnIn(SignedIn):
    """One turn of a watch, kept on the phone until there was a network."""

    number: str = Field(min_length=1, max_length=24, description="任务号 or 案卷号")
    act: Literal["start", "take", "hand_over", "end"] = Field(
        description="begin, or be there (who was handed the watch); go on for whoever stays there; hand over to `to`; leave, `fenced` or not"
    )
    to: str = Field("", max_length=40, description="with hand_over: a person's code")
    fenced: bool = Field(False, description="with end: the place is fenced, and a photo shows it")
    captured_at: Instant | None = Field(None, description="when it was pressed; the device's word")
    media: list[MediumIn] = Field(default_factory=list, max_length=6)


class TurnOut(DeliveredOut):
    at: datetime = Field(
        description="the time that counts: the device's word, never after the arrival, never before the watch it follows"
    )


class EndStayIn(Given):
    fenced: bool
    media: list[MediumIn] = Field(default_factory=list, max_length=6)


class OwnReport(BaseModel):
    number: str
    title: str
    address: str
    status: str
    word: str = Field(description="where it stands, in the reader's language")
    at: datetime
    why: str = Field(description="why it ended without being done, or how it was closed")
    is_bad: bool = Field(description="turned down, not filed or void")


class OwnCorrection(BaseModel):
    name: str
    at: datetime
    kind: str
    component: str
    thing: str = Field(description="what it is about: the component's name, or a class")
    status: Literal["waiting", "accepted", "refused"]
    reason: str


class MineOut(BaseModel):
    items: list[OwnReport]
    next: str | None = Field(description="`after` of the next page")
    corrections: list[OwnCorrection] = Field(description="of the last 90 days, with the first page")


class Watch(BaseModel):
    who: str
    since: datetime
    arrived_at: datetime | None = Field(
        description="when they were there, by their own word: `since` of who began or took over; of who was handed the watch"
        " when they said so (a turn `start`), null until then"
    )
    until: datetime | None
    handed_to: str | None
    fenced: bool
    since_received: datetime | None = Field(description="when a phone's word about `since` arrived")
    arrived_received: datetime | None = Field(description="the same of `arrived_at`")
    until_received: datetime | None


class StayOut(BaseModel):
    number: str
    status: str = Field(
        description="`open` as long as somebody has to stay there, also while the case is 挂账; else how it ended"
    )
    title: str
    address: str
    location: Point
    since: datetime
    arrived_at: datetime | None = Field(
        description="null: the caller was handed the watch and has not said yet that they are there"
    )
    history: list[Watch] = Field(description="everybody who stayed there, the first first")


class HandedOut(BaseModel):
    number: str
    status: str
    title: str
    address: str
    location: Point
    who: str = Field(description="whose the watch is now")
    since: datetime
    arrived_at: datetime | None = Field(description="null: they have not said yet that they are there")


class Colleague(BaseModel):
    code: str
    name: str


class StaysOut(BaseModel):
    items: list[StayOut] = Field(description="where the caller stays now")
    relief: list[Colleague] = Field(description="who is on duty and could take over")
    handed: list[HandedOut] = Field(
        description="where the caller was the last one there and somebody else has the watch: those who are not there yet, and"
        " those who came within the last two hours"
    )


class MessageOut(BaseModel):
    id: int
    kind: str
    title: str
    urgent: bool
    at: datetime
    read: bool
    number: str = Field(description="of the case it is about; empty for none")


class MessagesOut(BaseModel):
    items: list[MessageOut]


class ReadIn(Given):
    ids: list[Whole] = Field(max_length=100)
