"""Citizens in a real browser: a phone without an account, from a photo to "not fixed" to closed again; axe on every public page."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import ExifTags, Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.screens import bring_axe, too_wide, without_webgl
from tests.town import EVENT_PLACE, case, desk, do, event, loaded, walk, where, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.maps.models import Address
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban import public
from baoji.systems.urban.actions import citizen_gate
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.models import Policy
from baoji.systems.urban.pages.citizen import limits

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LON, LAT = EVENT_PLACE["coordinates"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
# WCAG 2.2 A and AA, and what axe advises besides.
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("codes", "joins", "reads", "letters", "looks"):
        monkeypatch.setattr(limits, name, Bucket(10, 10_000))
    citizen_gate.forget()
    cache.clear()
    yield
    citizen_gate.forget()


class Street:
    """Somebody with a phone or at a desk; what goes wrong in their browser is gathered."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.faults: list[str] = []

    def comes(
        self, *, size: Any = PHONE, scripts: bool = True, webgl: bool = False, **more: Any
    ) -> BrowserContext:
        context = self.browser.new_context(
            viewport=size, java_script_enabled=scripts, locale="zh-CN", timezone_id="Asia/Shanghai", **more
        )
        context.on("page", self.watch)
        return context if webgl else without_webgl(context)

    def watch(self, page: Page) -> None:
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.hear(page, said.type, said.text))

    def hear(self, page: Page, kind: str, text: str) -> None:
        """htmx calls it an error when a page is left, or asks again, while it still waits for an answer."""
        if kind == "error" and not text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
            self.faults.append(f"{page.url}: {text}")


@pytest.fixture
def street(browser: Browser, live_server: Any) -> Iterator[Street]:
    found = Street(browser, live_server.url)
    yield found
    for context in browser.contexts:
        context.close()


def photo(path: Path, *, gps: bool = False, shade: int = 90) -> str:
    image = Image.new("RGB", (640, 480), (shade, 120, 60))
    exif = image.getexif()
    if gps:
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
        place[ExifTags.GPS.GPSLatitude] = (34.0, 21.0, 37.8)  # 34.3605
        place[ExifTags.GPS.GPSLongitude] = (107.0, 8.0, 54.6)  # 107.1485
    image.save(path, "JPEG", exif=exif)
    return str(path)


def complaints(page: Page) -> list[str]:
    bring_axe(page)
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    said = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
    return said + too_wide(page)


def filed(to: str = "handle/handling") -> str:
    """A case of today: the server that the browser sees has no clock of the town's."""
    number = event(now=timezone.now())
    walk(number, to, now=timezone.now())
    publish([case(number).pk])
    return number


def test_from_a_photo_to_not_fixed_to_closed_again(street: Street, tmp_path: Path) -> None:
    page = street.comes().new_page()
    page.goto(street.url + "/report/")
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    expect(page.locator("#lon")).to_have_value("107.148500")
    expect(page.locator("#lat")).to_have_value("34.360500")
    expect(page.get_by_text("地图上的位置取自照片")).to_be_visible()
    page.locator("label:has(input[value=rubbish])").click()
    page.fill("#description", "垃圾堆在路口")
    assert complaints(page) == []
    page.get_by_role("button", name="提交", exact=True).last.click()
    page.wait_for_url("**/follow/**")
    code = page.locator(".big-code").inner_text().replace("-", "")
    assert complaints(page) == [] and page.locator(".qr svg").is_visible()
    number = str(
        sql.value(
            "SELECT c.number FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.query_code = %s",
            [code],
        )
    )
    assert (case(number).lon, case(number).lat) == (LON, LAT) and loaded(number).extra["caller_phone"] == ""

    walk(number, "file/verified", now=timezone.now())
    do(number, "chief.1", "file", now=timezone.now())
    page.reload()
    page.fill("#ask", "什么时候能清走")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("已送到受理员")).to_be_visible()
    do(number, "acceptor.1", "tell", opinion="今天之内", now=timezone.now())
    walk(number, "evaluate/closed", now=timezone.now())

    page.goto(f"{street.url}/follow/{code}")
    expect(page.get_by_text("今天之内")).to_be_visible()
    assert complaints(page) == []
    page.get_by_text("附照片或说一句").click()
    page.set_input_files("#photo", photo(tmp_path / "2.jpg", shade=20))
    page.get_by_role("button", name="没解决").click()
    expect(page.get_by_text("这件已经重新打开，并派人到现场核查。")).to_be_visible()
    expect(page.locator("[aria-current=step]")).to_contain_text("正在现场核查")
    assert where(number) == "check/checking"
    assert complaints(page) == []

    do(number, "@asked", "check_answer", fixed=True, now=timezone.now())
    do(number, "chief.2", "close", now=timezone.now())
    page.goto(f"{street.url}/follow/{code}")
    page.get_by_role("button", name="满意", exact=True).click()
    expect(page.get_by_text("评价：满意")).to_be_visible()
    assert complaints(page) == [] and street.faults == []
    assert sql.tuples("SELECT grade, not_fixed FROM urban_grade") == [("good", 1)]


