"""The closed loop as a table: 信息采集 → 案卷建立 → 任务派遣 → 任务处理 → 处理反馈 → 核实结案 → 考核评价.

Stages follow CJJ/T 106; 核实 is the verification before filing, 核查 the check after disposal: two different acts.
"""

from baoji.kernel.base.text import mark as _
from baoji.kernel.base.text import mark_as
from baoji.kernel.flow.declare import Act, Fact, Flow, Role, Step, every
from baoji.systems.urban.rules.table_spoken import spoken

STAGES = (
    ("collect", _("信息采集")),
    ("file", _("案卷建立")),
    ("dispatch", _("任务派遣")),
    ("handle", _("任务处理")),
    ("feedback", _("处理反馈")),
    ("check", _("核实结案")),
    ("evaluate", _("考核评价")),
)

ROLES = (
    Role("R", _("上报人"), ""),
    Role("A", _("受理员"), "supervision"),
    Role("C", _("值班长"), "supervision"),
    Role("K", _("被指派的采集员"), "supervision"),
    Role("D", _("派遣员"), "command"),
    Role("M", _("指挥长"), "command"),
    Role("H", _("责任单位"), "department"),
    Role("W", _("处置班组"), "department"),
    Role("O", _("协办单位"), "department"),
    Role("L", _("领导"), ""),
    Role("V", _("能看到案卷的工作人员"), ""),
    Role("S", _("系统"), "system"),
)

STEPS = (
    Step("collect/reported", _("待受理"), "acceptor"),
    Step("collect/rejected", _("不予受理"), "", "rejected"),
    Step("file/accepted", _("待立案"), "chief"),
    Step("file/verifying", _("核实中"), "asked"),
    Step("file/verified", _("已核实，待立案"), "chief"),
    Step("file/declined", _("不予立案"), "", "declined"),
    Step("dispatch/filed", _("待派遣"), "dispatcher"),
    Step("dispatch/returned", _("已退回，待改派"), "dispatcher"),
    Step("dispatch/arbitrating", _("待裁定"), "commander"),
    Step("handle/to_sign", _("待签收"), "body"),
    Step("handle/handling", _("处置中"), "body"),
    Step("handle/suspended", _("挂账"), "body", "suspended"),
    Step("feedback/answered", _("待复核"), "dispatcher"),
    Step("check/to_check", _("待核查"), "acceptor"),
    Step("check/checking", _("核查中"), "asked"),
    Step("check/passed", _("核查通过，待结案"), "chief"),
    Step("evaluate/closed", _("已结案"), "", "closed"),
    Step("evaluate/settled", _("当场办结"), "", "closed"),
    Step("collect/void", _("已作废"), "", "void"),
    Step("file/void", _("已作废"), "", "void"),
    Step("dispatch/void", _("已作废"), "", "void"),
    Step("handle/void", _("已作废"), "", "void"),
    Step("feedback/void", _("已作废"), "", "void"),
    Step("check/void", _("已作废"), "", "void"),
    Step("collect/merged", _("已合并"), "", "merged"),
    Step("file/merged", _("已合并"), "", "merged"),
)

REASON = Fact("reason", "text", _("理由"), least=2)
INTO = Fact("into", "case", _("并入"))
OPINION = Fact("opinion", "text", _("意见"), required=False)
OPINION_MUST = Fact("opinion", "text", _("意见"), least=2)
GRANT = Fact("grant", "flag", _("同意"))
COLLECTOR = Fact("collector", "person", _("采集员"))
OTHER_REASON = Fact("reason", "text", _("另选采集员的理由"), required=False)
FILING = (
    Fact("class", "class", _("类别")),
    Fact("condition", "condition", _("立案条件")),
    Fact("reason", "text", _("未核实到仍立案的理由"), required=False),
)
CORRECTABLE = (
    Fact("kind", "choice", _("部件或事件"), False),
    Fact("class", "class", _("类别"), False),
    Fact("component", "component", _("部件"), False),
    Fact("location", "place", _("位置"), False),
    Fact("address", "text", _("地址"), False),
)

ALL = every(STEPS)
AFTER_ACCEPT = every(STEPS, but=("collect/reported",))
INTAKE = every(STEPS, of=("collect", "file"))
DISPATCH_LATER = every(STEPS, of=("dispatch", "handle", "feedback", "check"))
ENDED = every(STEPS, ended=True)
AT_BODY = ("handle/to_sign", "handle/handling")
OVER = ("evaluate/closed", "evaluate/settled")
HEARD = (*ALL, *OVER)
MERGED = ("collect/merged", "file/merged")
MORE_TIME = ("no_extension_open", "extensions_left", "not_overdue")
ALARM = ("is_loud", "at_own_desk", "not_taken")
DEMANDED = ("supervised_now",)


def ended_as(name: str, at: tuple[str, ...]) -> dict[str, str]:
    """One outcome a stage: the stage stays, the step becomes `name`."""
    return {stage: f"{stage}/{name}" for stage in sorted({key.split("/")[0] for key in at})}


