"""Shapes of the API that every system's answers and bodies share."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic_core import PydanticCustomError


class Given(BaseModel):
    """What a program sends as JSON: each value of the type that the document says, so that true is no 1 and "5" no number.

    A time, a UUID, a tuple have no type of their own in JSON: they need `Strict(False)`, as `Written` and `Name` here.
    """

    model_config = ConfigDict(strict=True)


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise PydanticCustomError("int_type", "an integer")
    return value


# An integer, also 2.0, which JSON Schema calls one. Limits stand before the validator, or the document does not have them.
NUMBER = BeforeValidator(_number)
Whole = Annotated[int, Strict(False), NUMBER]
Written = Annotated[datetime, Strict(False)]
Name = Annotated[UUID, Strict(False)]


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: dict[str, list[str]] | None = None
