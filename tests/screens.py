"""Screens for tests: with WebGL where a map is looked at, without it elsewhere, as on many a desk in a city hall.

A map that cannot be drawn says so. One that is drawn without a graphics card costs three seconds of processor time a page.
"""

from playwright.sync_api import BrowserContext

_NO_WEBGL = """(() => { const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return kind.startsWith("webgl") ? null : get.call(this, kind, ...more); }; })()"""


def without_webgl(context: BrowserContext) -> BrowserContext:
    context.add_init_script(_NO_WEBGL)
    return context
