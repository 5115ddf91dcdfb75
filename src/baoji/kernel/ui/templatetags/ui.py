"""Tags and filters for every template: icons, built files, times, act forms."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.middleware.csrf import get_token
from django.template.base import FilterExpression
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.phrases import wild_clock
from baoji.kernel.ui import build
from baoji.kernel.ui.schema_form import Field, fields_of

register = template.Library()

HOUR = 3600
LONG = 10 * HOUR


@register.simple_tag
def icon(name: str, css: str = "", entry: str = "main") -> SafeString:
    """Decoration only: the words beside it say what it means. `entry`: whose sprite it comes from."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        css,
        build.sprite(name, entry),
    )


@register.simple_tag
def icon_base(entry: str = "main") -> str:
    """Address of the sprite of an entry, for scripts that draw icons."""
    return build.sheet(entry)


@register.simple_tag
def asset(name: str) -> str:
    """Address of a built entry: `main.js` its script, `main.css` its styles."""
    stem, _dot, ending = name.rpartition(".")
    record = build.entry(stem)
    return build.url(record["css"][0] if ending == "css" else record["file"])


@register.simple_tag
def entry(name: str) -> SafeString:
    """Styles and script of a built entry."""
    record = build.entry(name)
    styles = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((build.url(one),) for one in record.get("css", ()))
    )
    return format_html('{}\n<script type="module" src="{}"></script>', styles, build.url(record["file"]))


@register.simple_tag(takes_context=True)
def csrf(context: template.Context) -> SafeString:
    """As `csrf_token`, but also inside `include … only`, which drops what context processors gave."""
    request = getattr(context, "request", None)
    if request is None:
        return mark_safe("")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))


@register.simple_tag
def fresh_key() -> str:
    """Makes a form's second press the same act as its first."""
    return uuid.uuid4().hex


