"""Figures and tables."""

from datetime import datetime

from baoji.kernel.ui.gallery_samples.words import Sample


def score(now: datetime) -> Sample:
    days = [f"{day} 日" for day in range(1, 32)]
    over = [1 if day % 6 == 0 else 0 for day in range(1, 32)]
    over[9] = 9
    return {
        "days": days,
        "series": [
            {
                "name": "按期",
                "tone": "blue",
                "values": [38 + (day * 7) % 13 - 2 * (day % 7 > 4) * 9 for day in range(1, 32)],
            },
            {"name": "超期", "tone": "over", "values": over},
        ],
        "top": {"text": "1,171", "url": "#", "word": "按期处置"},
        "bottom": {"text": "1,234", "url": "#", "word": "应处置"},
        "heads": [
            {"title": "部门"},
            {"title": "按期处置率"},
            {"title": "应处置", "number": True},
            {"title": "超期处置", "number": True},
        ],
        "lines": [
            {
                "cells": [
                    name,
                    rate,
                    {"text": due, "url": "#", "number": True},
                    {"text": late, "url": "#", "number": True},
                ]
            }
            for name, rate, due, late in (
                ("市热力公司", "80.5%", 41, 8),
                ("市政工程管理处", "93.1%", 188, 13),
                ("市路灯管理所", "98.2%", 112, 2),
            )
        ],
        "foot": [
            "合计",
            "94.9%",
            {"text": "1,234", "url": "#", "number": True},
            {"text": "63", "url": "#", "number": True},
        ],
    }
