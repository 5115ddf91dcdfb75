"""Context processor: how this reader wants the page, and the sentences our scripts may say."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

THEMES = ("light", "dark")


def _messages() -> dict[str, str]:
    return {
        "left": _("余 {span}"),
        "over": _("超 {span}"),
        "hours": _("时"),
        "minutes": _("分"),
        "offHours": _("下班时间不计时"),
        "connected": _("已连接"),
        "reconnecting": _("连接中断，正在重连。您的填写已保留"),
        "polling": _("每 15 秒更新"),
        "online": _("在线"),
        "noNetwork": _("无网络"),
        "offline": _("没有网络。您的填写已保留，有网后再发送"),
        "updated": _("清单已更新"),
        "fresh": _("新到 {n} 件"),
        "show": _("显示"),
        "selected": _("已选 {n} 件"),
        "copied": _("已复制"),
        "notCopied": _("没有复制成功，请选中文字复制"),
        "sending": _("正在发送"),
        "notSent": _("没有保存：没有连上服务器。您的填写还在，请再试一次"),
        "notSaved": _("没有保存：{why}"),
        "photoTooLarge": _("照片“{name}”超过 {mb} MB。请重拍或压缩"),
        "photoNot": _("“{name}”不是照片"),
        "photosTooMany": _("最多 {n} 张照片"),
        "photosTooFew": _("至少要 {n} 张照片"),
        "photosChosen": _("已选 {n} 张照片"),
        "photoRemove": _("去掉照片“{name}”"),
        "locating": _("正在定位"),
        "located": _("定位误差 {m} 米"),
        "notLocated": _("没有取得位置。请在地图上点选，或允许使用位置"),
        "soundOn": _("声音已开"),
        "soundOff": _("声音已关"),
        "keysOn": _("单键快捷键已开"),
        "keysOff": _("单键快捷键已关"),
        "mapFailed": _("这台机器画不了地图；地址和清单不受影响"),
        "mapTiles": _("地图没有取到，文字和清单不受影响"),
        "zoomIn": _("放大"),
        "zoomOut": _("缩小"),
        "locate": _("我的位置"),
        "layers": _("显示部件"),
        "cluster": _("{n} 个部件"),
        "details": _("详情"),
        "mapLabel": _("地图"),
        "mapMarker": _("地图上的标记"),
        "table": _("数据表"),
        "chart": _("图"),
        "noMatch": _("没有找到，请换个说法"),
        "matches": _("找到 {n} 个，用上下键选"),
    }


def ui(request: HttpRequest) -> dict[str, Any]:
    """`ui` for every template; README says what is in it."""
    theme = request.COOKIES.get("baoji_theme", "")
    chosen = theme if theme in THEMES else ""
    return {
        "ui": {
            "theme": chosen or "light",
            "chosen_theme": chosen,
            "size": "large" if request.COOKIES.get("baoji_size") == "large" else "",
            "keys_on": request.COOKIES.get("baoji_keys", "on") != "off",
            "sound_on": request.COOKIES.get("baoji_sound", "on") != "off",
            "now": timezone.now(),
            "messages": _messages(),
            "language": get_language() or settings.LANGUAGE_CODE,
            "languages": settings.LANGUAGES,
        }
    }
