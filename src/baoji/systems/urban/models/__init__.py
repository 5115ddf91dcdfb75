from baoji.systems.urban.models.cases import Report, Serial
from baoji.systems.urban.models.classes import (
    CaseClass,
    Condition,
    CrossWalk,
    Duty,
    Edition,
    Milestone,
    Policy,
)
from baoji.systems.urban.models.ledger import Component, ResponsibilityGrid
from baoji.systems.urban.models.loaded import LoadedRow
from baoji.systems.urban.models.search import SearchWords

__all__ = [
    "CaseClass",
    "Component",
    "Condition",
    "CrossWalk",
    "Duty",
    "Edition",
    "LoadedRow",
    "Milestone",
    "Policy",
    "Report",
    "ResponsibilityGrid",
    "SearchWords",
    "Serial",
]
