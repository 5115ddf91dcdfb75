"""The markup of a worklist's row, as `ui/worklist.html` draws it.

Fifty rows hold more than a thousand values; through the template engine they cost more than the page's queries.
Every value is escaped here, once.
"""

from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

ROW = (
    '<tr id="row-%(number)s"%(css)s data-number="%(number)s" data-light="%(light)s" data-lon="%(lon)s" data-lat="%(lat)s">%(box)s'
    '<td class="c-clock">%(clock)s</td>'
    '<td class="c-title"><div class="cut"><a href="%(url)s">%(title)s</a>%(tags)s</div><div class="tiny mute cut">%(place)s</div></td>'
    '<td class="c-number"><div class="number">%(shown_number)s</div><div class="tiny mute cut">%(source)s</div></td>'
    '<td class="c-prop"><div class="%(body_css)s">%(body)s</div><div class="tiny cut %(why_css)s">%(why)s</div></td>'
    '<td class="c-limit small nowrap sub">%(limit)s</td></tr>\n'
)
BOX = (
    '<td class="c-check"><label><input type="checkbox" class="form-check-input" name="case" value="%(number)s" form="batch"'
    ' aria-label="%(choose)s %(number)s"></label></td>'
)
NO_BOX = '<td class="c-check"></td>'
CLOCK = (
    '<span class="clock" data-light="%(light)s" data-baoji-clock="%(seconds)s" data-limit="%(limit)s" data-running="%(runs)d" data-turns="%(turns)s">'
    '<span class="light light-%(light)s" data-figures>%(text)s</span>'
    '<span class="bar" aria-hidden="true"><i class="fill-%(light)s" style="width: %(percent)d%%"></i></span>%(stands)s</span>'
)
STANDS = '<small class="stands">%s</small>'


def markup(line: dict[str, Any], selectable: bool) -> SafeString:
    """One row of `rows.lines`; with `selectable`, a box where the case may be chosen."""
    given = {name: escape(str(value)) for name, value in line.items() if name not in {"clock", "tags"}}
    box = ""
    if selectable:
        box = BOX % {"number": given["number"], "choose": escape(_("选择"))} if line["selectable"] else NO_BOX
    return mark_safe(
        ROW
        % {
            **given,
            "box": box,
            "css": ' class="urgent"' if line["urgent"] else "",
            "clock": _clock(line["clock"]),
            "tags": _tags(line),
            "shown_number": f"<span>{given['head']}</span><b>{given['tail']}</b>"
            if line["tail"]
            else given["number"],
            "body_css": "cut none" if line["body"] == "—" else "cut",
            "why": given["reason"] or given["step"],
            "why_css": "reason" if line["reason"] else "mute",
        }
    )


def _clock(ticking: dict[str, Any] | None) -> str:
    if ticking is None:
        return '<span class="mute">—</span>'
    return CLOCK % {
        **ticking,
        "runs": bool(ticking["running"]),
        "text": escape(ticking["text"]),
        "stands": STANDS % escape(ticking["stands"]) if ticking["stands"] else "",
    }


def _tags(line: dict[str, Any]) -> str:
    critical = escape(_("特急"))
    urgent = [f' <span class="tag tag-urgent">{critical}</span>'] if line["urgent"] else []
    return "".join(
        [
            *urgent,
            *(f' <span class="tag tag-{tag["kind"]}">{escape(tag["word"])}</span>' for tag in line["tags"]),
        ]
    )
