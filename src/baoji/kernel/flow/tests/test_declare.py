"""A flow is refused when its table does not hang together, and answers questions about itself."""

import pytest

from baoji.kernel.flow.declare import Act, Flow, Role, Step, every

STEPS = (
    Step("ask/asked", "待答", "clerk"),
    Step("ask/waiting", "等待", "clerk", "suspended"),
    Step("done/closed", "办结", "", "closed"),
)
ANSWER = Act("answer", "答复", "A", ("ask/asked",), {"": "done/closed"}, lead=1)
TALK = Act("talk", "说话", "AB", ("ask/asked", "ask/waiting"), lead=9)


def _flow(*acts: Act) -> Flow:
    return Flow(
        "letters",
        "信件",
        (("ask", "问"), ("done", "答")),
        (Role("A", "办信人", "office"), Role("B", "写信人", "")),
        STEPS,
        acts,
    )


def test_a_flow_knows_its_acts_the_likeliest_first() -> None:
    flow = _flow(TALK, ANSWER)
    assert [act.name for act in flow.acts_at("ask/asked")] == ["answer", "talk"]
    assert flow.acts_at("done/closed") == []
    assert flow.act("talk", "ask/waiting") is TALK
    assert flow.act("answer", "ask/waiting") is None
    assert flow.names == {"answer", "talk"}
    assert (flow.side("A"), flow.side("B")) == ("office", "")


@pytest.mark.parametrize(
    ("step", "stage", "name", "is_open"),
    [
        ("ask/asked", "ask", "asked", True),
        ("ask/waiting", "ask", "waiting", True),
        ("done/closed", "done", "closed", False),
    ],
)
def test_a_step_says_whether_it_is_open(step: str, stage: str, name: str, is_open: bool) -> None:
    found = _flow(ANSWER).step(step)
    assert (found.stage, found.name, found.is_open) == (stage, name, is_open)


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (Act("lose", "丢失", "A", ("ask/nowhere",)), "lose names the unknown step ask/nowhere"),
        (
            Act("lose", "丢失", "A", ("ask/asked",), {"": "done/lost"}),
            "lose names the unknown step done/lost",
        ),
        (Act("answer", "再答", "B", ("ask/asked",)), "declared twice"),
    ],
)
def test_a_table_that_does_not_hang_together_is_refused(act: Act, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        _flow(ANSWER, act)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ("ask/asked", "ask/waiting")),
        ({"but": ("ask/asked",)}, ("ask/waiting",)),
        ({"of": ("done",)}, ()),
        ({"ended": True}, ("done/closed",)),
    ],
)
def test_steps_are_picked_by_stage_and_end(asked: dict[str, tuple[str, ...]], found: tuple[str, ...]) -> None:
    assert every(STEPS, **asked) == found  # type: ignore[arg-type]
