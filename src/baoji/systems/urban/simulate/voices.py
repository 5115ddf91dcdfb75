"""What callers and citizens say of a closed case: nothing, one of four grades, or that it is not fixed.

Drawn from the case's own secret, so that whether anybody speaks changes nothing else in the story, and one seed plays one story
whatever numbers the cases get.
"""

from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from baoji.kernel.base.errors import Refused
from baoji.kernel.flow.models import Case
from baoji.systems.urban.actions.citizen_follow import not_fixed, rate
from baoji.systems.urban.rules.citizens import GRADES, NOT_FIXED

SPEAKS = {"citizen": 0.5, "hotline": 0.3}  # by the door the report came in by
NOT_FIXED_SHARE = 0.06
WEIGHTS = (35, 42, 14, 9)  # very good, good, fair, poor


def word_on(case: Case, now: datetime) -> tuple[datetime, str] | None:
    """When its reporter speaks about a case closed now, and what is said; None for most."""
    rng = Random(f"{case.salt} {case.reopenings}")
    if rng.random() >= SPEAKS.get(case.source, 0.0):
        return None
    at = now + timedelta(hours=rng.uniform(0.3, 40))
    if case.reopenings == 0 and rng.random() < NOT_FIXED_SHARE:
        return at, NOT_FIXED
    return at, rng.choices(GRADES, WEIGHTS)[0]


def speak(case_id: int, word: str, source: str, now: datetime) -> bool:
    """Says it; whether the case is open again. What the rules do not allow any more stays unsaid."""
    via = "call" if source == "hotline" else "follow"
    try:
        with transaction.atomic():
            if word == NOT_FIXED:
                not_fixed(case_id, "", [], now, via=via)
            else:
                rate(case_id, word, now, via=via)
    except Refused:
        return False
    return word == NOT_FIXED
