"""Every sentence for users is marked, and every marked sentence stands in the English catalogue."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.utils.translation.template import templatize

from baoji.kernel.ui.management.commands.makemessages import Command
from baoji.operate.messages import entries

REPO = Path(__file__).resolve().parents[2]
SRC = REPO / "src" / "baoji"
CATALOGUE = SRC / "locale" / "en" / "LC_MESSAGES" / "django.po"
MODULES = sorted(p for p in SRC.rglob("*.py") if not {"tests", "migrations"} & set(p.parts))
TEMPLATES = sorted(p for p in SRC.rglob("*.html") if "tests" not in p.parts)
MARKERS = {"django.utils.translation", "baoji.kernel.base.text"}
# How many of a marker's arguments are text, and whether the first is a context.
TEXTS = {
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "mark": (1, False),
    "mark_as": (2, True),
    "pgettext": (2, True),
    "pgettext_lazy": (2, True),
    "ngettext": (2, False),
    "ngettext_lazy": (2, False),
}
# What `_` in a template's tag is, and what `templatize` writes for its tags.
IN_TEMPLATES = {"_": "gettext"} | {name: name for name in TEXTS}
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\((\w+)\)|\{(\w+)\}|%(%)")
RENDERED = (
    "kernel",
    "portals",
    "config/faults.py",
    *(f"systems/*/{room}" for room in ("actions", "api", "pages", "queries", "rules")),
)
# Chinese that is not marked, with the reason.
SAMPLES = {
    f"kernel/ui/gallery_samples/{name}.py": "the gallery shows parts with made-up content; it is for those who build pages"
    for name in ("acts", "case", "desk", "parts", "people", "score", "shells")
}
UNMARKED = {
    "kernel/identity/callers.py": {"系统": "a name in the journal, not on a page"},
    "kernel/maps/queries.py": {
        "旁 ": "an address is content, in the city's language",
        " 米": "an address is content",
    },
    "kernel/ui/schema_form.py": {
        "、": "what people type between codes",
        "，": "what people type between codes",
    },
    "kernel/ui/templatetags/ui.py": {
        'panel takes name=value pairs, e.g. title="案情"': "for whoever writes the template"
    },
    "portals/openapi/api.py": {"数字宝鸡 API": "the API's document is written once, in the city's language"},
    "systems/urban/pages/citizen/kinds.py": {
        "井盖": "a part of the classes' official names, by which they are found"
    },
    "systems/urban/actions/tables_calendar.py": {
        "；": "spans of hours are written in one way and read in several",
        "：": "spans of hours are read in several ways",
    },
    "systems/urban/actions/citizen_follow.py": {
        "上报人说没有解决": "the reason of a reopening is content, in the city's language"
    },
    "systems/urban/actions/timers.py": {
        "指挥长逾时未裁定，": "an opinion is content, in the city's language"
    },
    "systems/urban/pages/citizen/report.py": {"：": "a report is content, in the reporter's words"},
    "systems/urban/pages/reporting/form.py": {" -　": "what people type between digits"},
    "systems/urban/rules/everyday.py": {"[;,；，、\n]": "what people type between words"},
    "systems/urban/rules/redaction.py": {
        "[\\u4e00-\\u9fff](?:先生|女士|小姐|师傅|老师|阿姨|大爷|大妈)": "how people are called in a text, to be hidden",
        "(?:[\\dA-Za-z]+\\s*(?:号楼|栋|幢|座|单元|楼|层|室|户)\\s*){2,}\\d*|\\d+\\s*(?:单元|室)\\s*\\d*": "which door, to be hidden",
    },
    "systems/urban/pages/staff/shell.py": {"[，、,]": "where a condition's text is cut"},
}
WHOLE_FILES = {
    "systems/urban/actions/crew_words.py": "messages to crews are content, in the city's language",
    "systems/urban/actions/handover_noted.py": "what a case's record says is content, in the city's language",
    "systems/urban/actions/field_correct.py": "the ledger's own words for states",
    "systems/urban/api/field/deliveries.py": "summaries in the API's document",
    "systems/urban/api/field/schemas.py": "descriptions in the API's document",
    "systems/urban/api/field/street.py": "summaries in the API's document",
    "systems/urban/api/field/working.py": "summaries in the API's document",
    "systems/urban/pages/citizen/widget.py": "a script for other sites, whose language is not known",
    "systems/urban/api/endpoints.py": "summaries in the API's document, written once in the city's language",
    "systems/urban/api/public.py": "summaries in the API's document",
    "portals/openapi/devices.py": "summaries in the API's document, written once in the city's language",
    "portals/openapi/uploads.py": "summaries in the API's document",
    "systems/urban/api/hotline.py": "summaries in the API's document",
    "systems/urban/api/suggest.py": "summaries in the API's document",
    "systems/urban/api/schemas.py": "descriptions in the API's document",
    "kernel/maps/addresses.py": "how people and the gazetteer write addresses",
}
IN_TEMPLATES_UNMARKED = {"ui/language.html": "the name of the language itself"}

Key = tuple[str, ...]  # (context, text) or (context, text, plural)


def rel(path: Path) -> str:
    return str(path.relative_to(SRC))


def _key(marker: str, texts: list[str]) -> Key:
    return tuple(texts) if TEXTS[marker][1] else ("", *texts)


def _constants(call: ast.Call, marker: str) -> list[str]:
    given = call.args[: TEXTS[marker][0]]
    return [arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]


@cache
def tree_of(source: str) -> ast.Module:
    return ast.parse(source)


def markers_of(tree: ast.Module) -> dict[str, str]:
    """What a module calls its markers: `_` → `gettext`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in MARKERS)
    return {
        name.asname or name.name: name.name for node in imports for name in node.names if name.name in TEXTS
    }


