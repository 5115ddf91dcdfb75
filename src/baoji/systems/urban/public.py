"""The door of 数字城管: what pages, the API and the command line use."""

from baoji.kernel.flow.models import Case
from baoji.systems.urban.access import door_of, is_staff, may_see_caller, own_tree, sees_all
from baoji.systems.urban.actions.offered import offered
from baoji.systems.urban.actions.perform import offers, perform
from baoji.systems.urban.actions.place import point_of
from baoji.systems.urban.actions.report import Draft, Taken, take_report
from baoji.systems.urban.queries.book import book, policies
from baoji.systems.urban.queries.cases import case_for, load
from baoji.systems.urban.queries.duplicates import duplicates
from baoji.systems.urban.queries.ledger import component, components, nearest
from baoji.systems.urban.queries.lists import Filters, Page, alarms, cases, counts
from baoji.systems.urban.queries.proposals import collectors
from baoji.systems.urban.queries.tables import bodies, class_table
from baoji.systems.urban.queries.view import line, summary, view

__all__ = [
    "Case",
    "Draft",
    "Filters",
    "Page",
    "Taken",
    "alarms",
    "bodies",
    "book",
    "case_for",
    "cases",
    "class_table",
    "collectors",
    "component",
    "components",
    "counts",
    "door_of",
    "duplicates",
    "is_staff",
    "line",
    "load",
    "may_see_caller",
    "nearest",
    "offered",
    "offers",
    "own_tree",
    "perform",
    "point_of",
    "policies",
    "sees_all",
    "summary",
    "take_report",
    "view",
]
