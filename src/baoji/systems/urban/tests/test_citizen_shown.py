"""What strangers see of cases: only what is filed, coarse where homes and people are concerned, photos a person has looked at."""

from collections.abc import Iterator
from datetime import timedelta
from math import asinh, pi, radians, tan
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from django.core.cache import cache
from django.test import Client
from tests.town import COVER, EVENT_PLACE, NOW, case, do, event, loaded, refusal, report, sign_in, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotAllowed
from baoji.kernel.base.snapshot import bump
from baoji.kernel.maps.models import Address
from baoji.kernel.organisations.models import Division, Organisation
from baoji.kernel.records import storage
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_publish import Watched, publish, publish_missing, take_old_ones_away
from baoji.systems.urban.models import Policy
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.queries import shown
from baoji.systems.urban.queries.stamps import public_stamp
from baoji.systems.urban.rules.citizens import middle_of_square
from baoji.systems.urban.tests.test_pages_case import contrast

pytestmark = pytest.mark.django_db
LON, LAT = EVENT_PLACE["coordinates"]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _the_towns_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    for name in ("reads", "joins"):
        monkeypatch.setattr(limits, name, Bucket(1, 1000))
    cache.clear()
    yield
    cache.clear()


def places(*lines: tuple[str, str], **more: Any) -> None:
    row, _made = Policy.objects.get_or_create(name="public", defaults={"value": {}})
    row.value = {
        **row.value,
        "classes": [{"kind": "event", "class": code, "place": place} for code, place in lines],
        **more,
    }
    row.save()
    bump("policies")


def filed(to: str = "handle/handling", by: str | None = "collector.01", **draft: Any) -> str:
    """The case number of a case that was published."""
    number = event(by, pictures=1 if by else 0, **draft)
    if by is None:
        walk(number, "file/verified")
        do(number, "chief.1", "file")
    walk(number, to)
    publish([case(number).pk], NOW)
    return str(case(number).case_number)


def features(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/public/cases.geojson", query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


# what is public ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("collect/reported", False),
        ("file/accepted", False),
        ("dispatch/filed", True),
        ("handle/suspended", True),
        ("evaluate/closed", True),
        ("handle/void", False),
        ("collect/rejected", False),
        ("evaluate/settled", False),
    ],
)
def test_only_filed_cases_are_public(client: Client, to: str, shown: bool) -> None:
    number = event()
    walk(number, to)
    publish([case(number).pk], NOW)
    assert len(features(client)) == int(shown)


def test_what_stops_being_public_goes(client: Client) -> None:
    number = filed()
    task = public.load(number).case
    assert len(features(client)) == 1
    do(task.number, "chief.1", "void")
    publish([task.pk], NOW)
    assert features(client) == [] and client.get(f"/public/cases/{number}/").status_code == 404


def test_words_and_addresses_of_reporters_are_never_public(client: Client) -> None:
    number = filed(
        by=None,
        description="三单元刘秘密家门口",
        address="三单元 201 刘秘密家",
        caller_name="刘秘密",
        caller_phone="13991700123",
    )
    for url in (
        "/public/",
        f"/public/cases/{number}/",
        "/public/cases.geojson",
        "/public/cases.atom",
        "/public/widget",
    ):
        shown = client.get(url).content.decode()
        assert number in shown
        assert "刘秘密" not in shown and "13991700123" not in shown and "三单元" not in shown


TYPED = "张三家门口3楼302室 13800138000"


