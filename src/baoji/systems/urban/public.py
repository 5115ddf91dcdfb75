"""The door of 数字城管: what pages, the API and the command line use."""

from baoji.kernel.flow.models import Case
from baoji.kernel.notices.actions import can_send
from baoji.systems.urban.access import TOOLS as STREET_POSTS
from baoji.systems.urban.access import (
    code_holder,
    door_of,
    is_staff,
    may_hand_over,
    may_see_caller,
    may_see_originals,
    may_weigh,
    own_tree,
    sees_all,
    tools_of,
)
from baoji.systems.urban.actions.call_backs import answer_call_back, put_back, take_call_back
from baoji.systems.urban.actions.citizen_door import (
    Answer,
    ProofWanted,
    Sent,
    arrive,
    checked_mail,
    drop,
    held_ids_alike,
    release,
)
from baoji.systems.urban.actions.citizen_follow import forget_me, join_in, not_fixed, rate
from baoji.systems.urban.actions.citizen_gate import Asking, challenge, is_crowded
from baoji.systems.urban.actions.citizen_mail import (
    confirm,
    may_mail,
    subject_of,
    subscribe,
    subscription,
    unsubscribe,
)
from baoji.systems.urban.actions.citizen_photos import review_photo
from baoji.systems.urban.actions.collusion import note_export as note_pairs_export
from baoji.systems.urban.actions.crew_links import HOURS as LINK_HOURS
from baoji.systems.urban.actions.crew_links import Link as CrewTask
from baoji.systems.urban.actions.crew_links import address as crew_address
from baoji.systems.urban.actions.crew_links import (
    answer_by_link,
    end_link,
    make_link,
    may_make_links,
    open_link,
)
from baoji.systems.urban.actions.evidence_export import (
    export_case,
    look_at_original,
    require_may_see_originals,
)
from baoji.systems.urban.actions.field_control import Control, add_control, end_control, may_decide
from baoji.systems.urban.actions.field_correct import Finding, decide_correction, propose_correction
from baoji.systems.urban.actions.field_deliver import (
    Delivered,
    Medium,
    Parcel,
    Signed,
    believed,
    deliver_answer,
    deliver_report,
    files_of,
    sign_for,
)
from baoji.systems.urban.actions.field_duty import Point, forget_positions, keep_positions, require_tool
from baoji.systems.urban.actions.field_help import cry_for_help, end_distress, take_distress
from baoji.systems.urban.actions.field_shift import DutyTurn, deliver_duty, end_duty, start_duty
from baoji.systems.urban.actions.field_stay import (
    Turn,
    deliver_end,
    deliver_turn,
    end_stay,
    hand_stay_over,
    stay_at,
    take_stay_over,
)
from baoji.systems.urban.actions.handing_over import hand_over
from baoji.systems.urban.actions.handovers import decline_handover, receive
from baoji.systems.urban.actions.handovers import draft_of as handed_draft
from baoji.systems.urban.actions.hotline_calls import CallEvent, call_told
from baoji.systems.urban.actions.hotline_elements import Elements, check_elements, note_elements
from baoji.systems.urban.actions.hotline_words import described
from baoji.systems.urban.actions.offered import led, offered
from baoji.systems.urban.actions.perform import offers, perform, perform_inside
from baoji.systems.urban.actions.place import point_of
from baoji.systems.urban.actions.plausibility import decide_finding, require_may_weigh
from baoji.systems.urban.actions.report import Draft, Taken, take_report
from baoji.systems.urban.actions.watch import watch
from baoji.systems.urban.queries.attachments import may_hear
from baoji.systems.urban.queries.book import book, policies, rates
from baoji.systems.urban.queries.call_backs import (
    call_back_of,
    call_backs_done,
    call_backs_due,
    call_backs_of,
)
from baoji.systems.urban.queries.cases import after, case_for, load
from baoji.systems.urban.queries.codes import grade_of, has_mail, held_reason, marks, me_too_count, talk
from baoji.systems.urban.queries.crew_links import links_of
from baoji.systems.urban.queries.desk import (
    alike,
    attachment,
    chain_digest,
    counties,
    earlier_of_component,
    find,
    is_watching,
    likely_duplicates,
)
from baoji.systems.urban.queries.duplicates import duplicates
from baoji.systems.urban.queries.evidence import evidence_chain
from baoji.systems.urban.queries.field_own import own_corrections, own_reports, own_stays, relief
from baoji.systems.urban.queries.field_pack import asked as pack_asked
from baoji.systems.urban.queries.field_pack import no_longer, pack
from baoji.systems.urban.queries.field_pack import tasks as field_tasks
from baoji.systems.urban.queries.field_promise import arrivals
from baoji.systems.urban.queries.field_track import (
    controls,
    correction_picture,
    corrections,
    coverage,
    cries,
    day_of,
    duty,
    kept_days,
    on_duty,
    on_duty_since,
    own_track,
    session_term,
    track,
    walked_by_hour,
    walked_grids,
)
from baoji.systems.urban.queries.handovers import (
    handover,
    handovers,
    handovers_of,
    handovers_waiting,
    messages_for,
)
from baoji.systems.urban.queries.held import cleared_photos, grades, held, held_count, unseen_photos
from baoji.systems.urban.queries.hotline_calls import call_at, calls_of
from baoji.systems.urban.queries.ledger import component, components, nearest
from baoji.systems.urban.queries.lists import Filters, Page, cases, neighbours
from baoji.systems.urban.queries.names import (
    case_title,
    class_name,
    closing_text,
    closing_words,
    component_name,
    condition_text,
    major_name,
    milestone_name,
)
from baoji.systems.urban.queries.plausibility import Asked as FindingsAsked
from baoji.systems.urban.queries.plausibility import findings, findings_of, findings_waiting, samples
from baoji.systems.urban.queries.proposals import collectors, propose_bodies, territorial
from baoji.systems.urban.queries.shown import (
    Box,
    Wanted,
    coarse_m,
    count_open,
    is_shown_exactly,
    listed,
    newest_changes,
    shown_days,
    similar,
)
from baoji.systems.urban.queries.shown import one as public_case
from baoji.systems.urban.queries.shown import photo as public_photo
from baoji.systems.urban.queries.shown import photos as public_photos
from baoji.systems.urban.queries.shown import tile as public_tile
from baoji.systems.urban.queries.tables import bodies, class_table
from baoji.systems.urban.queries.tiles import cases as case_tile
from baoji.systems.urban.queries.todo import alarms, waiting
from baoji.systems.urban.queries.view import line, summary, view
from baoji.systems.urban.suggest.proposing import Suggestion, suggest

