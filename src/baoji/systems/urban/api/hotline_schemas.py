"""Shapes of what call systems and other hotlines send. Times are ISO 8601 with an offset."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from baoji.kernel.wire.shapes import Given, Whole
from baoji.systems.urban.api.schemas import Point, Stamp

Number = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\x21-\x7e]+$")]


class CallIn(Given):
    """One event of a call. The first one of a call needs `seat` and `phone`; the others repeat what is known."""

    call: Annotated[
        str, Field(max_length=80, min_length=1, description="the call system's own number of this call")
    ]
    event: Literal["ringing", "answered", "ended", "recording"]
    phone: str = Field("", max_length=30, pattern=r"^[0-9+]*$")
    seat: str = Field("", max_length=40, description="a person's code, or an extension known to the city")
    at: Stamp | None = None
    recording: str = Field(
        "", max_length=500, pattern=r"^(https?://\S+)?$", description="where it can be heard"
    )


class CallOut(BaseModel):
    call: str
    id: int


class Place(Given):
    address: str = Field("", max_length=200)
    location: Point | None = Field(None, description="GeoJSON, longitude first")
    crs: Literal["EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09"] = "EPSG:4490"


class Person(Given):
    name: str = Field("", max_length=40)
    phone: str = Field("", max_length=30)


class People(Given):
    caller: Person = Person(name="", phone="")
    involved: str = Field("", max_length=200, description="who else it is about")


class Elements(Given):
    """时间、地点、人物、事件、诉求."""

    time: Stamp | None = None
    place: Place
    people: People
    event: str = Field(min_length=1, max_length=2000)
    demand: str = Field("", max_length=500)


class _Message(Given):
    model_config = ConfigDict(extra="ignore")

    type: Literal["handover"]
    version: Literal[1]
    sent_at: Stamp


class Order(_Message):
    """An order that one side hands to the other."""

    kind: Literal["order"]
    sender_number: Number
    receiver_number: None = None
    grade: Literal["normal", "urgent", "critical"] = "normal"
    reason: str = Field("", max_length=300)
    elements: Elements


class Acknowledgement(_Message):
    """Taken on under a number of the sender's, or declined with a reason."""

    kind: Literal["acknowledgement"]
    sender_number: Number | None = Field(None, description="the sender's own number; needed when accepted")
    receiver_number: Number
    accepted: bool
    reason: str = Field("", max_length=300)


class Result(_Message):
    """What it came to. `sequence` counts the results of an order that was opened again."""

    kind: Literal["result"]
    sender_number: Number
    receiver_number: Number
    sequence: Whole = Field(1, ge=1, le=99)
    ended: Literal["closed", "answered", "not_accepted", "not_filed", "void"]
    text: str = Field("", max_length=500)
    ended_at: Stamp


Message = Annotated[Order | Acknowledgement | Result, Field(discriminator="kind")]
MESSAGE: TypeAdapter[Any] = TypeAdapter(Message)


class HandoverOut(BaseModel):
    receiver_number: str | None = Field(description="our number; null while a person has still to look")
    state: Literal["waiting", "accepted", "declined", "done"]


class HandoverMessageOut(BaseModel):
    id: int
    message: dict[str, Any]


class Messages(BaseModel):
    items: list[HandoverMessageOut]
    next: int = Field(description="send it as `after` next time")


def json_schema() -> dict[str, Any]:
    """What docs/handover.schema.json holds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Order between hotlines",
        **MESSAGE.json_schema(ref_template="#/$defs/{model}"),
    }