@pytest.mark.parametrize("by", ["collector.01", "officer.001"])
@pytest.mark.parametrize("component", [True, False])
def test_what_staff_type_as_an_address_is_not_public_either(client: Client, by: str, component: bool) -> None:
    """The ledger's address of the component, else the gazetteer's; also once somebody corrected it."""
    Address.objects.create(kind="plate", name="经二路 8 号", place=f"SRID=4490;POINT({LON} {LAT})")
    known = (
        sql.value("SELECT address FROM urban_component WHERE code = %s", [COVER])
        if component
        else "经二路 8 号"
    )
    assert known
    number = walk((report if component else event)(by, address=TYPED), "dispatch/filed")
    for corrected in (False, True):
        if corrected:
            do(number, "chief.1", "correct", address=f"东头 {TYPED}")
            assert TYPED in case(number).address
        publish([case(number).pk], NOW)
        shown = str(case(number).case_number)
        assert features(client)[0]["properties"]["address"] == known
        for url in (
            "/public/",
            f"/public/cases/{shown}/",
            "/public/cases.geojson",
            "/public/cases.atom",
            f"/open311/v2/requests/{number}.json?extensions=true",
            "/open311/v2/requests.json?start_date=2026-03-01T00:00:00Z&end_date=2026-04-01T00:00:00Z",
        ):
            answer = client.get(url)
            text = answer.content.decode()
            assert answer.status_code == 200 and (shown in text or number in text), url
            assert known in text and "张三" not in text and "13800138000" not in text, url


def test_a_case_closed_without_a_check_does_not_say_it_was_checked(client: Client) -> None:
    checked = filed("evaluate/closed")
    way = client.get(f"/public/cases/{checked}/").content.decode()
    assert all(word in way for word in ("已处置", "已核查", "已结案")) and "现场核查" not in way, (
        "what is done says so"
    )
    number = filed("check/to_check")
    task = public.load(number).case
    do(task.number, "chief.1", "close", kind="forced", opinion="现场封闭，无法核查")
    publish([task.pk], NOW)
    text = client.get(f"/public/cases/{number}/").content.decode()
    assert '<li class="" ><span class="dot"></span><div><span class="mute">未经核查</span>' in text
    assert "已核查" not in text and "现场核查" not in text


def test_a_class_may_be_named_as_the_features_name_it(client: Client) -> None:
    filed()
    for query in ({"class": "e0110"}, {"class": "0110"}, {"class": "0110", "kind": "event"}):
        (found,) = features(client, **query)
        assert (found["properties"]["kind"], found["properties"]["class"]) == ("event", "0110")
        assert "<entry>" in client.get("/public/cases.atom", query).content.decode()
    number = walk(report(), "dispatch/filed")
    publish([case(number).pk], NOW)
    assert [one["properties"]["kind"] for one in features(client, **{"class": "0102"})] == ["component"]
    assert features(client, **{"class": "0102", "kind": "component"})
    for query in (
        {"class": "9999"},
        {"class": "e0110", "kind": "component"},
        {"class": "0110", "kind": "weather"},
        {"kind": "weather"},
    ):
        assert client.get("/public/cases.geojson", query).status_code == 422


def test_a_kind_alone_narrows_every_feed(client: Client) -> None:
    event_number, component_number = filed(), str(case(walk(report(), "dispatch/filed")).case_number)
    publish([case(component_number).pk], NOW)
    for kind, number, other in (
        ("event", event_number, component_number),
        ("component", component_number, event_number),
    ):
        assert [one["id"] for one in features(client, kind=kind)] == [number]
        for path in ("/public/", "/public/cases.atom", "/public/widget"):
            text = client.get(path, {"kind": kind}).content.decode()
            assert number in text and other not in text, path
    assert len(features(client)) == 2
    assert "cases.geojson?kind=event" in client.get("/public/", {"kind": "event"}).content.decode()


def test_a_class_about_homes_is_shown_in_a_square(client: Client) -> None:
    places(("0110", "coarse"))
    number = filed()
    feature = features(client)[0]
    middle = middle_of_square(LON, LAT, 200)
    assert tuple(feature["geometry"]["coordinates"]) == middle != (LON, LAT)
    assert (feature["properties"]["address"], feature["properties"]["coarse"]) == ("", True)
    assert len(feature["properties"]["area"]) == 9
    row = sql.row("SELECT address, ST_X(place) AS lon FROM urban_public_case")
    assert row is not None and row["address"] == "" and abs(row["lon"] - middle[0]) < 1e-9, (
        "not even in the table"
    )
    assert "不是准确位置" in client.get(f"/public/cases/{number}/").content.decode()


