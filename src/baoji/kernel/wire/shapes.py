"""Shapes of the API that every system's answers share."""

from pydantic import BaseModel


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: dict[str, list[str]] | None = None
