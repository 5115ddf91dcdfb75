"""The map that a phone takes along: it is drawn with nothing but what was kept, it comes whole, and it follows the city."""

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.cities import RunningCity
from tests.journeys.pocket import (
    FACT,
    NO_TILES,
    SENT_MS,
    TILES,
    Phones,
    online,
    opened,
    sign_in,
    taken_along,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CODE = "collector.26"
TAG = "address => caches.open('baoji-tiles').then(kept => kept.match(address, { ignoreVary: true })).then(found => found?.headers.get('ETag'))"
OTHER = f"([address, old]) => ({TAG})(address).then(tag => tag && tag !== old)"
SHELL = """caches.keys().then(names => names.find(name => name.startsWith('baoji-shell'))).then(name => name && caches.open(name))
    .then(kept => kept?.keys()).then(all => (all ?? []).some(one => one.url.endsWith('.woff2')))"""
DRAWN = """() => { const map = document.querySelector('baoji-map')?.map;
  return map?.isStyleLoaded() && map.areTilesLoaded() && map.queryRenderedFeatures().some(one => one.sourceLayer === 'component'); }"""


def pack(city: RunningCity) -> dict[str, Any]:
    found: dict[str, Any] = city.client(CODE).get("/api/v1/field/pack").raise_for_status().json()
    return found


def test_the_map_is_drawn_by_what_the_phone_has_kept(
    city: RunningCity, tmp_path: Path, phones: Phones
) -> None:
    """No server, and nothing in the browser's own cache, which forgets such files within minutes."""
    known = pack(city)
    thing = known["components"][0]
    place, home = (thing[3], thing[4]), tmp_path / "phone"
    with phones.kept(home, place, maps=True) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        until(page, TILES, len(known["tiles"]), SENT_MS)
        until(page, SHELL, timeout=SENT_MS)
    city.dev("down")
    try:
        for name in ("Cache", "Code Cache"):
            shutil.rmtree(home / "Default" / name, ignore_errors=True)
        with phones.kept(home, place, maps=True) as page:
            opened(page, city, "#/map")
            assert page.evaluate("Boolean(navigator.serviceWorker.controller)")
            page.wait_for_function(DRAWN, timeout=SENT_MS)
            assert page.evaluate("document.fonts.load('16px \"Inter Variable\"').then(all => all.length)")
    finally:
        city.dev("up", "--detach", "--port", str(urlsplit(city.url).port))


def test_a_map_that_was_cut_off_comes_with_the_next_contact(city: RunningCity, phones: Phones) -> None:
    known = pack(city)
    thing = known["components"][0]
    with phones.fresh((thing[3], thing[4]), NO_TILES, maps=True) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        online(page)
        assert (
            page.evaluate("caches.open('baoji-tiles').then(kept => kept.keys()).then(all => all.length)") == 0
        )
        page.evaluate("() => { window.tilesMayCome = true; }")
        online(page)
        until(page, TILES, len(known["tiles"]), SENT_MS)


def accept(city: RunningCity, finding: dict[str, Any]) -> None:
    """A finding of the collector's, which an operator takes into the ledger on the page for it."""
    name = uuid4()
    city.client(CODE).put(f"/api/v1/field/corrections/{name}", json=finding).raise_for_status()
    with httpx.Client(base_url=city.url, follow_redirects=True, timeout=60) as desk:
        desk.get("/sign-in/")
        desk.post("/sign-in/demo/", data=signed(desk, {"code": "operator.1"})).raise_for_status()
        desk.get("/street/corrections/").raise_for_status()
        done = desk.post(f"/street/corrections/{name}/", data=signed(desk, {"do": "accept"}))
        assert "已采纳" in done.raise_for_status().text


def signed(desk: httpx.Client, facts: dict[str, str]) -> dict[str, str]:
    return {**facts, "csrfmiddlewaretoken": desk.cookies["csrftoken"]}


def test_an_accepted_correction_reaches_the_map_of_a_phone(city: RunningCity, phones: Phones) -> None:
    known = pack(city)
    thing = known["components"][0]
    with phones.fresh((thing[3], thing[4]), maps=True) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        until(page, TILES, len(known["tiles"]), SENT_MS)
        near = [address for address in known["tiles"] if address.startswith("/tiles/city/17/")]
        before = {address: page.evaluate(TAG, address) for address in near}
        accept(
            city, {"kind": "state", "component": thing[0], "state": "破损" if thing[6] == "完好" else "完好"}
        )
        for _try in range(60):
            now = {address: httpx.get(city.url + address, timeout=60).headers["ETag"] for address in near}
            changed = [address for address in near if now[address] != before[address]]
            if changed:
                break
            page.wait_for_timeout(500)  # each process of the server hears of it within a second
        assert 0 < len(changed) < len(near)  # by content: what the correction does not touch stays as it is
        opened(page, city)
        online(page)
        for address in changed:
            until(page, OTHER, [address, before[address]], SENT_MS)
        assert page.evaluate(TAG, changed[0]) == now[changed[0]]
        assert page.evaluate(FACT, "pack")["edition"] != known["edition"]


AGE = """zoom => new Promise(done => { const opening = indexedDB.open('baoji-field');
  opening.onsuccess = () => { const facts = opening.result.transaction('facts', 'readwrite').objectStore('facts');
    const asked = facts.get('editions');
    asked.onsuccess = () => { facts.put({ ...asked.result, [zoom]: 'another' }, 'editions').onsuccess = () => { opening.result.close(); done(); }; }; }; })"""
AS_PACKED = f"mark => ({FACT})('editions').then(marks => marks?.[mark[0]] === mark[1])"


ASKED = """const asking = window.fetch; window.tilesAsked = [];
window.fetch = (asked, facts) => { if (String(asked.url ?? asked).includes('/tiles/city/')) window.tilesAsked.push(String(asked.url ?? asked)); return asking(asked, facts); };"""


def test_only_the_zoom_that_would_be_drawn_otherwise_is_asked_for_again(
    city: RunningCity, phones: Phones
) -> None:
    """What is built at the other end of the city changes the overview; the near tiles are left in peace."""
    known = pack(city)
    thing = known["components"][0]
    with phones.fresh((thing[3], thing[4]), ASKED, maps=True) as page:
        sign_in(page, city, CODE)
        taken_along(page)
        until(page, TILES, len(known["tiles"]), SENT_MS)
        until(page, AS_PACKED, ["17", known["editions"]["17"]], SENT_MS)
        page.evaluate(AGE, "12")
        page.evaluate("() => { window.tilesAsked.length = 0; }")
        online(page)
        page.wait_for_function("() => window.tilesAsked.length > 0", timeout=SENT_MS)
        until(page, AS_PACKED, ["12", known["editions"]["12"]], SENT_MS)
        asked = page.evaluate("window.tilesAsked")
    assert set(asked) == {address for address in known["tiles"] if address.startswith("/tiles/city/12/")}