def test_moving_about_does_not_find_a_coarse_place(client: Client) -> None:
    """The list of similar cases answers by the square, not by the distance to the place itself."""
    places(("0110", "coarse"))
    filed()
    middle = middle_of_square(LON, LAT, 200)
    wide, high = 0.00108, 0.00089  # nearly half of the square, in degrees
    for corner in ((wide, high), (-wide, -high), (wide, -high)):
        assert public.similar(middle[0] + corner[0], middle[1] + corner[1], ["e0110"])
    assert not public.similar(middle[0] + 1.1 * wide, middle[1], ["e0110"])
    assert not public.similar(middle[0], middle[1] - 1.1 * high, ["e0110"])


def test_a_hidden_class_is_not_there(client: Client) -> None:
    places(("0110", "hidden"))
    assert filed() and features(client) == []


def test_a_policy_counts_before_the_rows_are_renewed_and_the_worker_renews_them(client: Client) -> None:
    watched = Watched()
    watched()
    number = filed()
    assert not features(client)[0]["properties"]["coarse"]
    places(("0110", "coarse"))
    assert features(client) == [], "an exact place is held back at once"
    assert watched() == 1
    assert features(client)[0]["properties"]["coarse"] and public.public_case(number)["coarse"]
    assert watched() == 0


def test_the_worker_catches_up_with_what_it_missed(client: Client) -> None:
    number = event()
    walk(number, "dispatch/filed")
    assert features(client) == []
    assert publish_missing() == 1 and features(client)[0]["properties"]["stage"] == "dispatch"
    walk(number, "handle/handling")
    assert publish_missing() == 1 and features(client)[0]["properties"]["stage"] == "handle"
    assert publish_missing() == 0


def test_closed_cases_leave_after_a_while(client: Client) -> None:
    filed("evaluate/closed")
    assert take_old_ones_away(NOW + timedelta(days=179)) == 0
    assert take_old_ones_away(NOW + timedelta(days=181)) == 1
    assert features(client) == []


# feeds ------------------------------------------------------------------------


def test_geojson_is_what_the_standard_says(client: Client) -> None:
    number = filed()
    answer = client.get("/public/cases.geojson")
    body = answer.json()
    assert answer["Content-Type"] == "application/geo+json" and answer["Access-Control-Allow-Origin"] == "*"
    assert body["type"] == "FeatureCollection" and body["links"] == []
    feature = body["features"][0]
    assert (feature["type"], feature["id"], feature["geometry"]) == (
        "Feature",
        number,
        {"type": "Point", "coordinates": [LON, LAT]},
    )
    assert feature["properties"]["class"] == "0110" and feature["properties"]["light"] == "green"
    assert client.get(feature["properties"]["url"].removeprefix("http://testserver")).status_code == 200


def test_pages_follow_each_other_and_each_case_comes_once(client: Client) -> None:
    numbers = {filed() for _n in range(5)}
    seen: list[str] = []
    url: str | None = "/public/cases.geojson?limit=2"
    while url:
        answer = client.get(url)
        body = answer.json()
        seen += [feature["id"] for feature in body["features"]]
        url = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
        assert not url or f'<{url}>; rel="next"' == answer["Link"]
    assert len(seen) == 5 and set(seen) == numbers


def test_a_box_holds_what_lies_in_it(client: Client) -> None:
    filed()
    assert len(features(client, bbox=f"{LON - 0.001},{LAT - 0.001},{LON + 0.001},{LAT + 0.001}")) == 1
    assert features(client, bbox=f"{LON + 0.001},{LAT - 0.001},{LON + 0.002},{LAT + 0.001}") == []


