"""/ca.crt: the authority that a device trusts to reach a city started with `./dev up --https`."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def authority(request: HttpRequest) -> HttpResponse:
    """PEM; phones offer to install what comes as this type."""
    path = settings.DATA / "tls" / "ca.crt"
    if getattr(settings, "TLS", "") != "local" or not path.exists():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = 'attachment; filename="ca.crt"'
    return response
