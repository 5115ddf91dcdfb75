"""What a city still owes after a start or a load (sealing, photos to be looked at, vacuum) runs beside whatever is measured then."""

from collections.abc import Callable
from time import monotonic, sleep

from baoji.operate.bench import machine

AT_REST = 0.1  # processors that our programs use together
LOOKS_EACH_S = 5.0
SAYS_EACH_S = 30.0


def until_at_rest(
    patience_s: float,
    say: Callable[[str], None],
    *,
    used: Callable[[], dict[str, float]] = machine.used,
    wait: Callable[[float], None] = sleep,
    clock: Callable[[], float] = monotonic,
) -> str:
    """Waits until our programs do next to nothing, so long as patience lasts; what is to be said of it, if anything."""
    began = last = said = clock()
    before = used()
    while (waited := last - began) < patience_s:
        wait(LOOKS_EACH_S)
        now, spent = clock(), used()
        busy = sum(max(0.0, seconds - before.get(name, seconds)) for name, seconds in spent.items())
        share, last, before = busy / (now - last), now, spent
        if share < AT_REST:
            return f"waited {waited:.0f} s until the city was at rest" if waited >= LOOKS_EACH_S else ""
        if now - said >= SAYS_EACH_S:
            said = now
            say(f"The city still works ({share:.1f} processors); waited {now - began:.0f} s …")
    return (
        f"the city was not at rest after {waited:.0f} s; measured beside what it was doing"
        if patience_s
        else ""
    )
