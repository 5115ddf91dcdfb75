"""Words for people. Plain Python."""

import re
from unicodedata import category

# Characters that XML 1.0 does not have, as they stand between the brackets of a pattern.
NOT_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff"
_NOT_XML = re.compile(f"[{NOT_XML}]")
# Letters by their category, and blank all the same: fillers of Hangul, an empty pattern of Braille.
BLANK = frozenset(map(chr, (0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)))


def mark(sentence: str) -> str:
    """Marks a sentence for the catalogue without translating it yet (rules know no framework)."""
    return sentence


def mark_as(context: str, sentence: str) -> str:
    """Marks it as `mark` does, for a meaning of its own: what an act is called is not what its step is called."""
    return sentence


def one_line(words: str) -> str:
    """Without line feeds and other control characters, which no header holds; runs of blanks become one."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())


def legal_in_xml(text: str) -> str:
    """Without the characters that XML 1.0 does not have."""
    return _NOT_XML.sub("", text)


def is_seen(words: str) -> bool:
    """Whether a reader sees anything: not only spaces, joiners and marks of no width."""
    return any(category(letter)[0] not in "CZ" and letter not in BLANK for letter in words)