def test_without_scripts_the_photo_brings_its_place(street: Street, tmp_path: Path) -> None:
    page = street.comes(scripts=False).new_page()
    page.goto(street.url + "/report/")
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    page.locator("label:has(input[value=rubbish])").click()
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/follow/**")
    expect(page.get_by_text("位置取自照片")).to_be_visible()
    newest = sql.row("SELECT ST_X(place) AS lon, ST_Y(place) AS lat FROM flow_case ORDER BY id DESC LIMIT 1")
    assert newest == {"lon": LON, "lat": LAT}


def test_no_copy_says_where_or_with_what_a_photo_was_taken(street: Street, tmp_path: Path) -> None:
    """The original keeps its EXIF, for evidence; nothing that leaves the house has any."""
    page = street.comes().new_page()
    page.goto(street.url + "/report/")
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    page.locator("label:has(input[value=rubbish])").click()
    page.get_by_role("button", name="提交", exact=True).last.click()
    page.wait_for_url("**/follow/**")
    id_ = sql.value("SELECT max(id) FROM flow_attachment")
    client = desk("acceptor.1")
    for size in ("320", "1600", "full"):
        answer = client.get(f"/files/{id_}/{size}")
        copy = tmp_path / f"{size}.jpg"
        copy.write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)  # type: ignore[attr-defined]
        assert not dict(Image.open(copy).getexif()), size


def test_where_many_report_the_browser_works_and_the_report_goes_in(street: Street, tmp_path: Path) -> None:
    row, _made = Policy.objects.get_or_create(name="intake", defaults={"value": {}})
    row.value = {**row.value, "per_hour": 1, "proof_bits": 12}
    row.save()
    bump("policies")
    for n in range(2):
        page = street.comes().new_page()
        page.goto(street.url + "/report/")
        page.locator(".coords-more summary").click()
        page.fill("#lon", str(LON))
        page.fill("#lat", str(LAT))
        page.locator("label:has(input[value=rubbish])").click()
        page.fill("#description", f"第 {n} 件，堆在树下")
        if n:
            expect(page.get_by_text("这个网络刚才报得很多")).to_be_visible()
            page.wait_for_function(
                "() => document.querySelector('form[data-urban-proof]').dataset.proved === 'yes'"
            )
        page.get_by_role("button", name="提交", exact=True).last.click()
        page.wait_for_url("**/follow/**")
    assert sql.value("SELECT count(*) FROM flow_case WHERE source = 'citizen'") == 2
    assert sql.value("SELECT count(*) FROM urban_held_report") == 0 and street.faults == []


def test_a_class_is_proposed_by_words_and_another_kind_lets_it_go(street: Street) -> None:
    with street.comes() as context:
        page = context.new_page()
        page.goto(street.url + "/report/")
        page.get_by_label("说说情况").fill("楼下烧烤摊露天烧烤")
        page.get_by_role("button", name="露天烧烤").click()
        expect(page.locator("#class")).to_contain_text("不是这一类")
        expect(page.locator("#topic")).to_have_value("e0129")
        page.locator(".pills label", has_text="垃圾").click()
        expect(page.locator("#class")).to_contain_text("您说的是不是")
        expect(page.locator("#topic")).to_have_value("")
        page.get_by_role("button", name="露天烧烤").click()
        page.get_by_role("button", name="不是这一类").click()
        expect(page.locator("#topic")).to_have_value("")
    assert street.faults == []


def test_what_is_known_near_by_is_joined_instead(street: Street) -> None:
    number = filed()
    page = street.comes().new_page()
    page.goto(street.url + "/report/")
    page.locator(".coords-more summary").click()
    page.fill("#lon", str(LON))
    page.fill("#lat", str(LAT))
    page.locator("#lat").dispatch_event("change")
    page.get_by_role("button", name="我也遇到了").wait_for()
    assert complaints(page) == []
    page.get_by_role("button", name="我也遇到了").click()
    page.wait_for_url("**/follow/**")
    expect(page.get_by_text("已记下您也遇到了")).to_be_visible()
    assert sql.value("SELECT count(*) FROM flow_case") == 1 and complaints(page) == []
    assert sql.value("SELECT count(*) FROM urban_follower WHERE case_id = %s", [case(number).pk]) == 1


@pytest.mark.parametrize("look", ["light", "dark", "large", "english"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["390", "1440"])
def test_every_public_page_is_accessible(street: Street, size: Any, look: str) -> None:
    number = filed()
    context = street.comes(size=size, webgl=look in {"light", "dark"})
    cookies = {
        "dark": ("baoji_theme", "dark"),
        "large": ("baoji_size", "large"),
        "english": ("django_language", "en"),
    }
    if look in cookies:
        name, value = cookies[look]
        context.add_cookies([{"name": name, "value": value, "url": street.url}])
    page = context.new_page()
    paths = [
        "/public/",
        f"/public/cases/{case(number).case_number}/",
        "/report/",
        "/follow/",
        "/public/subscribe",
        "/public/accessibility/",
        "/public/widget",
        "/public/?class=e0113",
    ]
    found = {}
    for path in paths:
        page.goto(street.url + path)
        if said := complaints(page):
            found[path] = said
    assert found == {} and street.faults == []


@pytest.mark.parametrize("scripts", [True, False])
def test_who_has_not_chosen_sees_it_as_the_system_is(street: Street, scripts: bool) -> None:
    page = street.comes(scripts=scripts, color_scheme="dark").new_page()
    page.goto(street.url + "/report/")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(15, 21, 27)"
    if not scripts:
        return
    assert complaints(page) == []
    page.get_by_role("button", name="深色或浅色").click()
    assert page.evaluate(ground) == "rgb(241, 244, 245)"
    page.goto(street.url + "/follow/")
    assert page.evaluate(ground) == "rgb(241, 244, 245)", "what was chosen stays"


def test_on_a_phone_the_way_to_accessibility_is_there_and_large_text_is_large(street: Street) -> None:
    context = street.comes()
    context.add_cookies([{"name": "baoji_size", "value": "large", "url": street.url}])
    page = context.new_page()
    page.goto(street.url + "/report/")
    size = "(one) => parseFloat(getComputedStyle(one).fontSize)"
    assert page.locator(".submit-large").evaluate(size) > page.locator("#description").evaluate(size)
    page.get_by_role("link", name="无障碍").click()
    page.wait_for_url("**/public/accessibility/")


