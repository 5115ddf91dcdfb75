"""policies.toml as rows: what the rules may ask for by name, and how long each step may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from baoji.systems.urban.city import rows
from baoji.systems.urban.rules.everyday import name_of, words_of
from baoji.systems.urban.rules.table import STEPS

# Decisions that are asked for while the case stands at some step: limited under their own names.
DECISIONS: Final = frozenset({"extend_decide", "suspend_decide", "appeal_decide"})
# The steps that need a limit of their own; while a body handles, its condition's limit runs.
LIMITED: Final = frozenset(
    step.key for step in STEPS if step.is_open and step.key not in {"handle/handling", "handle/suspended"}
)
TITLES: Final[Mapping[str, str]] = {
    "photos": "各环节照片数量",
    "self_disposed": "采集员自行处置",
    "verify_before_filing": "立案前核实",
    "check": "结案前核查",
    "lights": "红黄绿灯",
    "limits": "次数和天数限制",
    "duplicates": "疑似重复案卷",
    "coordinates": "坐标偏移提示",
    "escalation": "逐级提醒",
    "public": "公开案卷",
    "intake": "市民上报的数量限制",
    "retention": "保留期限",
    "sign_in": "登录",
    "field": "外勤",
    "likeness": "照片再用",
    "open311": "Open311 接口",
    "hotline": "12319 热线",
    "draw": "抽取采集员",
    "plausibility": "核对",
    "sample": "抽查",
    "pairs": "协作分析",
}
STAGE_LIMITS: Final = "stage_limits"


@dataclass(frozen=True, slots=True)
class PolicyRow:
    name: str
    title: str
    source: str
    value: Any


@dataclass(frozen=True, slots=True)
class StageLimitRow:
    step: str
    minutes: int
    source: str


def policy_rows(policies: Mapping[str, Any]) -> Iterator[PolicyRow]:
    for name, value in policies.items():
        if name != STAGE_LIMITS:
            sources = dict.fromkeys(_sources(value))
            yield PolicyRow(name, TITLES.get(name, name), "；".join(sources)[:200], _without_sources(value))


def word_rows(words: Iterable[rows.ClassWords], names: Mapping[tuple[str, str], str]) -> Iterator[PolicyRow]:
    """A policy a class; `names` are those of the classes in force."""
    for row in words:
        value = {"zh": words_of(row.words_zh), "en": words_of(row.words_en), "usual": row.usual}
        title = names[row.kind, row.class_code]
        yield PolicyRow(name_of(row.kind, row.class_code), title, row.source, value)


def stage_limit_rows(policies: Mapping[str, Any]) -> Iterator[StageLimitRow]:
    for row in policies.get(STAGE_LIMITS, []):
        yield StageLimitRow(row["step"], row["minutes"], row.get("source", "")[:200])


def _is_source(key: str) -> bool:
    return key == "source" or key.endswith("_source")


def _sources(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _sources(item)
    elif isinstance(value, Mapping):
        yield from (str(text) for key, text in value.items() if _is_source(key))


def _without_sources(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_sources(item) for item in value]
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if not _is_source(key)}
    return value