ACTS = (
    # 信息采集
    Act("accept", _("受理"), "A", ("collect/reported",), {"": "file/accepted"}, lead=1),
    Act(
        "reject",
        mark_as("act", "不予受理"),
        "A",
        ("collect/reported",),
        {"": "collect/rejected"},
        (REASON,),
        danger=True,
        note=_("上报人会看到理由"),
    ),
    Act(
        "settle",
        mark_as("act", "当场办结"),
        "A",
        ("collect/reported",),
        {"": "evaluate/settled"},
        (OPINION_MUST,),
        note=_("不计入考评"),
    ),
    Act("withdraw", _("撤回上报"), "R", ("collect/reported",), {"": "collect/void"}, (REASON,), danger=True),
    # 案卷建立
    Act(
        "file",
        _("立案"),
        "C",
        ("file/accepted",),
        {"": "dispatch/filed"},
        FILING,
        ("may_file_unverified",),
        lead=1,
    ),
    Act("file", _("立案"), "C", ("file/verified",), {"": "dispatch/filed"}, FILING, lead=1),
    Act(
        "verify_request",
        _("派采集员核实"),
        "ACS",
        ("file/accepted", "file/verifying", "file/verified"),
        {"": "file/verifying"},
        (COLLECTOR, OTHER_REASON),
        lead=2,
    ),
    Act(
        "verify_answer",
        _("回复核实"),
        "K",
        ("file/verifying",),
        {"": "file/verified"},
        (Fact("found", "flag", _("问题存在")), OPINION),
        photos=True,
        lead=1,
    ),
    Act(
        "decline",
        mark_as("act", "不予立案"),
        "C",
        ("file/accepted", "file/verified"),
        {"": "file/declined"},
        (REASON,),
        danger=True,
        note=_("上报人会看到理由"),
    ),
    # 任务派遣
    Act(
        "dispatch",
        _("派遣"),
        "D",
        ("dispatch/filed", "dispatch/returned"),
        {"": "handle/to_sign"},
        (
            Fact("to", "organisation", _("处置单位")),
            Fact("co_handlers", "organisations", _("协办单位"), required=False),
            OPINION,
        ),
        clock="fresh",
        lead=1,
    ),
    Act(
        "refer_back",
        _("退回立案"),
        "D",
        ("dispatch/filed", "dispatch/returned"),
        {"": "file/accepted"},
        (REASON,),
        clock="drop",
        lead=4,
    ),
    Act(
        "send_back",
        _("退回不成立，由原单位继续处置"),
        "D",
        ("dispatch/returned",),
        {"": "handle/handling"},
        (REASON,),
        lead=3,
    ),
    Act(
        "arbitrate",
        _("裁定处置单位"),
        "MS",
        ("dispatch/arbitrating",),
        {"": "handle/to_sign"},
        (Fact("to", "organisation", _("处置单位")), OPINION_MUST),
        clock="fresh",
        lead=1,
    ),
    # 任务处理
    Act("sign", _("签收"), "H", ("handle/to_sign",), {"": "handle/handling"}, lead=1),
    Act(
        "return",
        _("退回"),
        "H",
        AT_BODY,
        {"": "dispatch/returned", "third": "dispatch/arbitrating"},
        (REASON,),
        ("not_settled", "not_answered"),
        lead=4,
    ),
    # From a body that has ended, what it holds is taken back however far it was: nobody there answers any more.
    Act(
        "recall",
        _("撤回派遣"),
        "D",
        ("handle/to_sign", "handle/handling", "handle/suspended"),
        {"": "dispatch/filed"},
        (REASON,),
        ("unsigned", "not_arbitrated"),
        clock="drop",
    ),
    Act(
        "answer",
        _("回复处置结果"),
        "HW",
        ("handle/handling",),
        {"": "feedback/answered"},
        (OPINION_MUST,),
        clock="stop",
        photos=True,
        lead=1,
    ),
    Act(
        "pass_on",
        _("转给科室或班组"),
        "HW",
        AT_BODY,
        {"": "="},
        (Fact("to", "receiver", _("转给")), OPINION),
        ("has_sections",),
        lead=3,
    ),
    Act(
        "milestone",
        _("阶段反馈"),
        "HW",
        ("handle/handling",),
        {"": "="},
        (Fact("n", "number", _("第几阶段")), OPINION_MUST),
        ("has_milestones",),
        photos=True,
        lead=3,
    ),
    Act("extend_request", _("申请延期"), "H", ("handle/handling",), {"": "="}, (REASON,), MORE_TIME),
    Act(
        "extend_decide",
        _("审批延期"),
        "DM",
        ("handle/handling",),
        {"": "="},
        (GRANT, OPINION),
        ("extension_asked",),
        lead=1,
    ),
    Act(
        "suspend_request",
        _("申请挂账或缓办"),
        "H",
        ("handle/handling",),
        {"": "="},
        (Fact("kind", "choice", _("种类")), REASON, Fact("until", "moment", _("恢复时间"))),
        ("may_suspend",),
    ),
    Act(
        "suspend_decide",
        _("审批挂账"),
        "M",
        ("handle/handling",),
        {"": "=", "granted": "handle/suspended"},
        (GRANT, OPINION),
        ("suspension_asked",),
        lead=1,
    ),
    Act(
        "resume", _("恢复处置"), "HM", ("handle/suspended",), {"": "handle/handling"}, clock="resume", lead=1
    ),
    Act("wake", _("到期恢复"), "S", ("handle/suspended",), {"": "handle/handling"}, clock="resume"),
    Act(
        "co_answer",
        _("协办回复"),
        "O",
        AT_BODY,
        {"": "="},
        (OPINION_MUST,),
        ("co_answer_open",),
        photos=True,
        lead=1,
    ),
    # 处理反馈
    Act("review", _("复核通过"), "D", ("feedback/answered",), {"": "check/to_check"}, (OPINION,), lead=1),
    Act(
        "send_back",
        _("退回重办"),
        "D",
        ("feedback/answered",),
        {"": "handle/handling"},
        (REASON,),
        clock="run",
        lead=3,
    ),
    # 核实结案
    Act(
        "check_request",
        _("派采集员核查"),
        "AS",
        ("check/to_check", "check/checking", "check/passed"),
        {"": "check/checking"},
        (COLLECTOR, OTHER_REASON),
        lead=2,
    ),
    Act(
        "check_answer",
        _("回复核查"),
        "K",
        ("check/checking",),
        {"": "check/passed", "not_fixed": "handle/handling"},
        (Fact("fixed", "flag", _("已经处置好")), OPINION),
        photos=True,
        lead=1,
    ),
    Act(
        "close",
        _("结案"),
        "C",
        ("check/to_check", "check/passed"),
        {"": "evaluate/closed"},
        (
            Fact("closing_condition", "text", _("结案条件"), least=2),
            Fact("kind", "choice", _("结案方式")),
            OPINION,
        ),
        ("reporter_heard",),
        lead=1,
    ),
    # 考核评价
    Act(
        "reopen",
        _("重新办理"),
        "CR",
        ("evaluate/closed",),
        {"": "check/to_check"},
        (REASON,),
        ("within_reopen_days",),
        photos=True,
    ),
    Act(
        "reopen",
        _("重新办理"),
        "CR",
        ("evaluate/settled",),
        {"": "file/accepted"},
        (REASON,),
        ("reporter_once",),
    ),
    Act(
        "reopen",
        _("重新受理"),
        "CR",
        tuple(key for key in ENDED if key.split("/")[1] in {"rejected", "declined", "void"}),
        {"": "file/accepted"},
        (REASON,),
        ("reporter_once",),
        clock="drop",
    ),
    Act("appeal", _("申诉"), "H", ("evaluate/closed",), {"": "="}, (REASON,), ("is_scored", "appeal_left")),
    Act(
        "appeal_decide",
        _("审议申诉"),
        "DMAC",
        ("evaluate/closed",),
        {"": "="},
        (GRANT, OPINION),
        ("appeal_asked", "own_turn", "acted_not"),
        lead=1,
    ),
    # 任何时候
    Act("merge", _("并入另一案卷"), "AC", INTAKE, ended_as("merged", INTAKE), (INTO,)),
    Act("unmerge", _("撤销合并"), "AC", MERGED, {"": "<"}, guards=("not_beside_target",)),
    Act(
        "void",
        _("作废"),
        "C",
        AFTER_ACCEPT,
        ended_as("void", AFTER_ACCEPT),
        (REASON,),
        ("reporter_heard",),
        danger=True,
        clock="drop",
        note=_("上报人会看到理由"),
    ),
    Act("correct", _("更正"), "A", INTAKE, {"": "="}, CORRECTABLE),
    Act("correct", _("更正"), "C", DISPATCH_LATER, {"": "="}, CORRECTABLE),
    Act(
        "supervise",
        _("督办"),
        "LCM",
        HEARD,
        {"": "="},
        (OPINION_MUST, Fact("reply_by", "moment", _("回复时限"))),
        neutral=True,
        lead=7,
    ),
    Act("reply", _("回复督办"), "HWADCM", HEARD, {"": "="}, (OPINION_MUST,), DEMANDED, neutral=True, lead=2),
    Act("urge", _("催办"), "RACDML", ALL, {"": "="}, guards=("not_urged",), neutral=True, lead=8),
    Act(
        "urge", _("催办"), "ACDML", OVER, {"": "="}, guards=("still_asked", "not_urged"), neutral=True, lead=8
    ),
    Act(
        "opinion",
        _("写意见"),
        "V",
        ALL + ENDED,
        {"": "="},
        (OPINION_MUST,),
        neutral=True,
        photos=True,
        lead=9,
    ),
    *spoken(HEARD, ALL),
    Act("take", _("我来接手"), "AKCDMHW", ALL, {"": "="}, guards=ALARM, neutral=True, lead=6),
)

FLOW = Flow("urban", _("数字城管案卷"), STAGES, ROLES, STEPS, ACTS)
