"""How often strangers may report, look a code up or look around, by network address. Each web process counts for itself."""

from django.conf import settings
from django.http import HttpRequest

from baoji.kernel.wire.rates import Bucket

HOUR = 3600.0
# PUBLIC_REPORTS_PER_HOUR: reports that one address may send in an hour; a household or a shop shares one address.
_REPORTS = int(getattr(settings, "PUBLIC_REPORTS_PER_HOUR", 10))
# PUBLIC_CODES_PER_HOUR: query codes that one address may try in an hour; guessing one takes far longer.
_CODES = int(getattr(settings, "PUBLIC_CODES_PER_HOUR", 60))

reports = Bucket(_REPORTS / HOUR, _REPORTS)
codes = Bucket(_CODES / HOUR, _CODES)
looks = Bucket(1.0, 60)


def address_of(request: HttpRequest) -> str:
    """The address that the connection came from; headers that anybody can write do not count."""
    return str(request.META.get("REMOTE_ADDR", ""))
