"""What a page may load: only from here, and live updates from the stream process."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self'; media-src 'self' blob:; connect-src 'self' {stream}; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class ContentPolicy:
    """Adds a Content-Security-Policy to pages. Bars of clocks carry their width as a style attribute, scripts nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html") and not request.path.startswith(
            "/api/"
        ):
            response.headers.setdefault(
                "Content-Security-Policy", POLICY.format(stream=stream_origin(request))
            )
        return response


def stream_origin(request: HttpRequest) -> str:
    """Where browsers reach the live-update process: as configured, else the same host on the next port."""
    if settings.STREAM_URL:
        return str(settings.STREAM_URL).rstrip("/")
    host, _port = split_domain_port(request.get_host())
    return f"{request.scheme}://{host}:{settings.PORT + 1}"
