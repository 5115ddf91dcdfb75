"""Chromium for tests: with WebGL where a map is looked at, without it elsewhere, as on many a desk in a city hall.

A map that cannot be drawn says so. One that is drawn without a graphics card costs three seconds of processor time a page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from baoji.operate.bench.chromium import DRAWING, find_chromium

_LOUD = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
AXE = Path(__file__).resolve().parents[1] / "frontend/node_modules/axe-core/axe.min.js"
_NO_WEBGL = """(() => { const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind.startsWith("webgl") ? null : get.call(this, kind, ...more); }; })()"""


def without_webgl(context: BrowserContext) -> BrowserContext:
    context.add_init_script(_NO_WEBGL)
    return context


def browser_here() -> str:
    found = find_chromium()
    assert found, "Chromium is not installed: ./dev prepare test"
    return found


@contextmanager
def chromium(playwright: Playwright, *more: str) -> Iterator[Browser]:
    """A browser for many people, each with a context of their own."""
    found = playwright.chromium.launch(executable_path=browser_here(), args=[*DRAWING, *more])
    try:
        yield found
    finally:
        found.close()


def bring_axe(page: Page) -> None:
    """What looks for barriers is there on this page: half a megabyte of script, sent once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())


def loud(page: Page) -> list[str]:
    """What nobody should be shown: whatever axe calls serious, and a page wider than its screen."""
    bring_axe(page)
    found: list[str] = page.evaluate(_LOUD)
    return found + too_wide(page)


def too_wide(page: Page) -> list[str]:
    """By how much the page is wider than its screen, if it is."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wide} px too wide"] if wide > 0 else []
