"""Everything the shell and the components say exists in English."""

import re
from pathlib import Path

ROOM = Path(__file__).resolve().parents[1]
CATALOGUE = ROOM / "locale" / "en" / "LC_MESSAGES" / "django.po"


def said() -> set[str]:
    found: set[str] = set()
    for path in (ROOM / "templates" / "ui").glob("*.html"):
        text = path.read_text("utf-8")
        found |= {sentence for _quote, sentence in re.findall(r"""{% translate (["'])(.+?)\1""", text)}
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", text):
            found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", block))
    for path in ROOM.rglob("*.py"):
        if "tests" not in path.parts:
            found |= set(re.findall(r'\b_\("(.+?)"\)', path.read_text("utf-8")))
    return found


def test_every_sentence_has_its_english() -> None:
    known = set(re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text("utf-8"), flags=re.M))
    assert sorted(said() - known) == []
