"""Pages about what went wrong. They ask neither session nor database, so they stand when these do not."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from baoji.kernel.ui.context import ui


def fault_page(
    request: HttpRequest, status: int, failed: str, remedy: str, *, home: str = "/", again: str = ""
) -> HttpResponse:
    """What failed and what to do; `again` is an address worth trying once more."""
    context = {
        **ui(request),
        "status": status,
        "failed": failed,
        "remedy": remedy,
        "home": home,
        "again": again,
    }
    # Without the request no context processor looks for a person, a message or a menu.
    return HttpResponse(render_to_string("ui/fault.html", context), status=status)
