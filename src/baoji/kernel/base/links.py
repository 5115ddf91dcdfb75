"""Addresses of our pages: whole ones in what goes out (feeds, open data, answers to programs), and ways back."""

from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

# Names that nobody outside can own (RFC 6762, RFC 6761, RFC 8375, and .internal as ICANN keeps it free).
WITHIN = (".localhost", ".local", ".internal", ".home.arpa", ".lan")


def link(request: HttpRequest, path: str) -> str:
    """The address of PATH (with its query) as readers reach it.

    With BAOJI_PUBLIC_URL set it begins with that. Else it begins with the host that was asked, unless that could be
    anybody's word: a demonstration answers to every name, and then PATH alone goes out, which leads nowhere else.
    """
    if settings.PUBLIC_ORIGIN:
        return f"{settings.PUBLIC_ORIGIN}{iri_to_uri(path)}"
    host = request.get_host()
    origin = f"{request.scheme}://{host}" if "*" not in settings.ALLOWED_HOSTS or is_ours(host) else ""
    return f"{origin}{iri_to_uri(path)}"


def way_back(request: HttpRequest, url: str, otherwise: str) -> str:
    """URL where it stays on this site, else OTHERWISE: what a form or a header names as the way back is anybody's word."""
    stays = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if stays else otherwise


@lru_cache(maxsize=256)
def is_ours(host: str) -> bool:
    """Whether HOST (with or without a port) is an address or a name within a network, which a stranger cannot put there."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name.lower().endswith(WITHIN)
    return True
