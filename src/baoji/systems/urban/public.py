"""The door of 数字城管: what pages, the API and the command line use."""

from baoji.kernel.flow.models import Case
from baoji.systems.urban.access import code_holder, door_of, is_staff, may_see_caller, own_tree, sees_all
from baoji.systems.urban.actions.offered import offered
from baoji.systems.urban.actions.perform import offers, perform, perform_inside
from baoji.systems.urban.actions.place import point_of
from baoji.systems.urban.actions.report import Draft, Taken, take_report
from baoji.systems.urban.actions.watch import watch
from baoji.systems.urban.queries.book import book, policies, rates
from baoji.systems.urban.queries.cases import after, case_for, load
from baoji.systems.urban.queries.desk import (
    alike,
    attachment,
    chain_digest,
    counties,
    earlier_of_component,
    find,
    is_watching,
    waiting,
)
from baoji.systems.urban.queries.duplicates import duplicates
from baoji.systems.urban.queries.ledger import component, components, nearest
from baoji.systems.urban.queries.lists import Filters, Page, alarms, cases, counts, neighbours
from baoji.systems.urban.queries.names import case_title, class_name, condition_text
from baoji.systems.urban.queries.proposals import collectors, propose_bodies, territorial
from baoji.systems.urban.queries.tables import bodies, class_table
from baoji.systems.urban.queries.tiles import cases as case_tile
from baoji.systems.urban.queries.view import line, summary, view

__all__ = [
    "Case",
    "Draft",
    "Filters",
    "Page",
    "Taken",
    "after",
    "alarms",
    "alike",
    "attachment",
    "bodies",
    "book",
    "case_for",
    "case_tile",
    "case_title",
    "cases",
    "chain_digest",
    "class_name",
    "class_table",
    "code_holder",
    "collectors",
    "component",
    "components",
    "condition_text",
    "counties",
    "counts",
    "door_of",
    "duplicates",
    "earlier_of_component",
    "find",
    "is_staff",
    "is_watching",
    "line",
    "load",
    "may_see_caller",
    "nearest",
    "neighbours",
    "offered",
    "offers",
    "own_tree",
    "perform",
    "perform_inside",
    "point_of",
    "policies",
    "propose_bodies",
    "rates",
    "sees_all",
    "summary",
    "take_report",
    "territorial",
    "view",
    "waiting",
    "watch",
]