def test_a_large_box_is_looked_for_along_the_list_and_nothing_is_lost(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {filed(location={"type": "Point", "coordinates": [LON + n / 10_000, LAT]}) for n in range(5)}
    monkeypatch.setattr(shown, "FEW_IN_BOX", 0)
    monkeypatch.setattr(shown, "LOOKED_AT", 2)
    inside = f"{LON - 0.001},{LAT - 0.001},{LON + 0.00015},{LAT + 0.001}"
    found, pages, url = [], 0, f"/public/cases.geojson?bbox={inside}&limit=3"
    while url:
        answer = client.get(url).json()
        found += [feature["id"] for feature in answer["features"]]
        url, pages = next((one["href"] for one in answer["links"]), ""), pages + 1
    assert len(found) == len(set(found)) == 2 and set(found) < made
    assert pages >= 3, "five cases are looked at two by two"


def test_since_gives_what_changed_after_it_in_order(client: Client) -> None:
    old, new = (event(now=NOW - timedelta(days=3)) for _n in range(2))
    walk(old, "dispatch/filed", now=NOW - timedelta(days=2))
    walk(new, "dispatch/filed", now=NOW - timedelta(days=2))
    publish([case(old).pk, case(new).pk], NOW)
    walk(new, "handle/handling", now=NOW - timedelta(hours=1))
    publish([case(new).pk], NOW)
    found = features(client, since=(NOW - timedelta(days=1)).isoformat())
    assert [one["id"] for one in found] == [case(new).case_number]
    assert len(features(client, since="2026-03-01")) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"},
        {"bbox": "108,34,107,35"},
        {"since": "gestern"},
        {"limit": "0"},
        {"limit": "1001"},
        {"limit": "-1"},
        {"after": "xyz"},
        {"area": "99"},
        {"class": "e9999"},
        {"status": "nonsense"},
        {"area": "' OR 1=1"},
    ],
)
def test_a_wrong_question_is_a_problem(client: Client, query: dict[str, str]) -> None:
    answer = client.get("/public/cases.geojson", query)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"


def test_filters_are_those_of_the_list(client: Client) -> None:
    number = filed()
    assert len(features(client, area="610302")) + len(features(client, area="610303")) == 1
    street = case(number).area[:9]
    Division.objects.get_or_create(code="610300", defaults={"name": "某市", "level": "city"})
    Division.objects.get_or_create(code=f"{street}000", defaults={"name": "某街道", "level": "street"})
    bump("organisations")
    for code in ("610300", street, f"{street}000"):
        assert len(features(client, area=code)) == 1, code
    assert len(features(client, **{"class": "e0110"})) == 1 and features(client, **{"class": "e0113"}) == []
    assert len(features(client, status="open")) == 1 and features(client, status="closed") == []
    assert number in client.get("/public/?class=e0110&status=open").content.decode()
    assert number not in client.get("/public/?status=closed").content.decode()


def test_atom_stays_well_formed_whatever_stands_in_an_address(client: Client) -> None:
    """A reader of feeds gives up at one character that XML does not have."""
    number = filed()
    sql.execute(
        "UPDATE urban_public_case SET address = %s WHERE number = %s", ["金台路\uffff\x0b 88 号", number]
    )
    feed = xml.fromstring(client.get("/public/cases.atom").content)
    assert "金台路 88 号" in (feed.findtext(f"{ATOM}entry/{ATOM}summary") or "")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_atom_says_its_language(client: Client, language: str) -> None:
    filed()
    feed = xml.fromstring(client.get("/public/cases.atom", headers={"accept-language": language}).content)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language


@pytest.mark.parametrize("feed", ["cases.atom", "cases.geojson"])
def test_a_feed_that_has_not_changed_is_not_sent_again(client: Client, feed: str) -> None:
    number = filed()
    seen = {"If-None-Match": client.get(f"/public/{feed}")["ETag"]}
    assert client.get(f"/public/{feed}", headers=seen).status_code == 304
    walk(number, "evaluate/closed")
    publish([case(number).pk], NOW)
    assert client.get(f"/public/{feed}", headers=seen).status_code == 200


def test_atom_is_well_formed_and_says_what_changed(client: Client) -> None:
    number = filed()
    answer = client.get("/public/cases.atom?area=610302")
    feed = xml.fromstring(answer.content)
    assert answer["Content-Type"].startswith("application/atom+xml") and feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, name
    centre = Organisation.objects.get(kind="supervision_centre")
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == centre.name
    Organisation.objects.filter(pk=centre.pk).update(name="汉中市数字城管监督中心")
    bump("organisations")
    again = xml.fromstring(client.get("/public/cases.atom").content)
    assert again.findtext(f"{ATOM}author/{ATOM}name") == "汉中市数字城管监督中心"
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    link = entry.find(f"{ATOM}link")
    assert link is not None and number in str(link.get("href"))
    point = entry.find("{http://www.georss.org/georss}point")
    assert point is not None and point.text == f"{LAT:.6f} {LON:.6f}"


