"""The house checks itself: what import contracts cannot see."""

import ast
import json
import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SRC = REPO / "src" / "baoji"
MODULES = [p for p in SRC.rglob("*.py") if "/migrations/" not in str(p) and "/tests/" not in str(p)]
TEMPLATES = list(SRC.rglob("templates/**/*.html"))
RATCHET = REPO / "tests" / "architecture" / "sizes.json"


def rel(path: Path) -> str:
    return str(path.relative_to(REPO))


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text())) for path in MODULES]


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{rel(path)}:{inner.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, "a hidden import is a ring in disguise"


def test_pages_and_api_never_write() -> None:
    wrong = [
        f"{rel(path)}: {found}"
        for path in MODULES
        if "/pages/" in str(path) or "/api/" in str(path)
        for found in re.findall(
            r"\.save\(|\.objects\.(?:create|bulk_create|update_or_create)|\.delete\(\)", path.read_text()
        )
    ]
    assert not wrong, "a view asks an action; it does not write"


def test_files_only_shrink() -> None:
    """A file over 400 lines is on the list with its size; it may shrink, and no new one may join without a reason."""
    allowed = json.loads(RATCHET.read_text())
    large = {rel(path): path.read_text().count("\n") for path in MODULES}
    grown = {name: lines for name, lines in large.items() if lines > max(400, allowed.get(name, 0))}
    assert not grown, f"split them, or write a reason beside the number in {rel(RATCHET)}"


def test_a_table_that_scrolls_says_so() -> None:
    """`scrolls.js` finds it by its mark; without it a reader on a phone does not know that there is more."""
    boxes = [
        (path.name, box)
        for path in TEMPLATES
        for box in re.findall(r"<\w+[^>]*\btable-scroll\b[^>]*>", path.read_text())
    ]
    assert len(boxes) > 10
    assert not [name for name, box in boxes if "data-baoji-scroll" not in box or 'tabindex="0"' not in box]


def test_nothing_points_outside_the_project() -> None:
    forbidden = re.compile(
        r"registry\.npmjs|files\.pythonhosted|pypi\.org/simple|deb\.debian\.org|\.\./shared|\.\./\.library"
    )
    names = [
        p
        for pattern in ("*.py", "*.md", "*.txt", "*.json", "*.toml", "*.sh", "*.cfg")
        for p in REPO.rglob(pattern)
    ]
    skip = ("node_modules", ".venv", "/var/", "/static/build/", "/.git/", "/build/", "/.mypy_cache/")
    wrong = [
        rel(p)
        for p in names
        if not any(part in str(p) for part in skip)
        and p != Path(__file__)
        and forbidden.search(p.read_text(errors="replace"))
    ]
    assert not wrong


def test_locks_carry_hashes_and_no_addresses() -> None:
    for lock in (REPO / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--hash=sha256:" in text and "://" not in text and "--index" not in text, lock.name
    npm = json.loads((REPO / "frontend" / "package-lock.json").read_text())
    assert not [name for name, package in npm["packages"].items() if package.get("resolved")]
    assert all(
        package.get("integrity")
        for name, package in npm["packages"].items()
        if name and not package.get("link")
    )


@pytest.mark.parametrize(
    "system", sorted(p.name for p in (SRC / "systems").iterdir() if (p / "manifest.py").exists())
)
def test_a_system_is_furnished(system: str) -> None:
    folder = SRC / "systems" / system
    assert (folder / "README.md").exists() and (REPO / "docs" / "systems" / f"{system}.md").exists()
    for room in ("rules", "models", "access", "queries", "actions", "public"):
        assert (folder / room).exists() or (folder / f"{room}.py").exists(), room


def test_migrations_import_nothing_of_ours_but_choices() -> None:
    wrong = [
        f"{rel(path)}: {line}"
        for path in SRC.rglob("migrations/0*.py")
        for line in path.read_text().splitlines()
        if re.match(r"(from|import) baoji", line)
        and "choices" not in line
        and "import baoji.kernel.identity.models" not in line
    ]
    assert not wrong


def test_templates_are_used_and_explained() -> None:
    sources = "".join(p.read_text() for p in MODULES) + "".join(p.read_text() for p in TEMPLATES)
    # The gallery's pages are named by its list of pages.
    unused = [
        rel(p)
        for p in TEMPLATES
        if str(p).split("/templates/")[1] not in sources and "/gallery/" not in str(p)
    ]
    assert not unused
    bare = [
        rel(p)
        for p in TEMPLATES
        if "/kernel/ui/templates/ui/" in str(p)
        and not re.match(r"\s*(\{% extends [^%]*%\}\s*)?(\{#|\{% comment)", p.read_text())
    ]
    assert not bare, "each part begins with its purpose and parameters"


def test_glossary_names_every_word_of_the_field() -> None:
    glossary = (REPO / "docs" / "glossary.md").read_text()
    words = re.findall(r'"([a-z_]+)": _\(', (SRC / "systems" / "urban" / "choices.py").read_text())
    missing = sorted({word for word in words if f"`{word}`" not in glossary})
    assert not missing
