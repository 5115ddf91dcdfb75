"""What people call a class: words, and words that count only together, as an operator or a file writes them."""

import re
from typing import Final

PREFIX: Final = "words/"  # of the policies' names: one row a class
TOGETHER: Final = "+"
SEPARATOR: Final = ";"
TYPED: Final = re.compile("[;,；，、\n]")
LONGEST: Final = 30
MOST_WORDS: Final = 60
MOST_USUAL: Final = 3  # 0: hardly ever reported … 3: among the commonest
WORD: Final = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+)*")


def name_of(kind: str, code: str) -> str:
    """`words/event-0110`."""
    return f"{PREFIX}{kind}-{code}"


def class_of(name: str) -> tuple[str, str]:
    kind, _dash, code = name.removeprefix(PREFIX).partition("-")
    return kind, code


def words_of(text: str) -> list[str]:
    """The words of a cell, each once, in their order."""
    found = (TOGETHER.join(part.strip() for part in word.split(TOGETHER)) for word in TYPED.split(text))
    return list(dict.fromkeys(word for word in found if word))


def parts_of(word: str) -> tuple[str, ...]:
    """What must all stand in a text: one part, or those joined by `+`."""
    return tuple(word.split(TOGETHER))


def is_word(word: str) -> bool:
    """Letters or digits in every part, and not longer than anybody would write."""
    return len(word) <= LONGEST and all(WORD.fullmatch(part) for part in parts_of(word))
