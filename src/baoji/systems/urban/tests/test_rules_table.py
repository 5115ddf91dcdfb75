"""The table says what was promised: who may do what where, and where it leads."""

import pytest

from baoji.systems.urban.rules.guards import GUARDS
from baoji.systems.urban.rules.table import ACTS, FLOW, STAGES

# step: act letters → next; `same` stays. W is a crew of H, S the system. An act with two ends has two lines.
PROMISED = """
collect/reported: accept A → file/accepted
collect/reported: reject A → collect/rejected
collect/reported: settle A → evaluate/settled
collect/reported: withdraw R → collect/void
file/accepted: verify_request ACS → file/verifying
file/accepted: file C → dispatch/filed
file/accepted: decline C → file/declined
file/verifying: verify_answer K → file/verified
file/verifying: verify_request ACS → file/verifying
file/verified: file C → dispatch/filed
file/verified: decline C → file/declined
file/verified: verify_request ACS → file/verifying
dispatch/filed: dispatch D → handle/to_sign
dispatch/filed: refer_back D → file/accepted
handle/to_sign: sign H → handle/handling
handle/to_sign: return H → dispatch/returned
handle/to_sign: return H → dispatch/arbitrating
handle/to_sign: recall D → dispatch/filed
handle/handling: recall D → dispatch/filed
handle/suspended: recall D → dispatch/filed
handle/handling: answer HW → feedback/answered
handle/handling: return H → dispatch/returned
handle/handling: return H → dispatch/arbitrating
handle/handling: pass_on HW → same
handle/handling: milestone HW → same
handle/handling: extend_request H → same
handle/handling: suspend_request H → same
handle/handling: co_answer O → same
handle/handling: extend_decide DM → same
handle/handling: suspend_decide M → same
handle/handling: suspend_decide M → handle/suspended
handle/suspended: resume HM → handle/handling
handle/suspended: wake S → handle/handling
dispatch/returned: dispatch D → handle/to_sign
dispatch/returned: send_back D → handle/handling
dispatch/returned: refer_back D → file/accepted
dispatch/arbitrating: arbitrate MS → handle/to_sign
feedback/answered: review D → check/to_check
feedback/answered: send_back D → handle/handling
check/to_check: check_request AS → check/checking
check/to_check: close C → evaluate/closed
check/checking: check_answer K → check/passed
check/checking: check_answer K → handle/handling
check/checking: check_request AS → check/checking
check/passed: close C → evaluate/closed
check/passed: check_request AS → check/checking
evaluate/closed: reopen CR → check/to_check
evaluate/closed: appeal H → same
evaluate/closed: appeal_decide DMAC → same
collect/rejected: reopen CR → file/accepted
file/declined: reopen CR → file/accepted
collect/void: reopen CR → file/accepted
handle/void: reopen CR → file/accepted
collect/reported: merge AC → collect/merged
file/accepted: merge AC → file/merged
collect/merged: unmerge AC → left
file/merged: unmerge AC → left
file/verifying: void C → file/void
handle/suspended: void C → handle/void
check/passed: void C → check/void
collect/reported: correct A → same
file/verified: correct A → same
handle/handling: correct C → same
"""
OPEN = [step.key for step in FLOW.steps if step.is_open]
ENDED = [step.key for step in FLOW.steps if not step.is_open]


@pytest.mark.parametrize("line", PROMISED.strip().splitlines())
def test_a_promised_line_stands_in_the_table(line: str) -> None:
    step, _, rest = line.partition(": ")
    name, letters, _arrow, to = rest.split()
    act = FLOW.act(name, step)
    assert act is not None, f"{name} cannot be done at {step}"
    assert set(act.who) == set(letters)
    assert {"same": "=", "left": "<"}.get(to, to) in act.to.values()


def test_the_table_names_no_main_act_that_was_not_promised() -> None:
    anywhere = {
        "supervise",
        "reply",
        "urge",
        "opinion",
        "take",
        "void",
        "correct",
        "merge",
        "reopen",
        "ask",
        "tell",
        "also_not_fixed",
    }
    promised = {
        (line.split(": ")[0], line.split(": ")[1].split()[0]) for line in PROMISED.strip().splitlines()
    }
    extra = {(step, act.name) for act in ACTS for step in act.at if act.name not in anywhere} - promised
    assert extra == {("handle/to_sign", "pass_on"), ("handle/to_sign", "co_answer")}


@pytest.mark.parametrize("step", OPEN)
def test_no_dead_end(step: str) -> None:
    """From every open step somebody can move on, and one post, body or person owns it."""
    assert FLOW.step(step).holder
    assert any(to not in {"=", "<"} for act in FLOW.acts_at(step) for to in act.to.values())


@pytest.mark.parametrize("step", ENDED)
def test_an_ended_step_has_no_owner_and_can_be_taken_up_again(step: str) -> None:
    assert FLOW.step(step).holder == ""
    assert {"reopen", "unmerge"} & {act.name for act in FLOW.acts_at(step)}


def test_every_step_is_reached_from_the_first() -> None:
    reached, edge = {"collect/reported"}, {"collect/reported"}
    while edge:
        edge = {to for step in edge for act in FLOW.acts_at(step) for to in _ends(act.to, step)} - reached
        reached |= edge
    assert reached == {step.key for step in FLOW.steps}


def _ends(to: dict[str, str], step: str) -> set[str]:
    stages = {code for code, _title in STAGES}
    return {
        end
        for outcome, end in to.items()
        if end not in {"=", "<"} and (outcome not in stages or outcome == step.split("/")[0])
    }


def test_departments_cannot_close_and_supervision_cannot_dispatch() -> None:
    for act in ACTS:
        if any(FLOW.step(to).status == "closed" for to in act.to.values() if to not in {"=", "<"}):
            assert {FLOW.side(letter) for letter in act.who} == {"supervision"}, act.name
        if act.name in {"dispatch", "arbitrate", "recall", "refer_back"}:
            assert "supervision" not in {FLOW.side(letter) for letter in act.who}, act.name


def test_acts_of_neither_side_are_those_promised() -> None:
    assert {act.name for act in ACTS if act.neutral} == {
        "supervise",
        "reply",
        "urge",
        "opinion",
        "take",
        "ask",
        "tell",
        "also_not_fixed",
    }


def test_every_guard_named_is_there_and_used() -> None:
    assert {name for act in ACTS for name in act.guards} == set(GUARDS)
