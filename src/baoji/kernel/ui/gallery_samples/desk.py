"""A worklist."""

from datetime import datetime

from baoji.kernel.ui.gallery_samples.words import Sample, clock, page_url


def rows(now: datetime) -> list[Sample]:
    lines = [
        (
            "00017",
            "污水井盖缺失",
            "渭滨区经二路与红旗路口东 30 米",
            "采集员",
            "市排水公司",
            "权属、养护单位",
            "2 紧急工作时",
            "yellow",
            29,
        ),
        (
            "00012",
            "热力井盖破损",
            "金台区宝平路与曙光路口",
            "采集员",
            "市热力公司",
            "权属单位",
            "4 工作时",
            "red",
            -192,
        ),
        (
            "00009",
            "通信立杆倾斜",
            "渭滨区汉中路 41 号旁",
            "12319 热线",
            "渭滨区城管局",
            "无确定单位，属地兜底",
            "4 紧急工作时",
            "yellow",
            170,
        ),
        (
            "00019",
            "路灯不亮",
            "渭滨区公园路 18 号前",
            "采集员",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            365,
        ),
        (
            "00020",
            "路灯灯杆倾斜",
            "渭滨区公园路与建国路口",
            "环卫工人",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            470,
        ),
        (
            "00021",
            "路面塌陷",
            "渭滨区建国路新建路口西 60 米",
            "市民上报",
            "市政工程管理处",
            "责任清单 0505",
            "4 紧急工作时",
            "green",
            510,
        ),
        (
            "00022",
            "路灯井盖破损",
            "渭滨区滨河北路凉亭西侧",
            "采集员",
            "市路灯管理所",
            "养护单位",
            "1 工作日",
            "green",
            542,
        ),
        (
            "00023",
            "雨水箅子堵塞",
            "渭滨区姜谭路 66 号",
            "采集员",
            "市排水公司",
            "养护单位",
            "1 工作日",
            "green",
            580,
        ),
        (
            "00024",
            "行道树倾倒",
            "金台区中山路西段",
            "12319 热线",
            "市园林绿化中心",
            "养护单位",
            "4 工作时",
            "green",
            615,
        ),
        (
            "00025",
            "暴露垃圾",
            "渭滨区经一路菜市场后巷",
            "市民上报",
            "渭滨区环卫站",
            "责任清单 0110",
            "2 工作时",
            "green",
            680,
        ),
    ]
    return [
        {
            "id": tail,
            "number": f"610302-20261124-{tail}",
            "url": page_url("case"),
            "number_head": "610302-20261124-",
            "number_tail": tail,
            "title": title,
            "place": place,
            "source": source,
            "proposal": body,
            "reason": reason,
            "limit": limit,
            "clock": clock(light, left, 900),
            "light": light,
            "urgent": tail == "00017",
            "tags": [{"word": "退回 2 次", "kind": "hot"}] if tail == "00009" else [],
            "lon": 107.14 + index * 0.0021,
            "lat": 34.362 + (index * 7 % 5) * 0.0017,
        }
        for index, (tail, title, place, source, body, reason, limit, light, left) in enumerate(lines)
    ]


def desk(now: datetime) -> Sample:
    names = (
        ("待派遣", 13),
        ("退回", 2),
        ("待复核", 7),
        ("延期申请", 3),
        ("督办", 1),
        ("已办", None),
        ("关注", None),
    )
    found = rows(now)
    return {
        "rows": found,
        "tabs": [
            {"title": title, "url": "#", "count": count, "current": title == "待派遣"}
            for title, count in names
        ],
        "heads": {"clock": "派遣时限", "proposal": "建议处置单位"},
        "total": 13,
    }