# pages ------------------------------------------------------------------------


def test_the_page_of_a_case_says_where_it_stands(client: Client) -> None:
    number = filed()
    shown = client.get(f"/public/cases/{number}/").content.decode()
    assert "正在处置" in shown and "应在" in shown and "我也遇到了" in shown
    people = [word for row in sql.tuples("SELECT code, name FROM identity_person") for word in row]
    assert [word for word in people if word in shown] == []


def test_in_english_the_classes_are_english(client: Client) -> None:
    number = filed()
    client.cookies["django_language"] = "en"
    shown = client.get(f"/public/cases/{number}/").content.decode()
    assert "Exposed household waste" in shown and "Being put right" in shown


def test_the_tile_holds_open_cases_alone(client: Client) -> None:
    number = filed()
    x, y = _tile_of(LON, LAT, 14)
    url = f"/public/tiles/14/{x}/{y}"
    assert number.encode() in client.get(url).content
    task = public.load(number).case
    walk(task.number, "evaluate/closed")
    publish([task.pk], NOW)
    cache.clear()
    assert number.encode() not in client.get(url).content
    assert client.get("/public/tiles/14/99999/1").status_code == 404
    assert client.get(f"/public/tiles/10/{x >> 4}/{y >> 4}").status_code == 200


def test_tiles_and_photos_have_a_limit_of_their_own(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "pictures", Bucket(1, 3))
    x, y = _tile_of(LON, LAT, 14)
    tile, photo = f"/public/tiles/14/{x}/{y}", "/public/photos/1/320"
    assert [client.get(url).status_code for url in (tile, tile, photo)] == [200, 200, 404]
    for url in (tile, photo):
        refused = client.get(url)
        assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert client.get(tile, REMOTE_ADDR="192.0.2.1").status_code == 200, "somebody else's is full"
    assert client.get("/public/").status_code == 200


def _tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    n = 1 << z
    return int((lon + 180) / 360 * n), int((1 - asinh(tan(radians(lat))) / pi) / 2 * n)


def test_framing_is_allowed_for_the_widget_alone(client: Client) -> None:
    filed()
    widget = client.get("/public/widget?area=610302")
    assert "X-Frame-Options" not in widget and "frame-ancestors *" in widget["Content-Security-Policy"]
    assert "<script" not in widget.content.decode() and "<form" not in widget.content.decode()
    for url in ("/public/", "/report/", "/follow/", "/sign-in/"):
        assert client.get(url)["X-Frame-Options"] == "DENY"
    loader = client.get("/public/widget.js")
    assert loader["Content-Type"].startswith("text/javascript") and b"/public/widget?" in loader.content


@pytest.mark.parametrize(
    ("lang", "browser", "shown"),
    [
        ("en", "zh-CN", "en"),
        ("EN-gb", "zh-CN", "en"),
        ("zh", "en", "zh-CN"),
        ("zh-CN", "en", "zh-CN"),
        ("fr", "en", "en"),
        ("", "zh-CN", "zh-CN"),
    ],
)
def test_the_widget_speaks_the_language_of_the_site_around_it(
    client: Client, lang: str, browser: str, shown: str
) -> None:
    answer = client.get(f"/public/widget?lang={lang}", headers={"Accept-Language": browser})
    text = answer.content.decode()
    assert f'<html lang="{shown}"' in text
    assert answer["Content-Language"] == {"en": "en", "zh-CN": "zh-hans"}[shown]
    assert ("上报问题" in text) == (shown != "en")
    other = client.get("/public/", headers={"Accept-Language": browser})
    assert other["Content-Language"] == {"en": "en", "zh-CN": "zh-hans"}[browser], "of the frame alone"


def test_what_the_line_for_other_sites_may_say_is_written_beside_it(client: Client) -> None:
    assert "data-lang" in client.get("/public/").content.decode()


