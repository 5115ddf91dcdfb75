"""Components: each says what it is for, and shows what it promises."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.utils.translation import override

from baoji.kernel.ui import build, gallery_samples, htmx
from baoji.kernel.ui.faults import fault_page
from baoji.kernel.ui.templatetags.ui import duration, left_or_over, used_percent

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "ui"


def shown(source: str, **context: Any) -> str:
    return engines["django"].from_string("{% load ui %}" + source).render(context)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_each_template_begins_with_purpose_parameters_and_example(path: Path) -> None:
    comment = path.read_text("utf-8").partition("{% comment %}")[2].partition("{% endcomment %}")[0]
    assert "Parameters:" in comment
    assert "Example:" in comment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00"), (128, "02:08"), (5680, "1:34:40"), (36000, "10 时 0 分"), (-192, "03:12")],
)
def test_duration(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_the_clock_says_left_or_over_and_how_much_is_used() -> None:
    assert left_or_over(128) == "余 02:08"
    assert left_or_over(-192) == "超 03:12"
    with override("en"):
        assert (left_or_over(128), left_or_over(-192)) == ("02:08 left", "03:12 over")
    assert used_percent({"seconds": 225, "limit": 900}) == 75
    assert used_percent({"seconds": -5, "limit": 900}) == 100
    assert used_percent({"seconds": None, "limit": 900}) == 0


def test_an_ended_case_has_no_light() -> None:
    assert "light-" not in render_to_string("ui/light.html", {"light": None})
    assert "超期" in render_to_string("ui/light.html", {"light": "red"})


def test_an_unknown_icon_is_refused_with_its_remedy() -> None:
    with pytest.raises(build.NotBuilt, match="npm run build"):
        shown('{% icon "no-such-icon" %}')


def test_the_act_panel_opens_the_first_offer_and_lists_the_others() -> None:
    page = render_to_string(
        "ui/act_panel.html", {"offers": gallery_samples.offers(), "action": "/cases/7/acts/"}
    )
    assert page.index('action="/cases/7/acts/dispatch"') < page.index("<details")
    assert page.count("<details") == 4
    assert 'name="to"' in page
    assert 'enctype="multipart/form-data"' in page
    assert "部件台账：权属、养护单位" in page
    assert 'data-baoji-confirm="confirm-void"' in page


def test_a_refused_act_comes_back_open_with_what_was_typed() -> None:
    page = render_to_string(
        "ui/act_panel.html",
        {
            "offers": gallery_samples.offers(),
            "action": "/acts/",
            "failed": "refer_back",
            "values": {"reason": "太短"},
            "errors": {"reason": "请写理由，至少 5 个字"},
            "problem": "没有保存",
        },
    )
    refused = page.partition('data-baoji-act="refer_back"')[2].partition("</details>")[0]
    assert "太短" in refused
    assert "请写理由，至少 5 个字" in refused
    assert page.count("请写理由，至少 5 个字") == 1


def test_nobody_to_act_is_said_in_words() -> None:
    assert "这件现在不在您手上" in render_to_string("ui/act_panel.html", {"offers": []})


def test_csrf_survives_include_only() -> None:
    request = RequestFactory().get("/")
    template = engines["django"].from_string(
        '{% include "ui/act_panel.html" with offers=offers action="/a/" only %}'
    )
    assert "csrfmiddlewaretoken" in template.render({"offers": gallery_samples.offers()}, request)


def test_a_boosted_request_gets_the_page() -> None:
    assert htmx.is_fragment(RequestFactory().get("/", headers={"HX-Request": "true"}))
    assert not htmx.is_fragment(
        RequestFactory().get("/", headers={"HX-Request": "true", "HX-Boosted": "true"})
    )
    assert not htmx.is_fragment(RequestFactory().get("/"))


def test_the_panel_tag_frames_its_body() -> None:
    page = shown('{% panel title="案情" note="三项" %}<p>{{ word }}</p>{% endpanel %}', word="井盖")
    assert "<h2>案情</h2>" in page
    assert "<p>井盖</p>" in page
    assert "三项" in page


@pytest.mark.parametrize("page", ["parts", "desk", "case", "public", "field", "print", "score"])
def test_gallery_pages_render_and_stay_shut_in_production(page: str) -> None:
    from django.http import Http404

    from baoji.kernel.ui.gallery import gallery

    request = RequestFactory().get("/gallery/")
    with override_settings(DEBUG=False, BAOJI_GALLERY=False), pytest.raises(Http404):
        gallery(request, page)
    with override_settings(BAOJI_GALLERY=True, ROOT_URLCONF="baoji.kernel.ui.gallery"):
        assert gallery(request, page).status_code == 200


def test_a_clock_that_stands_says_why() -> None:
    ticking = gallery_samples.clock("yellow", 5680, 28800)
    for big in (False, True):
        assert "stands" not in render_to_string("ui/clock.html", {"clock": ticking, "big": big})
        standing = ticking | {"running": False, "stands": "下班时间不计时"}
        text = render_to_string("ui/clock.html", {"clock": standing, "big": big})
        assert "下班时间不计时" in text and 'data-running="0"' in text


def test_offers_that_stand_beside_are_never_the_main_act() -> None:
    offers = [offer | {"beside": True} for offer in gallery_samples.offers()]
    page = render_to_string(
        "ui/act_panel.html", {"offers": offers, "action": "/a/", "empty": {"title": "这件现在在值班长手上"}}
    )
    assert page.count("<details") == len(offers)
    assert "data-baoji-main" not in page
    assert page.index("这件现在在值班长手上") < page.index("<details")
    assert 'action="/a/dispatch"' in page


def test_photos_are_chosen_by_the_tile_itself() -> None:
    tile = render_to_string(
        "ui/photo_input.html", {"min": 1, "max": 3, "id_prefix": "answer-", "error": "请至少附 1 张照片"}
    )
    for part in (
        'type="file" id="answer-photo"',
        "multiple",
        "required",
        'aria-labelledby="answer-photo-label answer-photo-word"',
        'aria-describedby="answer-photo-error"',
        "data-previews",
        "请至少附 1 张照片",
    ):
        assert part in tile, part
    assert "form-control" not in tile
    assert "multiple" not in render_to_string("ui/photo_input.html", {"max": 1})
    bare = render_to_string("ui/photo_input.html", {"bare": True, "word": "拍一张照片"})
    assert "form-label" not in bare and "aria-labelledby" not in bare


def test_on_paper_every_entry_has_its_whole_date() -> None:
    at = datetime(2026, 3, 17, 10, 5, tzinfo=UTC)
    entry = {"at": at, "side": "cmd", "title": "派遣", "who": "派遣员", "day": "3月17日 周二"}
    assert "18:05" in render_to_string("ui/timeline.html", {"entries": [entry]})
    paper = render_to_string("ui/timeline.html", {"entries": [entry], "dated": True})
    assert "2026-03-17 18:05" in paper and "周二" not in paper
    photo = render_to_string(
        "ui/photo.html", {"url": "/1", "alt": "", "at": at, "dated": True, "note": "03-17"}
    )
    assert "2026-03-17 18:05" in photo and "lazy" not in photo


def test_an_ended_case_says_where_it_stopped() -> None:
    bar = render_to_string(
        "ui/steps.html", {"steps": [{"title": "考核评价", "note": "已结案", "state": "end"}]}
    )
    assert '<li class="end" >考核评价<small>已结案</small>' in bar
    assert "aria-current" not in bar


def test_counts_come_back_under_the_ids_that_the_menu_has() -> None:
    nav = [
        {"badge": "badge-urban-work", "count": "3"},
        {"badge": "badge-notices", "count": ""},
        {"count": "9"},
    ]
    text = "".join(render_to_string("ui/badges.html", {"nav": nav}).split("\n"))
    assert text.count('hx-swap-oob="innerHTML"') == 2
    assert '<span id="badge-urban-work" hx-swap-oob="innerHTML"><span class="n">3<' in text
    assert '<span id="badge-notices" hx-swap-oob="innerHTML"></span>' in text


def test_a_fault_page_is_made_without_looking_anything_up() -> None:
    """No database is there for this test."""
    answer = fault_page(RequestFactory().get("/x"), 404, "没有这个页面", "地址可能写错了", again="/y?a=1&b=2")
    text = answer.content.decode()
    assert answer.status_code == 404
    assert "没有这个页面" in text and 'href="/y?a=1&amp;b=2"' in text and "data-density" in text
    assert "data-baoji-stream" not in text
