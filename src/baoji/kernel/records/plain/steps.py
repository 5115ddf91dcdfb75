"""What the walks through recordings share. Nothing a recording says of its own lengths is believed beyond its end."""

# A recording of 20 MB in the smallest pieces that a phone makes of speech has fewer.
MOST_PARTS = 1_000_000


class NotWalked(Exception):
    """It cannot be told to its end what in it is sound."""


class Steps:
    """Counts the parts of one recording."""

    def __init__(self) -> None:
        self._left = MOST_PARTS

    def one(self) -> None:
        """Raises `NotWalked` when there are too many."""
        self._left -= 1
        if self._left < 0:
            raise NotWalked("too many parts")


def require(holds: object, why: str) -> None:
    """Raises `NotWalked` unless it holds."""
    if not holds:
        raise NotWalked(why)
