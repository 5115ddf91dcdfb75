"""Words of whoever reported a case or met it too, and the answer to them: acts of the table that move nothing."""

from baoji.kernel.base.text import mark as _
from baoji.kernel.flow.declare import Act, Fact

MESSAGE = Fact("opinion", "text", _("留言"), least=2)
REPLY = Fact("opinion", "text", _("答复"), least=2)
NOT_FIXED = Fact("opinion", "text", _("哪里没有解决"), least=2)


def spoken(heard: tuple[str, ...], still_open: tuple[str, ...]) -> tuple[Act, ...]:
    """`heard`: the steps at which somebody listens; `still_open`: those of them at which the case has not ended."""
    return (
        Act(
            "ask",
            _("给受理员留言"),
            "R",
            heard,
            {"": "="},
            (MESSAGE,),
            ("may_ask",),
            neutral=True,
            photos=True,
            lead=9,
        ),
        Act(
            "tell",
            _("答复上报人"),
            "AC",
            heard,
            {"": "="},
            (REPLY,),
            ("has_a_reader",),
            neutral=True,
            lead=8,
            note=_("上报人凭查询码看到这段话，处置单位也看得到"),
        ),
        Act(
            "also_not_fixed",
            _("也说没有解决"),
            "R",
            still_open,
            {"": "="},
            (NOT_FIXED,),
            ("was_not_fixed", "not_said_by_many"),
            neutral=True,
            photos=True,
            lead=9,
        ),
    )
