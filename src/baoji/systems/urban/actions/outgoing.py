"""Which messages to people outside are still of use when their next attempt comes; the worker asks before each."""

import re
from datetime import datetime

from baoji.kernel.base import sql
from baoji.systems.urban.actions.crew_links import can_answer

# Named as they are queued (`once`): whom or what each is about.
NAMED = re.compile(r"(crew):(\d+)|(follow|text|confirm)-(\d+)-.*")
# The address is there as long as nobody has taken it back, and a subscription is asked about until it is confirmed.
STANDS = {
    "follow": "SELECT EXISTS (SELECT 1 FROM urban_follower WHERE id = %s AND mail <> '')",
    "text": "SELECT EXISTS (SELECT 1 FROM urban_report WHERE case_id = %s AND caller_phone <> '')",
    "confirm": "SELECT EXISTS (SELECT 1 FROM urban_subscription WHERE id = %s AND confirmed_at IS NULL)",
}


def is_wanted(once: str, now: datetime) -> bool:
    """False of a task that was taken back or done, and of what was to go to an address that its owner has deleted."""
    found = NAMED.fullmatch(once)
    if found is None:
        return True
    kind, id_ = found[1] or found[3], int(found[2] or found[4])
    return can_answer(id_, now) if kind == "crew" else bool(sql.value(STANDS[kind], [id_]))