WIDEST = """() => { const width = document.documentElement.clientWidth;
  const found = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > width + 1)
    .map((one) => `${one.tagName}.${one.className?.baseVal ?? one.className} ${one.textContent.trim().slice(0, 40)}`);
  return document.documentElement.scrollWidth > innerWidth ? [`${document.documentElement.scrollWidth} px`, ...found.slice(-3)] : []; }"""


def too_narrow(page: Page, name: str) -> dict[str, list[str]]:
    """What hangs over the edge of a phone, by its width."""
    found = {}
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 740})
        if wide := page.evaluate(WIDEST):
            found[f"{name}, {width} px"] = wide
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_nothing_scrolls_sideways_on_a_small_phone(
    street: Street, client: Client, language: str, scripts: bool
) -> None:
    """WCAG 1.4.10: every public page and state, in usual and in large text, with words that nowhere break."""
    shown, long = filed(), "https://example.org/" + "a" * 120
    _number, code = closed(client)
    told = event(None, pictures=0, now=timezone.now(), description=long, caller_phone="13909170001")
    walk(told, "handle/handling", now=timezone.now())
    publish([case(told).pk])
    context = street.comes(size={"width": 390, "height": 740}, scripts=scripts)
    context.add_cookies([{"name": "django_language", "value": language, "url": street.url}])
    page = context.new_page()
    paths = [
        "/public/", "/public/?area=610302&status=closed&class=e0113", "/public/accessibility/", "/public/widget",
        "/public/subscribe", "/public/subscribe?area=610302&class=e0110", "/report/", "/follow/",
        "/public/subscriptions/aaaaaaaaaaaaaaaaaaaaaaaa/", "/public/subscriptions/aaaaaaaaaaaaaaaaaaaaaaaa/leave/",
        *(f"/public/cases/{case(one).case_number}/" for one in (shown, told)),
        *(f"/follow/{one}/" for one in (code, loaded(told).extra["query_code"], loaded(shown).extra["query_code"])),
        f"/follow/{code}/?new=1", f"/follow/{code}/?said=rate", "/follow/NNNNNNNNNN/",
        "/public/cases/610302-20990101-00001/", "/sign-in/",
    ]  # fmt: skip
    found = {}
    for size in ("usual", "large"):
        context.add_cookies([{"name": "baoji_size", "value": size, "url": street.url}])
        for path in paths:
            page.goto(street.url + path)
            found |= too_narrow(page, f"{path}, {size}")
            cut = page.evaluate(
                "[...document.querySelectorAll('#code')].filter((one) => one.scrollWidth > one.clientWidth).length"
            )
            if cut:
                found[f"{path}, {size}, its code"] = ["cut"]
        page.goto(street.url + "/report/")
        page.locator("#description").fill(long)
        page.locator(".submit-large").click()
        expect(page.locator("[role=alert]").first).to_be_visible()
        found |= too_narrow(page, f"/report/ with errors, {size}")
    assert not found, "\n".join(f"{path}: {', '.join(wide)}" for path, wide in found.items())


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another site that puts the one line into itself, and tries to frame the site as well."""

    city = ""

    def do_GET(self) -> None:
        line = f'<script src="{self.city}/public/widget.js" data-area="610302" async></script>'
        page = f'<!doctype html><title>x</title><body><p>here</p>{line}<iframe id="other" src="{self.city}/public/"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_widget_stands_in_another_site_and_nothing_else_does(street: Street) -> None:
    filed()
    Elsewhere.city = street.url
    page = street.comes(size=DESK).new_page()
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
        page.goto(f"http://127.0.0.1:{other.server_address[1]}/")
        page.wait_for_function("() => document.querySelectorAll('iframe').length === 2")
        found = next(frame for frame in page.frames if "/public/widget" in frame.url)
        expect(found.get_by_text("暴露生活垃圾").first).to_be_visible()
        assert not [frame for frame in page.frames if frame.url == f"{street.url}/public/"]
        assert any("frame-ancestors" in fault for fault in street.faults)
        other.shutdown()


def at_the_desk(street: Street) -> Page:
    """The acceptor's browser, signed in."""
    client = desk("acceptor.1")
    context = street.comes(size=DESK)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": street.url}]
    )
    return context.new_page()


