from baoji.systems.urban.models.cases import Report, Serial
from baoji.systems.urban.models.citizens import (
    Erasure,
    Follower,
    Grade,
    HeldReport,
    PhotoReview,
    PublicCase,
    Subscription,
    WordsReview,
)
from baoji.systems.urban.models.classes import (
    CaseClass,
    Condition,
    CrossWalk,
    Duty,
    Edition,
    Milestone,
    Policy,
)
from baoji.systems.urban.models.crews import CrewLink
from baoji.systems.urban.models.field import (
    ControlArea,
    Correction,
    Delivery,
    Distress,
    DutyPress,
    DutyTime,
    Position,
    Stay,
)
from baoji.systems.urban.models.hotline import Call, CallBack, Elements, Handover, HandoverIn, HandoverOut
from baoji.systems.urban.models.ledger import Component, ResponsibilityGrid
from baoji.systems.urban.models.loaded import LoadedRow
from baoji.systems.urban.models.open311 import Open311Changeset, Open311Key, Open311Request, Open311Use
from baoji.systems.urban.models.plausibility import PairMonth, PlausibilityFinding, PlausibilityMark, Sample
from baoji.systems.urban.models.search import SearchWords
from baoji.systems.urban.models.suggest import Lesson

__all__ = [
    "Call",
    "CallBack",
    "CaseClass",
    "Component",
    "Condition",
    "ControlArea",
    "Correction",
    "CrewLink",
    "CrossWalk",
    "Delivery",
    "Distress",
    "Duty",
    "DutyPress",
    "DutyTime",
    "Edition",
    "Elements",
    "Erasure",
    "Follower",
    "Grade",
    "Handover",
    "HandoverIn",
    "HandoverOut",
    "HeldReport",
    "Lesson",
    "LoadedRow",
    "Milestone",
    "Open311Changeset",
    "Open311Key",
    "Open311Request",
    "Open311Use",
    "PairMonth",
    "PhotoReview",
    "PlausibilityFinding",
    "PlausibilityMark",
    "Policy",
    "Position",
    "PublicCase",
    "Report",
    "ResponsibilityGrid",
    "Sample",
    "SearchWords",
    "Serial",
    "Stay",
    "Subscription",
    "WordsReview",
]
