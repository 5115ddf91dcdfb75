"""How often programs and strangers may read; each web process counts for itself. Posts are counted in the database."""

from django.conf import settings

from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.queries.open311_keys import Key

# OPEN311_READS_PER_SECOND: calls a second from one address without a key, on average; OPEN311_READS_AT_ONCE: in a burst.
strangers = Bucket(
    float(getattr(settings, "OPEN311_READS_PER_SECOND", 10)),
    int(getattr(settings, "OPEN311_READS_AT_ONCE", 600)),
)
# Photos, without a signed address: a page of requests names many at once.
photos = Bucket(20.0, 3000)
_programs: dict[tuple[int, int], Bucket] = {}


def take_read(key: Key | None, address: str) -> None:
    """Raises TooMany."""
    if key is None:
        strangers.take(address)
        return
    known = (key.id, key.reads_a_minute)
    if known not in _programs:
        _programs[known] = Bucket(key.reads_a_minute / 60, key.reads_a_minute)
    _programs[known].take(key.name)