__all__ = [
    "Answer",
    "Asking",
    "Box",
    "CallEvent",
    "Case",
    "Control",
    "CrewTask",
    "Delivered",
    "Draft",
    "DutyTurn",
    "Elements",
    "Filters",
    "Finding",
    "FindingsAsked",
    "LINK_HOURS",
    "Medium",
    "Page",
    "Parcel",
    "Point",
    "ProofWanted",
    "STREET_POSTS",
    "Sent",
    "Signed",
    "Suggestion",
    "Taken",
    "Turn",
    "Wanted",
    "add_control",
    "after",
    "alarms",
    "alike",
    "answer_by_link",
    "answer_call_back",
    "arrivals",
    "arrive",
    "attachment",
    "believed",
    "bodies",
    "book",
    "call_at",
    "call_back_of",
    "call_backs_done",
    "call_backs_due",
    "call_backs_of",
    "call_told",
    "calls_of",
    "can_send",
    "case_for",
    "cleared_photos",
    "case_tile",
    "case_title",
    "cases",
    "chain_digest",
    "challenge",
    "check_elements",
    "checked_mail",
    "class_name",
    "class_table",
    "closing_text",
    "closing_words",
    "coarse_m",
    "code_holder",
    "collectors",
    "component",
    "component_name",
    "components",
    "condition_text",
    "confirm",
    "controls",
    "correction_picture",
    "corrections",
    "count_open",
    "counties",
    "coverage",
    "crew_address",
    "cries",
    "cry_for_help",
    "day_of",
    "decide_correction",
    "decide_finding",
    "decline_handover",
    "deliver_answer",
    "deliver_duty",
    "deliver_end",
    "deliver_report",
    "deliver_turn",
    "described",
    "door_of",
    "drop",
    "duplicates",
    "duty",
    "earlier_of_component",
    "end_control",
    "end_distress",
    "end_duty",
    "end_link",
    "end_stay",
    "evidence_chain",
    "export_case",
    "field_tasks",
    "files_of",
    "find",
    "findings",
    "findings_of",
    "findings_waiting",
    "forget_me",
    "forget_positions",
    "grade_of",
    "grades",
    "hand_over",
    "hand_stay_over",
    "handed_draft",
    "handover",
    "handovers",
    "handovers_of",
    "handovers_waiting",
    "has_mail",
    "held",
    "held_count",
    "held_ids_alike",
    "held_reason",
    "is_crowded",
    "is_shown_exactly",
    "is_staff",
    "is_watching",
    "likely_duplicates",
    "join_in",
    "keep_positions",
    "kept_days",
    "led",
    "line",
    "links_of",
    "listed",
    "load",
    "look_at_original",
    "major_name",
    "make_link",
    "marks",
    "may_decide",
    "may_hand_over",
    "may_mail",
    "may_make_links",
    "may_hear",
    "may_see_caller",
    "may_see_originals",
    "may_weigh",
    "me_too_count",
    "messages_for",
    "milestone_name",
    "nearest",
    "neighbours",
    "newest_changes",
    "no_longer",
    "not_fixed",
    "note_elements",
    "note_pairs_export",
    "offered",
    "offers",
    "on_duty",
    "on_duty_since",
    "open_link",
    "own_corrections",
    "own_reports",
    "own_stays",
    "own_track",
    "own_tree",
    "pack",
    "pack_asked",
    "perform",
    "perform_inside",
    "point_of",
    "policies",
    "propose_bodies",
    "propose_correction",
    "public_case",
    "public_photo",
    "public_photos",
    "public_tile",
    "put_back",
    "rate",
    "rates",
    "receive",
    "release",
    "relief",
    "require_may_see_originals",
    "require_may_weigh",
    "require_tool",
    "review_photo",
    "samples",
    "sees_all",
    "session_term",
    "shown_days",
    "sign_for",
    "similar",
    "start_duty",
    "stay_at",
    "subject_of",
    "subscribe",
    "subscription",
    "suggest",
    "summary",
    "take_call_back",
    "take_distress",
    "take_report",
    "take_stay_over",
    "talk",
    "territorial",
    "tools_of",
    "track",
    "unseen_photos",
    "unsubscribe",
    "view",
    "waiting",
    "walked_by_hour",
    "walked_grids",
    "watch",
]