def test_photos_are_reviewed_by_keyboard(street: Street) -> None:
    for _n in range(2):
        filed()
    page = at_the_desk(street)
    page.goto(street.url + "/citizens/photos/")
    assert complaints(page) == []
    for key in ("y", "n"):
        before = page.locator(".review img").get_attribute("src")
        page.keyboard.press(key)
        page.wait_for_function(
            "(src) => document.querySelector('.review img')?.getAttribute('src') !== src", arg=before
        )
    expect(page.get_by_text("没有要看的照片")).to_be_visible()
    assert sorted(sql.tuples("SELECT shown FROM urban_photo_review")) == [(False,), (True,)]


def test_words_are_reviewed_by_keyboard_and_typing_is_no_command(street: Street) -> None:
    now = timezone.now()
    numbers = []
    for text in ("李小龙家门口的垃圾没人清", "路口的垃圾没人清"):
        number = walk(event(None, pictures=0, description=text, now=now), "file/verified", now=now)
        do(number, "chief.1", "file", now=now)
        publish([case(number).pk])
        numbers.append(number)
    page = at_the_desk(street)
    page.goto(street.url + "/citizens/words/")
    assert complaints(page) == []
    expect(page.locator(".words-review p.reporter-words")).to_have_text("路口的垃圾没人清")
    page.keyboard.press("s")
    expect(page.locator(".words-review p.reporter-words")).to_have_text("李小龙家门口的垃圾没人清")
    page.locator("#text").fill("")
    page.locator("#text").press_sequentially("n y: 一户人家门口的垃圾没人清")
    expect(page.locator("#text")).to_have_value("n y: 一户人家门口的垃圾没人清")
    page.get_by_role("button", name="公开", exact=False).first.click()
    page.get_by_role("link", name="从头看").click()
    expect(page.locator(".words-review p.reporter-words")).to_have_text("路口的垃圾没人清")
    page.keyboard.press("n")
    expect(page.get_by_text("没有要看的文字")).to_be_visible()
    states = dict(
        sql.tuples("SELECT c.number, v.state FROM urban_words_review v JOIN flow_case c ON c.id = v.case_id")
    )
    assert states == {numbers[0]: "shown", numbers[1]: "kept"}
    phone = street.comes().new_page()
    phone.goto(f"{street.url}/public/cases/{case(numbers[0]).case_number}/")
    expect(phone.get_by_text("n y: 一户人家门口的垃圾没人清")).to_be_visible()
    expect(phone.get_by_text("经编辑")).to_be_visible()
    assert complaints(phone) == []
    # the desk listens to the stream, which does not run here
    assert [fault for fault in street.faults if "/public/" in fault] == []


