"""Translations: .po files compiled to .mo without GNU gettext, which a bare machine does not have.

python -m baoji.operate.messages        compiles every catalogue of the project that changed
"""

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from baoji.operate.errors import Trouble
from baoji.operate.layout import SOURCES

MAGIC = 0x950412DE
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")


def entries(text: str, name: str = "po") -> Iterator[dict[str, str]]:
    """The entries of a catalogue; one that is fuzzy or has been taken out is left out."""
    entry: dict[str, str] = {}
    last = ""
    fuzzy = False
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        line = line.strip()
        if not line:
            if entry and not fuzzy:
                yield entry
            entry, last, fuzzy = {}, "", False
        elif line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        else:
            last = _take(line, entry, last, f"{name}:{number}")


def _take(line: str, entry: dict[str, str], last: str, place: str) -> str:
    """Adds one line to ENTRY; returns the keyword that a following string continues."""
    keyword, _, rest = line.partition(" ")
    if not line.startswith('"'):
        if not keyword.startswith(KEYWORDS):
            raise Trouble(f"{place}: this line is no part of a catalogue: {line}")
        last, entry[keyword] = keyword, ""
    else:
        rest = line
    try:
        entry[last] += str(ast.literal_eval(rest.strip()))
    except (SyntaxError, ValueError, KeyError) as error:
        raise Trouble(f"{place}: this string cannot be read: {line}") from error
    return last


def catalogue(text: str, name: str = "po") -> dict[bytes, bytes]:
    """The translated messages of a .po file, with the keys under which a .mo file holds them."""
    found: dict[bytes, bytes] = {}
    for entry in entries(text, name):
        key = entry.get("msgid", "")
        if "msgctxt" in entry:
            key = f"{entry['msgctxt']}\x04{key}"
        value = entry.get("msgstr", "")
        if "msgid_plural" in entry:
            key = f"{key}\0{entry['msgid_plural']}"
            value = "\0".join(entry[word] for word in sorted(entry) if word.startswith("msgstr["))
        if value.strip("\0"):
            found[key.encode()] = value.encode()
    return found


def binary(messages: dict[bytes, bytes]) -> bytes:
    """The GNU .mo format, revision 0: a header, two tables of (length, offset), the strings."""
    keys = sorted(messages)
    start = 28
    place = start + 16 * len(keys)
    tables, body = [b"", b""], b""
    for which, words in enumerate((keys, [messages[key] for key in keys])):
        for word in words:
            tables[which] += struct.pack("<II", len(word), place + len(body))
            body += word + b"\0"
    header = struct.pack("<7I", MAGIC, 0, len(keys), start, start + 8 * len(keys), 0, place)
    return header + tables[0] + tables[1] + body


def compile_all(root: Path) -> list[Path]:
    """Compiles what is newer than its result; returns what was written."""
    written = []
    for source in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        target.write_bytes(binary(catalogue(source.read_text(encoding="utf-8"), source.name)))
        written.append(target)
    return written


if __name__ == "__main__":
    try:
        compile_all(SOURCES / "baoji")
    except Trouble as trouble:
        sys.exit(str(trouble))
