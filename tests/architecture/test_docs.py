"""Links inside the docs lead somewhere, none leaves the project, and each page stands in the list."""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PAGES = [
    *REPO.glob("*.md"),
    *REPO.glob("docs/**/*.md"),
    *REPO.glob("data/**/*.md"),
    *REPO.glob("src/baoji/**/README.md"),
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)")


def links() -> list[tuple[Path, str]]:
    return [(page, target) for page in PAGES for target in LINK.findall(page.read_text())]


def test_every_link_leads_to_a_file() -> None:
    found = links()
    assert len(found) > 30
    broken = [
        f"{page.relative_to(REPO)}: {target}" for page, target in found if not (page.parent / target).exists()
    ]
    assert not broken


def test_every_decision_stands_in_the_list() -> None:
    listed = (REPO / "docs" / "adr" / "README.md").read_text()
    decisions = sorted(path.name for path in (REPO / "docs" / "adr").glob("0*.md"))
    assert decisions and not [name for name in decisions if f"({name})" not in listed]


def test_every_page_stands_in_the_list() -> None:
    docs = REPO / "docs"
    index = docs / "README.md"
    listed = {(docs / target).resolve() for target in LINK.findall(index.read_text())}
    pages = [page for page in docs.rglob("*.md") if page.parent.name != "adr" and page != index]
    assert len(pages) > 15
    assert not [str(page.relative_to(docs)) for page in pages if page not in listed]
