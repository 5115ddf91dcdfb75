"""Draws a declared flow as a page of Markdown, so that what the docs say is what the table says. Plain Python."""

from collections.abc import Iterable

from baoji.kernel.flow.declare import Act, Flow, every

MOST_ARROWS = 3  # an act that leaves more steps than these would cover the picture; it stands below it
HOLDER = {"body": "the responsible body", "asked": "the person asked", "": "nobody"}
CLOCK = {
    "": "",
    "start": "starts",
    "fresh": "new limit",
    "stop": "stops",
    "run": "runs on",
    "pause": "pauses",
    "resume": "resumes",
    "drop": "dropped",
}


def draw(flow: Flow) -> str:
    """The whole page: picture, letters, steps, acts."""
    parts = [
        f"# {flow.title}: the flow\n\nDrawn by `./dev manage draw_flows` from the table that runs it; change the table, not this page.",
        "## The picture\n\n" + _picture(flow),
        "## Who\n\n"
        + _table(("letter", "who", "side"), [(r.letter, r.title, r.side or "either") for r in flow.roles]),
        "## Steps\n\n" + _table(("step", "called", "held by", "status"), _steps(flow)),
        "## Acts\n\n"
        "A bare `=` keeps the step, `<` goes back to the step that was left. *Rules* are conditions besides who and where. "
        "A neutral act belongs to neither side.\n\n"
        + _table(
            ("act", "called", "who", "at", "says", "rules", "clock", "leads to"),
            [_act(flow, act) for act in flow.acts],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _steps(flow: Flow) -> list[tuple[str, ...]]:
    return [(f"`{s.key}`", s.title, HOLDER.get(s.holder, s.holder), s.status) for s in flow.steps]


def _act(flow: Flow, act: Act) -> tuple[str, ...]:
    facts = [f"`{fact.name}`" + ("" if fact.required else "?") for fact in act.facts]
    facts += ["photos"] if act.photos else []
    who = ", ".join(act.who) + (" (neutral)" if act.neutral else "")
    rules = ", ".join(f"`{guard}`" for guard in act.guards)
    return (
        f"`{act.name}`",
        act.title,
        who,
        _where(flow, act.at),
        ", ".join(facts),
        rules,
        CLOCK[act.clock],
        _leads(act),
    )


def _where(flow: Flow, at: tuple[str, ...]) -> str:
    """The steps, the stages that are named whole in one word each."""
    left = set(at)
    words = []
    for name, keys in _families(flow):
        if len(keys) > 1 and keys <= left:
            words.append(name)
            left -= keys
    return ", ".join([*words, *(f"`{step.key}`" for step in flow.steps if step.key in left)])


def _families(flow: Flow) -> list[tuple[str, set[str]]]:
    stages = [
        (f"every open step of `{stage}`", set(every(flow.steps, of=(stage,))))
        for stage, _title in flow.stages
    ]
    return [
        ("every open step", set(every(flow.steps))),
        ("every ended step", set(every(flow.steps, ended=True))),
        *stages,
    ]


def _leads(act: Act) -> str:
    """Each outcome; where one leads to the like-named step of every stage, once."""
    names = {to.split("/")[-1] for to in act.to.values()}
    if len(act.to) > 1 and "" not in act.to and len(names) == 1:
        return f"`…/{names.pop()}` of the same stage"
    return ", ".join((f"{outcome}: " if outcome else "") + f"`{to}`" for outcome, to in act.to.items())


# ---- the picture ------------------------------------------------------------------------------------


def _picture(flow: Flow) -> str:
    drawn = [act for act in flow.acts if _moves(act) and len(act.at) <= MOST_ARROWS]
    arrows = _arrows(drawn)
    shown = {end for pair in arrows for end in pair}
    lines = ["stateDiagram-v2"]
    lines += [
        f'    state "{step.key} {step.title}" as {_id(step.key)}' for step in flow.steps if step.key in shown
    ]
    lines += [f"    [*] --> {_id(flow.steps[0].key)}"]
    lines += [f"    {_id(a)} --> {_id(b)}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    lines += [f"    {_id(step.key)} --> [*]" for step in flow.steps if step.key in shown and not step.is_open]
    picture = "```mermaid\n" + "\n".join(lines) + "\n```"
    others = [
        f"- `{act.name}` {act.title} ({', '.join(act.who)}): from {_where(flow, act.at)} to {_leads(act)}"
        for act in flow.acts
        if _moves(act) and act not in drawn
    ]
    return picture + (
        "\n\nNot drawn, because they leave many steps:\n\n" + "\n".join(others) if others else ""
    )


def _moves(act: Act) -> bool:
    return any(to != "=" for to in act.to.values())


def _arrows(acts: Iterable[Act]) -> dict[tuple[str, str], list[str]]:
    """(from, to) → what leads there; an act that goes back to the step left has no arrow of its own."""
    found: dict[tuple[str, str], list[str]] = {}
    for act in acts:
        for at in act.at:
            for outcome, to in act.to.items():
                if to not in {"=", "<"}:
                    word = f"{act.name} {outcome}".strip()
                    found.setdefault((at, to), []).append(f"{word} ({', '.join(act.who)})")
    return found


def _id(key: str) -> str:
    return key.replace("/", "_")
