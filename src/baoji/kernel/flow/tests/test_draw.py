"""The docs show the flow that runs."""

from dataclasses import replace

import pytest

from baoji.kernel.flow.declare import Act, Fact, Flow, Role, Step
from baoji.kernel.flow.draw import draw
from baoji.kernel.flow.management.commands.draw_flows import DOCS
from baoji.kernel.registry.manifest import manifests

REASON = Fact("reason", "text", "why")
SMALL = Flow(
    "small",
    "Small",
    (("in", "In"), ("out", "Out")),
    (Role("A", "asker", "one"), Role("B", "builder", "other")),
    (
        Step("in/new", "new", "asker"),
        Step("in/known", "known", "body"),
        Step("in/void", "void", "", "void"),
        Step("out/done", "done", "", "closed"),
    ),
    (
        Act("take", "take it", "A", ("in/new",), {"": "in/known"}),
        Act(
            "build",
            "build it",
            "AB",
            ("in/known",),
            {"": "out/done", "broken": "in/new"},
            (REASON,),
            ("is_dry",),
            clock="stop",
        ),
        Act(
            "say",
            "say it",
            "B",
            ("in/new", "in/known"),
            facts=(replace(REASON, required=False),),
            neutral=True,
        ),
        Act("void", "void it", "A", ("in/new", "in/known", "in/void", "out/done"), {"": "in/void"}),
    ),
)


def test_every_arrow_says_what_leads_there() -> None:
    lines = draw(SMALL).splitlines()
    assert "    in_new --> in_known: take (A)" in lines
    assert "    in_known --> out_done: build (A, B)" in lines
    assert "    in_known --> in_new: build broken (A, B)" in lines


def test_an_act_that_stays_has_no_arrow() -> None:
    picture = draw(SMALL).split("```")[1]
    assert "say" not in picture


def test_an_act_that_leaves_many_steps_is_told_below_the_picture() -> None:
    page = draw(SMALL)
    assert "void (A)" not in page.split("```")[1]
    assert "- `void` void it (A): from every open step, every ended step to `in/void`" in page


def test_the_table_tells_facts_rules_and_clock() -> None:
    lines = draw(SMALL).splitlines()
    assert (
        "| `build` | build it | A, B | `in/known` | `reason` | `is_dry` | stops | `out/done`, broken: `in/new` |"
        in lines
    )
    assert "| `say` | say it | B (neutral) | every open step | `reason`? |  |  | `=` |" in lines


@pytest.mark.parametrize(
    "flow", [flow for manifest in manifests() for flow in manifest.flows], ids=lambda flow: flow.code
)
def test_the_page_in_the_docs_is_what_the_table_draws_now(flow: Flow) -> None:
    assert (DOCS / f"{flow.code}-flow.md").read_text() == draw(flow), "run ./dev manage draw_flows"
