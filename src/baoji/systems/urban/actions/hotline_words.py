"""The words of a report that came by telephone, so that whoever handles it reads all of its elements."""

from django.utils.translation import gettext as _


def described(event: str, *, demand: str = "", involved: str = "", answered: str = "") -> str:
    """事件, then 诉求, who is involved, and what the seat has answered already."""
    parts = [event]
    if demand:
        parts.append(_("诉求：") + demand)
    if involved:
        parts.append(_("涉及：") + involved)
    if answered:
        parts.append(_("已当场答复：") + answered)
    return "\n".join(part for part in parts if part).strip()
