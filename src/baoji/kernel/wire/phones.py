"""The session of a phone in the street: renewed by use, and over with the phone's key.

What waits on a phone goes out by itself when there is a network again, so its session outlives a day. For that it is bound to
the key of the phone (`evidence`), which a second person approved, and its owner ends from any other device when it is lost; and
to posts of the street: it ends when its owner comes to hold another, also for a while. A session that is not bound ends as desks'
do. Calls with a token have none.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from baoji.kernel.evidence import queries
from baoji.kernel.identity.callers import caller

KEY, RENEWED, POSTS = "phone.key", "phone.renewed", "phone.posts"
NOT_BEFORE = timedelta(hours=1)  # since the last renewal: phones come by each minute


def _session(request: HttpRequest) -> SessionBase | None:
    return getattr(request, "session", None)


def _bound(request: HttpRequest) -> tuple[SessionBase, str] | None:
    """The session and the key it is bound to, if it is to one."""
    session = _session(request)
    kid = session.get(KEY) if session is not None else None
    return None if session is None or kid is None else (session, kid)


def bind(request: HttpRequest, kid: str) -> None:
    """The caller's session belongs to the phone that has this key, whose contact has just shown that it is approved."""
    session = _session(request)
    if session is not None and session.get(KEY) != kid:
        session[KEY] = kid
        session.pop(RENEWED, None)
        session.pop(POSTS, None)


def release(request: HttpRequest, kid: str) -> None:
    """Whoever ends the key of the phone in their hand stays signed in there, for as long as at a desk."""
    bound = _bound(request)
    if bound is not None and bound[1] == kid:
        del bound[0][KEY]
        bound[0].pop(POSTS, None)
        bound[0].set_expiry(None)


def renew(request: HttpRequest, term: timedelta, posts: Collection[str], now: datetime) -> None:
    """A bound session ends `term` after this, and as soon as its owner holds a post that is none of `posts`; of a key that
    counts no longer it is left as it is."""
    bound = _bound(request)
    if bound is None:
        return
    session, kid = bound
    if now.timestamp() - session.get(RENEWED, 0) < NOT_BEFORE.total_seconds():
        return
    if queries.device_status(kid) == "active":
        session[RENEWED] = now.timestamp()
        session[POSTS] = sorted(posts)
        session.set_expiry(term)


def is_over(request: HttpRequest, person_id: int | None) -> bool:
    """Whether its phone's key has ended, or its term was for other posts than its owner's; then nothing of the session is left."""
    bound = _bound(request)
    if bound is None or not (_has_other_post(bound[0], person_id) or _has_ended(bound[1])):
        return False
    bound[0].flush()
    return True


def _has_ended(kid: str) -> bool:
    return queries.device_status(kid) == "ended"


def _has_other_post(session: SessionBase, person_id: int | None) -> bool:
    """From what this process keeps of people (`callers`), which whoever answers the request asks as well."""
    posts = session.get(POSTS)
    if posts is None or person_id is None:
        return False
    person = caller(person_id)
    return person is not None and not person.kinds() <= set(posts)
