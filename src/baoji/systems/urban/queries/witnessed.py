"""What `audit verify` holds a case's report against: the journal keeps a salted digest of it after each act."""

from collections.abc import Mapping
from typing import Any

# What was reported and what was made of it; of the reporter's name and telephone the journal keeps
# nothing: they are erased one day, and a salted hash of eleven digits is no secret.
WITNESSED = (
    "kind",
    "class_code",
    "condition_id",
    "component",
    "description",
    "found_at",
    "self_disposed",
    "off_grid",
    "verified_found",
)
# As they are read when an act is done (`cases`): a year before the first is read as none.
_COLUMNS = ", ".join(
    "greatest(found_at, '1900-01-01T00:00:00Z')" if name == "found_at" else name for name in WITNESSED
)
WORDS = f"""
SELECT case_id, {_COLUMNS} FROM urban_report {{where}} ORDER BY case_id
"""


def values(report: Mapping[str, Any]) -> list[Any]:
    """By the names of `WITNESSED`; what is not there yet is None."""
    return [report.get(name) for name in WITNESSED]
