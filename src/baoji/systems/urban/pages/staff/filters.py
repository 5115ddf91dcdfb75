"""The choices of the filter bar, rendered once for each language and edition, not once a page."""

from functools import lru_cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from baoji.kernel.base.snapshot import versions
from baoji.systems.urban import choices, public


def options(given: dict[str, str]) -> dict[str, SafeString]:
    """The options of each short select; the chosen one marked."""
    made = _short(versions("organisations", "city"), get_language() or "")
    return {name: _marked(text, given.get(name, "")) for name, text in made.items()}


@lru_cache(maxsize=8)
def _short(_versions: tuple[int, ...], language: str) -> dict[str, SafeString]:
    lights = [("red", _("超期")), ("yellow", _("临近")), ("green", _("正常"))]
    pairs = {
        "county": public.counties(),
        "source": choices.SOURCE.items(),
        "status": choices.STATUS.items(),
        "light": lights,
    }
    return {name: format_html_join("", '<option value="{}">{}</option>', of) for name, of in pairs.items()}


def class_options(chosen: str) -> SafeString:
    """All classes in force as options of a select, in groups; the chosen one marked."""
    return _marked(_classes(versions("classes"), get_language() or ""), chosen)


def _marked(made: SafeString, chosen: str) -> SafeString:
    mark = f'value="{chosen}"'
    # Only a value that stands in our own list is marked, so nothing of the address gets into the page.
    return mark_safe(made.replace(mark, f"{mark} selected", 1)) if chosen and mark in made else made


@lru_cache(maxsize=8)
def _classes(_versions: tuple[int, ...], language: str) -> SafeString:
    groups: dict[tuple[str, str], list[Any]] = {}
    for row in public.book().classes.values():
        groups.setdefault((row.kind, public.major_name(row)), []).append(row)
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html(
                    '<optgroup label="{} · {}">{}</optgroup>',
                    choices.KIND[choices.Kind(kind)],
                    major,
                    format_html_join(
                        "",
                        '<option value="{}-{}">{}</option>',
                        ((row.kind, row.code, public.class_name(row)) for row in found),
                    ),
                ),
            )
            for (kind, major), found in groups.items()
        ),
    )