def calls_of(tree: ast.AST, names: dict[str, str]) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield names[node.func.id], node


def marked_in_module(source: str) -> set[Key]:
    tree = tree_of(source)
    found = ((marker, _constants(call, marker)) for marker, call in calls_of(tree, markers_of(tree)))
    return {_key(marker, texts) for marker, texts in found if len(texts) == TEXTS[marker][0]}


def marked_in_template(source: str) -> set[Key]:
    """Of `translate`, `blocktranslate` and `_("…")` in tags, through Django's own rewriting as calls."""
    written = templatize(source)
    found = set()
    for start in re.finditer(r"\b(?:gettext|pgettext|ngettext|npgettext|_)\(", written):
        for end in re.finditer(r"\)", written[start.start() :]):
            try:
                call = ast.parse(written[start.start() : start.start() + end.end()], mode="eval").body
            except SyntaxError:
                continue
            found |= {_key(marker, _constants(one, marker)) for marker, one in calls_of(call, IN_TEMPLATES)}
            break
    return found


@cache
def marked() -> dict[Key, str]:
    """Each marked sentence with one place where it stands."""
    found = {key: rel(path) for path in MODULES for key in marked_in_module(path.read_text())}
    return found | {key: rel(path) for path in TEMPLATES for key in marked_in_template(path.read_text())}


def translated() -> dict[tuple[str, str], dict[str, str]]:
    """The catalogue's entries by (context, text); fuzzy ones are not among them."""
    found = entries(CATALOGUE.read_text(), CATALOGUE.name)
    return {(entry.get("msgctxt", ""), entry["msgid"]): entry for entry in found if entry["msgid"]}


def forms(entry: dict[str, str]) -> list[str]:
    return [value for name, value in entry.items() if name.startswith("msgstr")]


def test_the_extraction_finds_every_way_of_marking() -> None:
    module = (
        "from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext, pgettext\n"
        "from baoji.kernel.base.text import mark\n"
        "a = [_('甲' '乙'), lazy('丙'), mark('丁'), _(a), ngettext('戊', '己', n), pgettext('where', '庚'), str('辛')]\n"
    )
    assert marked_in_module(module) == {
        ("", "甲乙"),
        ("", "丙"),
        ("", "丁"),
        ("", "戊", "己"),
        ("where", "庚"),
    }
    template = (
        '{% load i18n %}{% translate "甲（乙）" %}{% translate \'丙\' context "where" %}{% part title=_("丁") %}'
        "{% blocktranslate count n=n %}戊{% plural %}{{ n }} 己{% endblocktranslate %}{# 庚 #}辛"
    )
    assert marked_in_template(template) == {
        ("", "甲（乙）"),
        ("where", "丙"),
        ("", "丁"),
        ("", "戊", "%(n)s 己"),
    }


def test_what_modules_call_their_markers_is_known_to_makemessages() -> None:
    """Or it would take the sentences that are marked so out of the catalogue."""
    told = {option.removeprefix("--keyword=").partition(":")[0] for option in Command.xgettext_options}
    known = told | {"_"} | {name for name in TEXTS if "gettext" in name}
    called = {rel(path): markers_of(tree_of(path.read_text())).keys() - known for path in MODULES}
    assert not {path: names for path, names in called.items() if names}


