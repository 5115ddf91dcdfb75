"""Fingerprints of photos from before there were any. Imported once Django is set up."""

from collections.abc import Callable
from time import monotonic

from django.utils import timezone

from baoji.kernel.evidence.likeness import prints
from baoji.kernel.evidence.likeness.looking import Eye
from baoji.operate.owner import owner_django
from baoji.systems.urban.actions import likeness

SAID_EVERY_S = 10.0


def fill(say: Callable[[str], None]) -> None:
    """What is done stays done. The oldest first, while a running worker begins with the newest: both make each only once."""
    owner_django()
    new = sum(found for _last, found in prints.want_all())
    say(f"{new:,} photos had no fingerprint and were put in the queue.")
    done, said, eye = 0, monotonic(), Eye()
    while made := prints.make_due(timezone.now(), newest_first=False, eye=eye):
        done += made
        if monotonic() - said > SAID_EVERY_S:
            said = monotonic()
            say(f"  {done:,} made …")
    parted, parting = 0, prints.Parting()
    while gone := parting(timezone.now(), eye=eye):
        parted += gone
        if monotonic() - said > SAID_EVERY_S:
            said = monotonic()
            say(f"  parts of {parted:,} earlier ones …")
    eye.end()
    entered = likeness.enter_after(0)
    say(
        f"{done:,} fingerprints made, parts of {parted:,} earlier ones; {entered:,} photos on cases wait for the worker to compare them."
    )