def test_large_text_is_remembered_without_scripts(client: Client) -> None:
    assert 'data-size="large"' not in client.get("/public/").content.decode()
    answer = client.post("/public/size/", {"size": "large", "next": "/report/"})
    assert answer["Location"] == "/report/"
    assert 'data-size="large"' in client.get("/report/").content.decode()
    assert (
        client.post("/public/size/", {"size": "usual", "next": "https://elsewhere.example/"})["Location"]
        == "/public/"
    )
    assert 'data-size="large"' not in client.get("/report/").content.decode()


# photos -----------------------------------------------------------------------


def photo_of(number: str) -> int:
    return int(
        sql.value(
            "SELECT a.id FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id WHERE c.case_number = %s",
            [number],
        )
    )


def test_a_photo_is_shown_once_a_person_has_looked(client: Client) -> None:
    number = filed()
    id_ = photo_of(number)
    url = f"/public/photos/{id_}/320"
    assert (
        client.get(url).status_code == 404
        and url not in client.get(f"/public/cases/{number}/").content.decode()
    )
    public.review_photo(who("acceptor.1"), id_, True, NOW)
    answer = client.get(url)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg"
    assert url in client.get(f"/public/cases/{number}/").content.decode()
    assert client.get(f"/public/photos/{id_}/full").status_code == 404
    public.review_photo(who("chief.1"), id_, False, NOW, seen=True)
    assert client.get(url).status_code == 404, "taken back"
    verbs = sql.tuples(
        "SELECT verb FROM audit_entry WHERE subject = 'urban.photo' AND subject_id = %s ORDER BY n", [id_]
    )
    assert verbs == [("show",), ("hide",)]


def test_the_copy_for_everybody_is_marked_and_the_original_is_not(client: Client) -> None:
    """The strip at the bottom says which case and when; of a coarse place it says no address."""
    number = filed()
    id_ = photo_of(number)
    public.review_photo(who("acceptor.1"), id_, True, NOW)
    row = public.public_photo(id_)
    original = storage.original_path(row["sha256"])
    kept = original.read_bytes()
    seen = {
        size: b"".join(client.get(f"/public/photos/{id_}/{size}").streaming_content)
        for size in ("320", "1600")
    }
    assert contrast(seen["320"]) < 20 < contrast(seen["1600"]) and original.read_bytes() == kept
    assert public_stamp(row, "1600")[:2] == (number, "2026-03-17 10:00") and public_stamp(row, "320") == ()
    places(("0110", "coarse"))
    publish([public.load(number).case.pk], NOW)
    assert public_stamp(public.public_photo(id_), "1600") == (number, "2026-03-17 10:00")


def test_a_reviewed_photo_of_a_case_that_is_not_public_stays_inside(client: Client) -> None:
    number = filed()
    id_ = photo_of(number)
    public.review_photo(who("acceptor.1"), id_, True, NOW)
    assert client.get(f"/public/photos/{id_}/320").status_code == 200
    for place in ("hidden", "coarse"):
        places(("0110", place))
        assert client.get(f"/public/photos/{id_}/1600").status_code == 404, (
            "also before the worker has renewed it"
        )
    places(("0110", "hidden"))
    publish([public.load(number).case.pk], NOW)
    assert client.get(f"/public/photos/{id_}/320").status_code == 404


@pytest.mark.parametrize("person", ["dispatcher.1", "collector.01", "handler.D29", "mayor.1"])
def test_nobody_else_reviews(person: str) -> None:
    id_ = photo_of(filed())
    with pytest.raises(NotAllowed):
        public.review_photo(who(person), id_, True, NOW)


def decisions(id_: int) -> list[tuple[str]]:
    return sql.tuples(
        "SELECT verb FROM audit_entry WHERE subject = 'urban.photo' AND subject_id = %s ORDER BY n", [id_]
    )


