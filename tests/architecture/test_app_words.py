"""Every sentence of the app in the street is known to the catalogue, and no other."""

import re

from baoji.systems.urban.pages.field.app_words import app_words
from tests.architecture.test_catalogue import CHINESE
from tests.architecture.test_house import REPO

SCRIPTS = sorted((REPO / "frontend" / "src" / "field").rglob("*.js"))
CALL = re.compile(r'\bt\("([^"]+)"')
TABLE = re.compile(r"const (?:WORDS|STATUS|UNITS) = \{(.*?)\};", re.DOTALL)


def said() -> set[str]:
    found: set[str] = set()
    for path in SCRIPTS:
        text = path.read_text()
        found |= set(CALL.findall(text))
        for table in TABLE.findall(text):
            found |= set(re.findall(r': "([^"]+)"', table))
    return {words for words in found if CHINESE.search(words) and words != "、"}


def test_the_app_says_what_the_catalogue_knows() -> None:
    assert len(SCRIPTS) > 10
    assert said() == set(app_words())


def test_scripts_hold_no_sentence_that_is_not_looked_up() -> None:
    for path in SCRIPTS:
        text = re.sub(r"//.*", "", path.read_text())
        quoted = {words for words in re.findall(r'"([^"\n]*)"', text) if CHINESE.search(words)}
        assert quoted - said() - {"、"} == set(), path.name