# By keyboard, without scripts, in every state ---------------------------------------------------


def closed(client: Client) -> tuple[str, str]:
    """The number and code of a citizen's report that has been closed."""
    answer = client.post("/report/", {"what": "rubbish", "key": "k1", "lon": str(LON), "lat": str(LAT)})
    code = answer["Location"].split("/")[2].partition("?")[0]
    number = number_of(code)
    walk(number, "file/verified", now=timezone.now())
    do(number, "chief.1", "file", now=timezone.now())
    return walk(number, "evaluate/closed", now=timezone.now()), code


def number_of(code: str) -> str:
    return str(
        sql.value(
            "SELECT c.number FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.query_code = %s",
            [code],
        )
    )


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Goes on by Tab alone; each stop on the way can be seen."""
    for _press in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """(selector) => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
            const label = one.matches('.pills input') ? getComputedStyle(one.nextElementSibling) : style;
            return [one.matches(selector), box.width > 1 && style.outlineStyle === 'none' && style.boxShadow === 'none'
              && label.outlineStyle === 'none' && label.boxShadow === 'none' ? one.outerHTML.slice(0, 120) : ''] }""",
            selector,
        )
        assert not here[1], f"no focus to be seen: {here[1]}"
        if here[0]:
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_by_keyboard_alone_from_the_report_to_not_fixed(street: Street) -> None:
    page = street.comes(size=DESK).new_page()
    page.goto(street.url + "/report/")
    tab_to(page, ".coords-more summary")
    page.keyboard.press("Enter")
    tab_to(page, "#lon")
    page.keyboard.type(str(LON))
    tab_to(page, "#lat")
    page.keyboard.type(str(LAT))
    tab_to(page, "input[name=what]")
    page.keyboard.press("ArrowRight")
    tab_to(page, "#description")
    page.keyboard.type("路灯不亮了")
    tab_to(page, ".submit-large")
    page.keyboard.press("Enter")
    page.wait_for_url("**/follow/**")
    code = page.locator(".big-code").inner_text().replace("-", "")
    number = number_of(code)
    walk(number, "file/verified", now=timezone.now())
    do(number, "chief.1", "file", now=timezone.now())
    walk(number, "evaluate/closed", now=timezone.now())
    page.goto(f"{street.url}/follow/")
    tab_to(page, "#code")
    page.keyboard.type(code.lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text("问题解决了吗")).to_be_visible()
    tab_to(page, ".not-fixed .submit-large")
    page.keyboard.press("Enter")
    expect(page.get_by_text("这件已经重新打开，并派人到现场核查。")).to_be_visible()
    assert where(number) == "check/checking" and street.faults == []


def test_without_scripts_not_fixed_with_a_photo_then_a_grade(
    street: Street, client: Client, tmp_path: Path
) -> None:
    number, code = closed(client)
    page = street.comes(scripts=False).new_page()
    page.goto(f"{street.url}/follow/{code}/")
    page.get_by_text("附照片或说一句").click()
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", shade=30))
    page.fill("#reason-not_fixed", "还剩一半没有清")
    page.get_by_role("button", name="没解决").click()
    expect(page.get_by_text("这件已经重新打开，并派人到现场核查。")).to_be_visible()
    assert where(number) == "check/checking"
    reopened = sql.row(
        "SELECT t.opinion, count(a.id) AS photos FROM flow_record t LEFT JOIN flow_attachment a ON a.record_id = t.id"
        " WHERE t.case_id = %s AND t.act = 'reopen' GROUP BY t.id",
        [case(number).pk],
    )
    assert reopened == {"opinion": "还剩一半没有清", "photos": 1}
    do(number, "@asked", "check_answer", fixed=True, now=timezone.now())
    do(number, "chief.2", "close", now=timezone.now())
    page.goto(f"{street.url}/follow/{code}/")
    page.get_by_role("button", name="很满意").click()
    expect(page.get_by_text("评价：很满意")).to_be_visible()
    assert sql.tuples("SELECT grade, not_fixed FROM urban_grade") == [("very_good", 1)]


@pytest.mark.parametrize("look", ["light", "large", "english"])
def test_every_state_of_a_report_is_accessible(street: Street, client: Client, look: str) -> None:
    number, code = closed(client)
    target = filed()
    merged = event(None, pictures=0, now=timezone.now())
    do(merged, "acceptor.1", "merge", into=target, now=timezone.now())
    rejected = event(None, pictures=0, now=timezone.now())
    do(rejected, "acceptor.1", "reject", now=timezone.now())
    for held, status, reason in (("HELDHELD23", "held", ""), ("DROPPED234", "dropped", "同一件事报了很多次")):
        sql.execute(
            "INSERT INTO urban_held_report (code, draft, files, mail, language, why, alike, status, at, reason)"
            " VALUES (%s, '{}', '[]', '', '', 'flood', 'x', %s, %s, %s)",
            [held, status, timezone.now(), reason],
        )
    context = street.comes()
    if look != "light":
        name, value = {"large": ("baoji_size", "large"), "english": ("django_language", "en")}[look]
        context.add_cookies([{"name": name, "value": value, "url": street.url}])
    page = context.new_page()
    codes = [
        code,
        *(loaded(one).extra["query_code"] for one in (merged, rejected)),
        "HELDHELD23",
        "DROPPED234",
    ]
    paths = [
        f"/follow/{codes[0]}/?new=1",
        f"/follow/{codes[0]}/?said=rate",
        *(f"/follow/{one}/" for one in codes),
        "/follow/NNNNNNNNNN/",
        "/public/cases/610302-20990101-00001/",
        "/public/subscriptions/aaaaaaaaaaaaaaaaaaaaaaaa/",
        "/public/?area=610302&status=closed&class=e0113",
    ]
    found = {}
    for path in paths:
        page.goto(street.url + path)
        if said := complaints(page):
            found[path] = said
    page.goto(street.url + "/report/")
    page.locator(".submit-large").click()
    expect(page.locator("[role=alert]").first).to_be_visible()
    if said := complaints(page):
        found["/report/ with errors"] = said
    assert found == {}
    assert [fault for fault in street.faults if "404" not in fault and "422" not in fault] == []


MAP_THERE = "() => Boolean(customElements.get('baoji-map'))"
SCRIPT = "performance.getEntriesByType('resource').filter(one => one.name.endsWith('.js')).reduce((sum, one) => sum + one.decodedBodySize, 0)"


@pytest.mark.parametrize("gets_there", ["by keyboard", "by touch", "by figures"])
def test_the_map_comes_when_somebody_gets_to_it(street: Street, gets_there: str) -> None:
    page = street.comes(has_touch=True, webgl=True).new_page()
    page.goto(street.url + "/report/", wait_until="networkidle")
    button = page.get_by_role("button", name="打开地图点选")
    expect(button).to_be_visible()
    assert not page.evaluate(MAP_THERE)
    assert 0 < page.evaluate(SCRIPT) < 300 * 1024
    assert complaints(page) == []
    if gets_there == "by keyboard":
        button.focus()
        page.keyboard.press("Enter")
    elif gets_there == "by touch":
        page.locator("h1").tap()  # anywhere: the map is on the screen
    else:
        page.get_by_text("填经纬度").evaluate("one => { one.closest('details').open = true; }")
        page.evaluate(
            "() => { for (const [id, value] of [['lon', '107.1485'], ['lat', '34.3605']]) { const input = document.getElementById(id);"
            " input.value = value; input.dispatchEvent(new Event('change', { bubbles: true })); } }"
        )
    page.wait_for_function(MAP_THERE)
    expect(button).to_have_count(0)
    assert street.faults == []


@pytest.mark.parametrize("gets_there", ["at a desk", "by keyboard", "by scrolling"])
def test_the_public_map_comes_after_the_list(street: Street, gets_there: str) -> None:
    """By itself where it is on the first screen; on a phone, where it only begins there, when somebody gets to it."""
    number = filed()
    at_desk = gets_there == "at a desk"
    page = street.comes(size=DESK if at_desk else {"width": 390, "height": 700}, webgl=True).new_page()
    page.goto(street.url + "/public/", wait_until="networkidle")
    expect(page.locator(f".public-list a[href*='{case(number).case_number}']").first).to_be_visible()
    button = page.get_by_role("button", name="打开地图")
    frame = page.locator("baoji-map").bounding_box()
    if not at_desk:
        expect(button).to_be_visible()
        assert not page.evaluate(MAP_THERE)
        assert complaints(page) == []
        if gets_there == "by keyboard":
            button.press("Enter")
        else:
            page.evaluate("scrollTo(0, 400)")
    page.wait_for_function(MAP_THERE)
    expect(page.locator("baoji-map canvas")).to_be_visible()
    expect(button).to_have_count(0)
    if gets_there == "by keyboard":
        expect(page.locator("baoji-map canvas")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")
    assert page.locator("baoji-map").bounding_box() == frame, "nothing jumped"
    assert street.faults == []


def test_a_map_that_did_not_come_is_asked_for_again(street: Street) -> None:
    page = street.comes(has_touch=True, webgl=True).new_page()
    page.route("**/maplibre-*.js", lambda route: route.abort())
    page.goto(street.url + "/report/", wait_until="networkidle")
    button = page.locator("[data-baoji-map-open]")
    button.click()
    expect(button).to_have_text("这台机器画不了地图；地址和清单不受影响")
    page.unroute("**/maplibre-*.js")
    button.click()
    expect(page.locator("baoji-map canvas")).to_be_visible()
    assert [fault for fault in street.faults if "ERR_FAILED" not in fault] == []


def placed(path: Path, lat: tuple[float, float, float], lon: tuple[float, float, float], shade: int) -> str:
    image = Image.new("RGB", (640, 480), (shade, 120, 60))
    exif = image.getexif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLongitude] = lat, lon
    image.save(path, "JPEG", exif=exif)
    return str(path)


BEIJING = ((39.0, 54.0, 30.0), (116.0, 24.0, 0.0))


@pytest.mark.parametrize("last", [False, True])
def test_a_photo_that_was_taken_away_leaves_no_pin(street: Street, tmp_path: Path, last: bool) -> None:
    """Nor the address that was found for it; a pin that somebody put there stays."""
    Address.objects.create(kind="plate", name="经二路 7 号", place=Point(LON, LAT, srid=4490))
    page = street.comes().new_page()
    page.goto(street.url + "/report/")
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    expect(page.locator("#lon")).to_have_value("107.148500")
    expect(page.locator("#address_found")).not_to_have_value("")
    if last:  # another one stands in its place
        page.set_input_files("#photo", photo(tmp_path / "2.jpg", shade=20))
    page.locator("[data-previews] .take-away").first.click()
    for field in ("#lon", "#lat", "#address", "#address_found"):
        expect(page.locator(field)).to_have_value("")
    expect(page.locator("[data-urban-from-photo]")).to_be_hidden()
    page.get_by_text("填经纬度").click()
    page.fill("#lon", str(LON))
    page.fill("#lat", str(LAT))
    page.set_input_files("#photo", photo(tmp_path / "3.jpg", shade=40))
    page.locator("[data-previews] .take-away").first.click()
    expect(page.locator("#lon")).to_have_value(str(LON))
    assert street.faults == []


ANSWERED = "document.addEventListener('htmx:afterRequest', () => { document.documentElement.dataset.answered = 'yes'; })"


def test_an_address_that_comes_after_its_photo_was_taken_away_is_left_out(
    street: Street, tmp_path: Path
) -> None:
    """The next question waits a moment, so that the answer to the one before finds the field empty."""
    Address.objects.create(kind="plate", name="经二路 7 号", place=Point(LON, LAT, srid=4490))
    page = street.comes().new_page()
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route("**/report/look**", hold_the_first)
    page.clock.install()
    page.goto(street.url + "/report/")
    page.evaluate(ANSWERED)
    with page.expect_request("**/report/look**"):
        page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    page.locator("[data-previews] .take-away").first.click()
    expect(page.locator("#lon")).to_have_value("")
    with page.expect_response("**/report/look**") as told:
        asked[0].continue_()
    assert "经二路 7 号" in told.value.text()
    expect(page.locator("html")).to_have_attribute("data-answered", "yes")
    expect(page.locator("#address")).to_have_value("")
    assert len(asked) == 1
    page.clock.resume()
    page.set_input_files("#photo", photo(tmp_path / "2.jpg", gps=True, shade=20))
    expect(page.locator("#address_found")).to_have_value("经二路 7 号")
    assert street.faults == []


def test_a_photo_does_not_overrule_an_address_that_was_written(street: Street, tmp_path: Path) -> None:
    page = street.comes().new_page()
    page.goto(street.url + "/report/")
    page.fill("#address", "宝福路 316 号")
    page.set_input_files("#photo", photo(tmp_path / "1.jpg", gps=True))
    expect(page.get_by_text("照片里也有位置，您已经写了地址，没有改。")).to_be_visible()
    expect(page.locator("#lon")).to_have_value("")
    assert complaints(page) == []
    page.get_by_role("button", name="用照片的位置").click()
    expect(page.locator("#lon")).to_have_value("107.148500")
    expect(page.get_by_text("地图上的位置取自照片")).to_be_visible()
    expect(page.get_by_role("button", name="用照片的位置")).to_be_hidden()
    assert street.faults == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_photo_from_elsewhere_proposes_nothing_and_says_so(
    street: Street, tmp_path: Path, scripts: bool
) -> None:
    page = street.comes(scripts=scripts).new_page()
    page.goto(street.url + "/report/")
    page.set_input_files("#photo", placed(tmp_path / "1.jpg", *BEIJING, 70))
    if not scripts:
        page.locator("label:has(input[value=rubbish])").click()
        page.get_by_role("button", name="提交").last.click()
    expect(page.get_by_text("照片是在本市以外拍的").first).to_be_visible()
    expect(page.locator("#lon")).to_have_value("")
    if scripts:  # the next one is from here
        page.set_input_files("#photo", photo(tmp_path / "2.jpg", gps=True))
        expect(page.locator("#lon")).to_have_value("107.148500")
        expect(page.get_by_text("地图上的位置取自照片")).to_be_visible()
        assert street.faults == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", ["large", ""])
def test_the_task_of_a_crew_scrolls_no_way_but_down(street: Street, language: str, size: str) -> None:
    """WCAG 1.4.10 for who opens a link on a small phone: with the map, and with words that nowhere break."""
    long = "https://example.org/" + "a" * 90
    number = event(now=timezone.now(), description=f"井盖松动 {long}")
    walk(number, "handle/handling", now=timezone.now())
    code = sql.value(
        "SELECT o.code FROM organisations_organisation o WHERE o.id = %s", [case(number).holder_org_id]
    )
    made = public.make_link(
        by=who(f"handler.{code}"),
        number=number,
        crew="张师傅",
        to="13991700123",
        hours=48,
        now=timezone.now(),
    )
    context = street.comes(size={"width": 360, "height": 740})
    cookies = {"baoji_size": size, "django_language": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": street.url} for name, value in cookies.items() if value]
    )
    page = context.new_page()
    page.goto(f"{street.url}/crew/{made.token}")
    expect(page.locator("a[href^='geo:']")).to_be_visible()
    assert page.evaluate(WIDEST) == []
    assert complaints(page) == []