@pytest.mark.parametrize(("first", "second"), [("0", "1"), ("1", "0")])
def test_of_two_reviewers_the_second_is_told(client: Client, first: str, second: str) -> None:
    """A photo on which one found a face does not become public by the page that another opened before."""
    id_ = photo_of(filed())
    sign_in(client, "acceptor.1")
    assert f'action="/citizens/photos/{id_}"' in client.get("/citizens/photos/").content.decode()
    other = Client()
    sign_in(other, "chief.1")
    assert other.post(f"/citizens/photos/{id_}", {"shown": first, "seen": "", "skip": ""}).status_code == 302
    answer = client.post(f"/citizens/photos/{id_}", {"shown": second, "seen": "", "skip": ""})
    text = answer.content.decode()
    assert answer.status_code == 412 and f"没有保存：{who('chief.1').name} 已经看过" in text
    assert client.get(f"/public/photos/{id_}/320").status_code == (200 if first == "1" else 404)
    assert decisions(id_) == [("show",) if first == "1" else ("hide",)]
    assert 'data-baoji-key="y"' not in text and 'data-baoji-key="n"' not in text, "no rhythm decides"
    assert f'name="seen" value="{first}"' in text, "what was said is before the eyes of whoever decides again"
    answer = client.post(f"/citizens/photos/{id_}", {"shown": second, "seen": first, "skip": ""})
    assert answer.status_code == 302 and len(decisions(id_)) == 2


def test_the_same_decision_twice_is_one(client: Client) -> None:
    id_ = photo_of(filed())
    for person in ("acceptor.1", "chief.1"):
        public.review_photo(who(person), id_, False, NOW)
    assert decisions(id_) == [("hide",)]
    by = sql.value("SELECT by_id FROM urban_photo_review WHERE attachment_id = %s", [id_])
    assert by == who("acceptor.1").id


@pytest.mark.parametrize("id_", [2**31 - 2, 2**63, 2**70])
def test_a_photo_that_is_not_there_is_not_there(client: Client, id_: int) -> None:
    sign_in(client, "acceptor.1")
    assert client.post(f"/citizens/photos/{id_}", {"shown": "1"}).status_code == 404
    assert client.get(f"/citizens/photos/{id_}").status_code == 404


def test_a_decision_is_changed_from_the_case(client: Client) -> None:
    number = filed()
    id_ = photo_of(number)
    task = public.load(number).case.number
    public.review_photo(who("acceptor.1"), id_, True, NOW)
    url = f"/citizens/photos/{id_}"
    sign_in(client, "dispatcher.1")
    assert url not in client.get(f"/cases/{task}").content.decode()
    sign_in(client, "chief.1")
    assert f'href="{url}"' in client.get(f"/cases/{task}").content.decode()
    text = client.get(url).content.decode()
    assert "审核后公开" in text and who("acceptor.1").name in text and "以后再看" not in text
    assert client.post(url, {"shown": "0", "seen": "1"})["Location"] == url
    assert client.get(f"/public/photos/{id_}/320").status_code == 404
    assert "审核后不公开" in client.get(f"/cases/{task}").content.decode()


def test_the_reviewer_goes_through_photos_by_keyboard(client: Client) -> None:
    first, second = photo_of(filed()), photo_of(filed())
    sign_in(client, "acceptor.1")
    page = client.get("/citizens/photos/").content.decode()
    assert 'data-baoji-key="y"' in page and 'data-baoji-key="n"' in page
    here = first if f"/citizens/photos/{first}" in page else second
    other = second if here == first else first
    later = client.get(f"/citizens/photos/?skip={here}").content.decode()
    assert f"/citizens/photos/{other}" in later and f'/citizens/photos/{here}"' not in later
    assert client.post(f"/citizens/photos/{here}", {"shown": "1"}).status_code == 302
    assert client.post(f"/citizens/photos/{other}", {"shown": "0"}).status_code == 302
    assert "没有要看的照片" in client.get("/citizens/photos/").content.decode()
    assert client.get(f"/public/photos/{here}/320").status_code == 200
    assert client.get(f"/public/photos/{other}/320").status_code == 404


@pytest.mark.parametrize("url", ["/citizens/", "/citizens/photos/"])
def test_the_pages_are_for_who_may_decide(client: Client, url: str) -> None:
    assert client.get(url).status_code == 302
    sign_in(client, "dispatcher.1")
    assert client.get(url).status_code == 403
    sign_in(client, "chief.1")
    assert client.get(url).status_code == 200


def test_a_collector_reports_as_before_and_no_code_is_needed() -> None:
    number = report()
    assert (
        loaded(number).extra["query_code"] == ""
        and refusal(number, "collector.01", "ask", opinion="看到了吗") is None
    )
