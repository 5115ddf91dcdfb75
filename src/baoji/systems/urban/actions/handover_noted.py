"""What a case's record says of an order handed over: content, in the city's language."""


def went_out(platform: str, reason: str) -> str:
    return f"转给 {platform} 办理：{reason}"


def came_back(platform: str, number: str, what: str, words: str) -> str:
    """What the other platform answered to an order of ours: `what` is accepted, declined or done."""
    said = {"accepted": "已接收转办", "declined": "退回转办", "done": "已办结转办"}[what]
    return f"{platform} {said}，对方编号 {number}" + (f"：{words}" if words else "")
