"""Components: each says what it is for, and shows what it promises."""

from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings

from baoji.kernel.ui import build, gallery_samples, htmx
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