@register.simple_tag
def fields(
    offer: Any, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> list[Field]:
    """The fields of an offer's form, with what a refused form held and what was wrong with it."""
    return fields_of(_part(offer, "schema") or {}, values, errors)


@register.filter
def as_list(value: Any) -> list[Any]:
    """One thing or several, for templates that take either."""
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


@register.filter
def json_attr(value: Any) -> str:
    """For a data attribute; the template engine escapes it."""
    return json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def duration(seconds: float | None) -> str:
    """`02:08` below an hour, `1:34:40` below ten, `38 时 12 分` above."""
    if seconds is None:
        return ""
    whole = abs(int(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, secs = divmod(rest, 60)
    if whole >= LONG:
        return " ".join((str(hours), _("时"), str(minutes), _("分")))
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes:02}:{secs:02}"


@register.filter
def left_or_over(seconds: float | None) -> str:
    """`余 02:08`, `超 03:12`; in English the words stand behind."""
    if seconds is None:
        return ""
    return (_("超 {span}") if seconds < 0 else _("余 {span}")).format(span=duration(seconds))


def _part(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


@register.filter
def used_percent(clock: Any) -> int:
    """How much of the limit is used, 0 to 100, from `seconds` left and `limit`."""
    left, limit = _part(clock, "seconds"), _part(clock, "limit")
    if left in (None, "") or not limit:
        return 0
    return max(0, min(100, round(100 * (float(limit) - float(left)) / float(limit))))


def _shown(moment: Any, shape: str) -> str:
    """In the city's time; what is no instant (`现在`, nothing) is shown as it is."""
    if not isinstance(moment, datetime):
        return str(moment or "")
    return timezone.localtime(moment).strftime(shape) if is_sane(moment) else wild_clock()


@register.filter
def hm(moment: datetime | None) -> str:
    """`10:00`."""
    return _shown(moment, "%H:%M")


@register.filter
def full(moment: datetime | None) -> str:
    """`2026-03-17 10:00`: on paper nobody knows which day was today."""
    return _shown(moment, "%Y-%m-%d %H:%M")


@register.filter
def day(moment: datetime | None) -> str:
    """`3月17日 周二`."""
    if not isinstance(moment, datetime) or not is_sane(moment):
        return _shown(moment, "")
    local = timezone.localtime(moment)
    week = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
    return _("%(month)s月%(day)s日 %(week)s") % {
        "month": local.month,
        "day": local.day,
        "week": week[local.weekday()],
    }


@register.filter
def light_word(light: str | None) -> str:
    """The light in words, for those who do not see its colour."""
    words = {"green": _("正常"), "yellow": _("临近"), "red": _("超期"), "pause": _("挂账")}
    return words.get(light or "", "")


SIDES = {
    "sup": (lambda: _("督"), lambda: _("监督中心")),
    "cmd": (lambda: _("指"), lambda: _("指挥中心")),
    "dep": (lambda: _("处"), lambda: _("处置单位")),
    "sys": (lambda: _("系"), lambda: _("系统")),
}


@register.filter
def side_letter(side: str) -> str:
    """The badge of a side: 督 指 处 系."""
    return SIDES.get(side, SIDES["sys"])[0]()


@register.filter
def side_name(side: str) -> str:
    """What its badge stands for."""
    return SIDES.get(side, SIDES["sys"])[1]()


@register.filter
def is_plain(cell: Any) -> bool:
    """Whether a table's cell is a value, not a record with `text`, `url` and the like."""
    return not isinstance(cell, Mapping) and not hasattr(cell, "text")


@register.filter
def chart_data(categories: Any, series: Any) -> str:
    """A chart for its script, as a data attribute."""
    return json_attr({"categories": list(categories), "series": list(series)})


@register.filter
def chart_rows(categories: Any, series: Any) -> list[tuple[Any, list[Any]]]:
    """The same chart as rows of a table: a category, and its value in each series."""
    columns = [list(_part(one, "values")) for one in series]
    return [(name, [column[index] for column in columns]) for index, name in enumerate(categories)]


@register.filter
def is_box(bound: BoundField) -> bool:
    """Whether the label of this field belongs behind it."""
    return isinstance(bound.field.widget, CheckboxInput)


@register.filter
def dressed(bound: BoundField) -> SafeString:
    """The bound field's control in our classes, tied to its hint and error."""
    widget = bound.field.widget
    css = {
        CheckboxInput: "form-check-input",
        RadioSelect: "form-check-input",
        CheckboxSelectMultiple: "form-check-input",
        Select: "form-select",
    }
    found = next((name for kind, name in css.items() if isinstance(widget, kind)), "form-control")
    attrs = {"class": f"{widget.attrs.get('class', '')} {found}{' is-wrong' if bound.errors else ''}".strip()}
    if isinstance(widget, Textarea) and "rows" not in widget.attrs:
        attrs["rows"] = "3"
    if bound.errors:
        attrs["aria-describedby"] = f"{bound.auto_id}_error"
    return bound.as_widget(attrs={**widget.attrs, **attrs})


class PanelNode(template.Node):
    """`{% panel "题" %} … {% endpanel %}`: a panel round the caller's markup."""

    def __init__(self, inner: template.NodeList, options: dict[str, FilterExpression]) -> None:
        self.inner = inner
        self.options = options

    def render(self, context: template.Context) -> SafeString:
        given = {name: value.resolve(context) for name, value in self.options.items()}
        body = self.inner.render(context)
        page = context.template.engine.get_template("ui/panel.html")  # type: ignore[union-attr]
        return page.render(context.new({**given, "body": body}))


@register.tag
def panel(parser: template.base.Parser, token: template.base.Token) -> PanelNode:
    """Reads the tag; each option may be a variable with filters."""
    options: dict[str, FilterExpression] = {}
    for bit in token.split_contents()[1:]:
        name, found, value = bit.partition("=")
        if not found:
            raise template.TemplateSyntaxError('panel takes name=value pairs, e.g. title="案情"')
        options[name] = parser.compile_filter(value)
    inner = parser.parse(("endpanel",))
    parser.delete_first_token()
    return PanelNode(inner, options)
