"""催办: whoever holds the case is told; who has just urged it waits a while before doing so again (`guards.not_urged`)."""

from baoji.kernel.flow.run import Doing
from baoji.systems.urban.rules.guards import urged_by, urging


def urge(doing: Doing) -> str:
    """Keeps who urged when, as long as it counts."""
    now = {urged_by(doing.caller): doing.now.isoformat()}
    doing.case.notes["urged"] = urging(doing) | now
    return ""
