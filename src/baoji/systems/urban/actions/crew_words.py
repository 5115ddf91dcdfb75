"""What a crew is sent, and what a case's passage says of it: content, in the city's language."""

from datetime import datetime

from baoji.kernel.base.phrases import day_and_time
from baoji.kernel.flow.models import Case


def tail(to: str) -> str:
    """How a link is told from others without saying whose it is: the last four digits, or the mail's house."""
    return to[-4:] if "@" not in to else "@" + to.partition("@")[2]


def subject(case: Case) -> str:
    return f"处置任务：{case.title}"


def task(case: Case, address: str, org: str, url: str, ends_at: datetime) -> str:
    """One SMS: who asks, what, where, by when, the link and how long it lives."""
    where = f"，{address}" if address else ""
    due = f"，应在 {day_and_time(case.due_at)} 前完成" if case.due_at else ""
    return (
        f"【数字宝鸡】{org}请您处置：{case.title}{where}{due}。"
        f"打开链接查看和回复：{url} （{day_and_time(ends_at)} 前有效，只供您使用，请勿转发）"
    )


def noted(crew: str, to: str, ends_at: datetime) -> str:
    return f"已把任务链接发给处置班组（链接）{crew}，{name(to)}，{day_and_time(ends_at)} 前有效"


def name(to: str) -> str:
    """尾号 0123, or the house of a mail address."""
    return f"尾号 {tail(to)}" if "@" not in to else f"邮箱 {tail(to)}"
