"""People at browsers: each in a context of their own, at a desk or with a phone, using nothing but the pages."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response, expect

from tests.cities import RunningCity
from tests.screens import loud, without_webgl

# Words of ours, as against those of the data: what is pressed, asked for, and said above a column.
CHINESE = """() => [...document.querySelectorAll("nav a, main button, main th, main label, main legend, main summary, main h2, dialog h2")]
  .map((one) => one.textContent.trim().replace(/\\s+/g, " ")).filter((text) => /[\\u4e00-\\u9fff]/.test(text))"""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
DRAWS = ("head.",)  # who has WebGL: whoever looks at the city as a whole


@dataclass
class Person:
    """`faults` gathers whatever goes wrong in this browser: errors on the console, in scripts, from the server, for the reader."""

    city: RunningCity
    code: str
    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on(
            "console", lambda said: self._fault("console", said.text) if said.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self._fault("script", str(error)))
        self.page.on("response", self._answered)

    def _fault(self, what: str, text: str) -> None:
        self.faults.append(f"{self.code} at {self.page.url}: {what}: {text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._fault("answer", f"{response.status} {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.city.url + path)

    def sign_in(self) -> None:
        """One press where the demo shows this person, else through the field for all the others."""
        self.open("/sign-in/")
        button = self.page.locator(f"button[name=code][value='{self.code}']")
        if button.count():
            button.click()
        else:
            self.page.get_by_role("combobox", name="别的人").fill(self.code)
            self.page.get_by_role("option").first.click()
            self.page.get_by_role("button", name="以此人登录").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def look_around(self) -> None:
        """Reads the page as somebody with a screen reader, and with a narrow and a wide screen, would."""
        size = self.page.viewport_size
        for screen in (PHONE, DESK):
            self.page.set_viewport_size(screen)  # type: ignore[arg-type]
            for fault in loud(self.page):
                self._fault(f"look at {screen['width']}", fault)
        if size:
            self.page.set_viewport_size(size)

    # ---- a desk -------------------------------------------------------------------------------------

    def waits_at(self, tab: str) -> None:
        """Opens a tab of the own desk and leaves it open."""
        self.page.get_by_role("navigation", name="主导航").get_by_role("link", name="待办").click()
        self.page.locator("#tabs").get_by_role("link", name=re.compile(f"^{tab}")).click()

    def row(self, number: str) -> Locator:
        return self.page.locator(f"tr[data-number='{number}']")

    def sees(self, number: str) -> Locator:
        """The row comes by itself, and says with shape and words how the time stands."""
        row = self.row(number)
        expect(row).to_be_visible()
        return row

    def opens(self, number: str) -> None:
        self.row(number).locator(".c-title a").click()
        self.page.wait_for_url(re.compile(f"/cases/{number}"))

    def finds(self, number: str) -> None:
        """By the search in the top bar, from wherever one is."""
        field = self.page.get_by_role("search").first.get_by_role("searchbox")
        field.fill(number)
        field.press("Enter")
        self.page.wait_for_url(re.compile(r"/cases/\?q="))
        self.opens(number)

    def form(self, act: str) -> Locator:
        """The form of an act; one that is folded is unfolded first."""
        form = self.page.locator(f"#act-{act}")
        if not form.is_visible():
            self.page.locator(f"details[data-baoji-act='{act}'] > summary").click()
        return form

    def does(self, act: str, photo: bytes | None = None, **facts: str) -> None:
        """Does an act as it is proposed, with what is written here; waits until the page says that it is done."""
        form = self.form(act)
        for name, text in facts.items():
            form.locator(f"[name='{name}']").fill(text)
        if photo:
            form.locator("input[type=file]").set_input_files(jpeg(photo))
        form.locator("button.submit").click()
        expect(self.page.locator(".toast-line").first).to_be_visible()

    def clock(self) -> Locator:
        return self.page.locator(".case-side .clock-big")


def jpeg(content: bytes) -> Any:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}


@dataclass
class People:
    """Everybody of one journey; a person is the same each time they are asked for."""

    browser: Browser
    city: RunningCity
    here: dict[str, Person] = field(default_factory=dict)

    def __getitem__(self, code: str) -> Person:
        if code not in self.here:
            self.here[code] = self.comes(code)
            self.here[code].sign_in()
        return self.here[code]

    def comes(self, code: str, at: tuple[float, float] | None = None) -> Person:
        """Somebody with a fresh browser, not signed in; `at`: longitude and latitude, with a phone."""
        size: Any = PHONE if at or code.startswith("collector.") else DESK
        place: Any = {"longitude": at[0], "latitude": at[1], "accuracy": 5} if at else None
        context = self.browser.new_context(
            viewport=size,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=place,
            permissions=["geolocation"] if at else [],
        )
        if not code.startswith(DRAWS):
            without_webgl(context)
        self.here[code] = Person(self.city, code, context.new_page())
        return self.here[code]

    @property
    def faults(self) -> list[str]:
        return [fault for person in self.here.values() for fault in person.faults]