def test_every_marked_sentence_has_an_english_one() -> None:
    catalogue = translated()
    missing = []
    for (context, text, *plural), place in marked().items():
        english = forms(catalogue.get((context, text), {}))
        if len(english) < 1 + len(plural) or not all(english):
            missing.append(f"{place}: {text}")
    assert not missing, "./dev makemessages, then write the English"


def test_the_catalogue_holds_nothing_else() -> None:
    known = {key[:2] for key in marked()}
    assert not [text for context, text in translated() if (context, text) not in known], (
        "./dev makemessages takes them out"
    )
    assert "fuzzy" not in CATALOGUE.read_text() and "#~" not in CATALOGUE.read_text()
    assert [path for path in SRC.rglob("*.po") if path.parent.parent.name == "en"] == [CATALOGUE], (
        "one catalogue, so that no two disagree"
    )


def test_placeholders_stand_on_both_sides() -> None:
    def of(text: str) -> list[str]:
        return sorted("".join(found) for found in PLACEHOLDER.findall(text))

    wrong = [
        entry for entry in translated().values() for form in forms(entry) if of(form) != of(entry["msgid"])
    ]
    assert not wrong


def test_the_english_is_english() -> None:
    assert not [form for entry in translated().values() for form in forms(entry) if CHINESE.search(form)]


def test_no_mark_hides_in_an_f_string() -> None:
    """GNU's extraction does not look there, so `./dev makemessages` would take the sentence out again."""
    assert hidden_in("from django.utils.translation import gettext as _\na = f'{_(\"甲\")}'") == ["甲"]
    assert not {rel(path): found for path in MODULES if (found := hidden_in(path.read_text()))}


def hidden_in(source: str) -> list[str]:
    tree = tree_of(source)
    names = markers_of(tree)
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    return [
        text
        for string in strings
        for marker, call in calls_of(string, names)
        for text in _constants(call, marker)
    ]


def unmarked_in(source: str) -> set[str]:
    """Chinese literals outside marking calls, docstrings left out."""
    tree = tree_of(source)
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for _marker, call in calls_of(tree, markers_of(tree)):
        apart |= {id(inner) for arg in call.args for inner in ast.walk(arg)}
    literals = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    texts = {node.value for node in literals if id(node) not in apart}
    return {text for text in texts if isinstance(text, str) and CHINESE.search(text)}


def test_modules_render_nothing_unmarked() -> None:
    assert unmarked_in(
        "'说明'\nfrom django.utils.translation import gettext as _\na = [_('甲'), f'乙{a}', '丙']"
    ) == {"乙", "丙"}
    shown = [
        path
        for path in MODULES
        if any(path.is_relative_to(room) for pattern in RENDERED for room in SRC.glob(pattern))
    ]
    assert len(shown) > 100
    found = {rel(path): words for path in shown if (words := unmarked_in(path.read_text()))}
    wrong = {
        name: sorted(left)
        for name, words in found.items()
        if name not in SAMPLES | WHOLE_FILES and (left := words - UNMARKED.get(name, {}).keys())
    }
    assert not wrong, "mark it, or write the reason"
    gone = {name for name in {**SAMPLES, **WHOLE_FILES, **UNMARKED} if name not in found}
    gone |= {
        f"{name}: {word}"
        for name, words in UNMARKED.items()
        for word in words.keys() - found.get(name, set())
    }
    assert not gone, "these reasons have nothing left to explain"


APART = re.compile(
    r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|\{%\s*blocktranslate\b.*?endblocktranslate\s*%\}|\{%\s*translate\b.*?%\}"
    r"|_\(\"[^\"]*\"\)|<!--.*?-->",
    re.DOTALL,
)


def test_templates_render_nothing_unmarked() -> None:
    assert unmarked_in_template('{# 甲 #}{% translate "乙" %}<b title="{% translate \'丙\' %}">丁</b>') == [
        "丁"
    ]
    wrong = {}
    for path in TEMPLATES:
        name = str(path).split("/templates/")[1]
        if (
            not name.startswith("ui/gallery")
            and name not in IN_TEMPLATES_UNMARKED
            and (found := unmarked_in_template(path.read_text()))
        ):
            wrong[name] = found
    assert not wrong


def unmarked_in_template(source: str) -> list[str]:
    """The wide space is a gap, not a word."""
    return CHINESE.findall(APART.sub("", source).replace("\u3000", ""))
