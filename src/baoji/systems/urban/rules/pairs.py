"""Pairs of neighbouring characters: by them words are found in Chinese, which sets no spaces between them."""


def pairs_of(text: str) -> list[str]:
    """The different pairs of a text without its spaces, in small letters, sorted."""
    close = "".join(text.lower().split())
    return sorted({close[n : n + 2] for n in range(len(close) - 1)})
