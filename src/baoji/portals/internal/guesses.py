"""Wrong passwords by address: whoever tries one password on many people is slowed, where the lock of each account sees nothing.

Only failures count, so an office behind one address is not hindered by how many sign in there. Counted in this process's memory
alone. Who keeps trying one code, by mistake or by a program, fills the account's measure and not the whole office's; that is the
same for codes that nobody has, so nothing is told by it.

A browser in which somebody has signed in before is let through for their code alone, however many wrong ones its address sends:
a stranger in the same network, or behind the same proxy, keeps nobody from work. The lock of the account holds there too.
"""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import TooMany
from baoji.kernel.identity.passwords import limits
from baoji.kernel.wire.rates import Bucket
from baoji.kernel.wire.visitors import network_of

COOKIE, LASTS_S, MOST_KNOWN = "known", 180 * 86_400, 8  # people who share a desk


@lru_cache(maxsize=16)
def _bucket(name: str, failures: int, minutes: int) -> Bucket:
    """`name` keeps two apart that have the same numbers."""
    return Bucket(failures / (minutes * 60), failures)


def _of_addresses() -> Bucket:
    rules = limits()
    return _bucket("address", rules.address_failures, rules.address_minutes)


def require_room(request: HttpRequest, code: str) -> None:
    """Raises TooMany, in words, when too many wrong passwords came from where this request comes from."""
    wait = _of_addresses().wait(network_of(request))
    if wait and not _is_known(request, code):
        sentence = _("没有登录：从这个网络输错的密码太多。请 %(n)d 分钟后再试") % {"n": -(-wait // 60)}
        raise TooMany(sentence, retry_after=wait)


def count(request: HttpRequest, code: str) -> None:
    """A wrong password for this code came."""
    rules, network = limits(), network_of(request)
    try:
        _bucket("code", rules.failures, rules.address_minutes).take(f"{network} {code}")
        _of_addresses().take(network)
    except TooMany:
        return


def remember(request: HttpRequest, response: HttpResponse, code: str) -> None:
    """This code has signed in here with its password."""
    mine = _mark(code)
    marks = [mine, *(mark for mark in _marks(request) if mark != mine)]
    response.set_cookie(
        COOKIE,
        ".".join(marks[:MOST_KNOWN]),
        max_age=LASTS_S,
        path="/sign-in/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _mark(code: str) -> str:
    """What only this city can make of a code, and nobody can make a code of."""
    return salted_hmac("baoji.sign-in.known", code, algorithm="sha256").hexdigest()


def _marks(request: HttpRequest) -> list[str]:
    return [mark for mark in request.COOKIES.get(COOKIE, "")[:1000].split(".") if mark]


def _is_known(request: HttpRequest, code: str) -> bool:
    mine = _mark(code)
    return any(constant_time_compare(mark, mine) for mark in _marks(request))


def forget() -> None:
    """Empties what was counted; for tests."""
    _bucket.cache_clear()
