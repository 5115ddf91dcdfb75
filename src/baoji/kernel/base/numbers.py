"""Whole numbers and UUIDs as strangers write them into addresses and forms. Plain Python."""

from uuid import UUID

BIGINT_DIGITS = 18  # every number of so many digits fits a bigint of the database


def whole(text: str, most_digits: int = BIGINT_DIGITS) -> int | None:
    """The number that ASCII digits spell, at most so many of them; None for anything else.

    `isdigit` alone would not do: it holds for `²`, which `int` refuses.
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= most_digits else None


def uuid(text: str) -> UUID | None:
    """The UUID that this spells; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
