"""The frames around the pages: inner, public, in the street."""

from datetime import timedelta

from baoji.kernel.ui.gallery_samples.words import Sample, page_url


def inner_shell(page: str, since: timedelta) -> Sample:
    nav: list[Sample] = [
        {"title": "待办", "icon": "list-check", "goes": "desk", "count": 26},
        {"title": "地图", "icon": "map-2", "goes": ""},
        {"title": "案卷", "icon": "folder-open", "goes": "case"},
        {"title": "督办", "icon": "speakerphone", "goes": "", "count": 1},
        {"title": "考评", "icon": "chart-histogram", "goes": "score"},
        {"title": "消息", "icon": "bell", "goes": "", "count": 4},
        {"title": "系统", "icon": "apps", "goes": "", "wide": True},
        {"title": "部件", "icon": "components", "goes": "parts", "wide": True},
    ]
    alarm = {
        "id": "1",
        "url": "#",
        "take_url": "#",
        "text": f"污水井盖缺失 · 渭滨区经二路与红旗路口东 30 米 · 到席 {since.seconds // 60} 分 {since.seconds % 60} 秒，尚无人接手",
    }
    return {
        "system": {"name": "数字城管", "url": "#"},
        "nav": [{**item, "url": page_url(item["goes"]), "current": item["goes"] == page} for item in nav],
        "person": {"name": "王磊", "post": "派遣员", "url": "#"},
        "sign_out_url": "#",
        "search_url": "#",
        "alarms": [alarm] if page == "desk" else [],
    }


def outer_shell(page: str) -> Sample:
    if page == "public":
        return {
            "office": "宝鸡市城市管理监督中心",
            "phone": "12319",
            "home_url": "#",
            "nav": [{"title": "上报问题", "url": "#", "current": True}, {"title": "查询进度", "url": "#"}],
        }
    return {
        "nav": [
            {"title": "上报", "icon": "camera-plus", "url": "#", "current": True},
            {"title": "任务", "icon": "checkup-list", "url": "#", "count": 2},
            {"title": "我的", "icon": "user", "url": "#"},
        ],
    }
