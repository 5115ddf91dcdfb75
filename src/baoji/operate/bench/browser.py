"""A phone's browser for `field-load`, in a process of its own: python -m baoji.operate.bench.browser

Orders come as lines of JSON, each is answered by one. Playwright is not part of the city: where it is missing this
process ends at once and the bench says so.
"""

import json
import sys
from time import monotonic, sleep
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, sync_playwright

from baoji.operate.bench.chromium import DRAWING, find_chromium

PATIENCE_MS = 120_000
LOOK_S = 0.05
# When the shell can be used, when the map has drawn all its tiles, and when the names stand on them, in ms since the
# navigation began.
SEEN = """
window.seen = {};
const look = () => {
  const page = document.documentElement;
  if (!seen.shell && page && page.dataset.fieldReady === '1' && document.querySelector('#field-tabs a')) seen.shell = performance.now();
  if (!seen.map && document.querySelector('baoji-map[data-ready]')) seen.map = performance.now();
  if (!seen.names && document.querySelector('baoji-map[data-named]')) seen.names = performance.now();
  if (!seen.shell || !seen.names) requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SIGN_IN = """code => {
  const form = document.querySelector('form[action*=demo]'), field = document.createElement('input');
  field.name = 'code'; field.value = code; form.append(field); form.submit();
}"""
FULL = """count => {
  caches.open('baoji-tiles').then(kept => kept.keys()).then(all => { window.tilesKept = all.length; });
  navigator.serviceWorker.ready.then(() => { window.workerReady = true; });
  return window.workerReady && window.tilesKept >= count;
}"""
JsonObject = dict[str, Any]


def phone(play: Playwright, home: str) -> BrowserContext:
    found = find_chromium()
    if found is None:
        raise FileNotFoundError("Chromium")
    context = play.chromium.launch_persistent_context(
        home,
        executable_path=found,
        args=DRAWING,
        viewport={"width": 360, "height": 640},
        has_touch=True,
        locale="zh-CN",
        permissions=["geolocation"],
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


def sign_in(page: Page, order: JsonObject) -> JsonObject:
    page.goto(f"{order['url']}/sign-in/?next=/field/app.webmanifest")
    page.evaluate(SIGN_IN, order["code"])
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")  # only the session is kept
    return {}


def open_app(page: Page, order: JsonObject) -> JsonObject:
    """Opens `where` with the processor slowed `cpu` times and waits for `until` (shell, map, names); with `settle` also for
    all that the phone takes along."""
    page.add_init_script(SEEN)
    line = page.context.new_cdp_session(page)
    if order.get("cpu", 1) > 1:
        line.send("Emulation.setCPUThrottlingRate", {"rate": order["cpu"]})
    page.goto(f"{order['url']}/field/{order.get('where', '')}", wait_until="commit")
    seen = _seen(line, order["until"])
    seen["controlled"] = page.evaluate("Boolean(navigator.serviceWorker.controller)")
    if order.get("settle"):
        tiles = page.evaluate(
            "fetch('/api/v1/field/pack').then(got => got.json()).then(pack => pack.tiles.length)"
        )
        page.wait_for_function(FULL, arg=tiles)
        page.wait_for_timeout(1500)  # the last writes of the pack
    return seen


def _seen(line: CDPSession, until: str) -> JsonObject:
    """`window.seen` once it holds `until`. Asked without Playwright's own scripts, which would be read by the slowed page at
    the cost of a tenth of what is measured."""
    end = monotonic() + PATIENCE_MS / 1000
    while monotonic() < end:
        said = line.send("Runtime.evaluate", {"expression": "JSON.stringify(window.seen || {})"})
        seen: JsonObject = json.loads(said["result"].get("value", "{}"))
        if until in seen:
            return seen
        sleep(LOOK_S)
    raise TimeoutError(f"The page did not come to {until!r}.")


DO = {"sign_in": sign_in, "open": open_app}


def main() -> None:
    with sync_playwright() as play:
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            context = phone(play, order["home"])
            try:
                answer = DO[order["do"]](context.new_page(), order)
            finally:
                context.close()
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
