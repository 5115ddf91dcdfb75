"""Writes English names of communities and villages into a city's `divisions.csv`: the name in pinyin, then the word for the kind.

    python3 -m venv /tmp/pinyin && /tmp/pinyin/bin/pip install pypinyin==0.55.0
    /tmp/pinyin/bin/python data/tools/romanise_communities.py data/baoji [--check]

Spelt by the rules for Chinese place names (中国地名汉语拼音字母拼写规则, GB/T 16159 for what those leave open): no tones, the proper
name in one word, an apostrophe before a syllable that begins with a, e or o, roads and their stretch apart (Zhongshan Donglu), a
village of one syllable with its kind (Hancun Village). It only fills what is empty or what it wrote itself, as its note says;
nothing of the platform needs pypinyin.

pypinyin reads by word; READINGS are the characters that it reads otherwise than places here do, or now so and now so. Nobody of the
city has read these names: a local's word changes the row, and the note with it.
"""

import csv
import io
import re
import sys
from pathlib import Path

from pypinyin import Style, lazy_pinyin

NOTE = "英文名自拟，未经审校"
# As the town and street names of the same file have them (召公 Shaogong, 咀头 Zuitou), by dictionaries' readings for places and
# surnames, or by how the place is known (福临堡 Fulinbao).
READINGS = {
    "堡": "bao",
    "召": "shao",
    "咀": "zui",
    "凹": "wa",
    "卜": "bu",
    "翟": "zhai",
    "都": "du",
    "湫": "qiu",
    "颉": "xie",
    "茍": "gou",
    "糜": "mi",
    "佛": "fo",
    "员": "yuan",
    "解": "jie",
    "朴": "pu",
    "朝": "chao",
    "乐": "le",
    "泊": "po",
    "堎": "leng",
    "塄": "leng",
}
IN_WORDS = {
    "长官": ["zhang", "guan"],
    "朝阳": ["chao", "yang"],
    "尉迟": ["yu", "chi"],
    "碌碡": ["liu", "zhou"],
    "行司": ["xing", "si"],
    "神差": ["shen", "chai"],
    "陕汽": ["shaan", "qi"],
    "什字": ["shi", "zi"],
}
ALWAYS_CHANG = "长"  # but in 长官
# Names that are no names of places grown, or whose words stand apart.
WHOLE = {
    "七〇二社区居委会": "702 Community",
    "中心医院社区居委会": "Zhongxin Yiyuan Community",
    "文理学院社区居委会": "Wenli Xueyuan Community",
    "法门寺文化景区社区": "Famensi Wenhua Jingqu Community",
    "汤峪旅游开发区社区": "Tangyu Lüyou Kaifaqu Community",
    "太白山旅游区虚拟社区": "Taibaishan Lüyouqu Statistical Community",
    "森林公园虚拟生活区": "Senlin Gongyuan Statistical Living Area",
    "马头滩虚拟生活区": "Matoutan Statistical Living Area",
    "辛家山林业局虚拟生活区": "Xinjiashan Linyeju Statistical Living Area",
    "千阳县城关镇西新区社区居委会": "Xixinqu Community",
    "胜利机械厂社区居委会": "Shengli Jixiechang Community",
    "陕汽幸福社区居委会": "Shaanqi Xingfu Community",
    "纺织家园社区居委会": "Fangzhi Jiayuan Community",
    "九成宫官坪社区居民委员会": "Jiuchenggong Guanping Community",
    "九成宫东大街居委会": "Jiuchenggong Dongdajie Community",
    "九成宫西大街居委会": "Jiuchenggong Xidajie Community",
}
KINDS = (
    (re.compile(r"(?:社区居民委员会|社区居委会|居民委员会|居委会|社区)$"), "Community"),
    (re.compile(r"(?:村民委员会|村民委委会|村委会)$"), "Village"),
    (re.compile(r"生活区$"), "Living Area"),
)
# 新建路东段 Xinjianlu Dongduan, 中山东路 Zhongshan Donglu, 大庆路西 Daqinglu Xi, 周原街道 Zhouyuan Jiedao.
PARTS = (
    re.compile(r"^(.+[路街巷])([东西南北中]段?)$"),
    re.compile(r"^(..+)([东西南北中][路街])$"),
    re.compile(r"^(..+)(街道)$"),
)


def syllables(text: str) -> list[str]:
    read = lazy_pinyin(text, style=Style.NORMAL, v_to_u=True)
    assert len(read) == len(text), text
    for n, letter in enumerate(text):
        read[n] = READINGS.get(letter, read[n])
        if letter == ALWAYS_CHANG:
            read[n] = "chang"
    for word, sounds in IN_WORDS.items():
        at = text.find(word)
        if at >= 0:
            read[at : at + len(word)] = sounds
    return read


def word(text: str) -> str:
    first, *rest = syllables(text)
    return first.capitalize() + "".join(f"'{one}" if one[0] in "aeo" else one for one in rest)


def english(name: str) -> str:
    if name in WHOLE:
        return WHOLE[name]
    proper, kind = next((pattern.sub("", name), kind) for pattern, kind in KINDS if pattern.search(name))
    if kind == "Village":
        proper = re.sub(r"(?<=.)村$", "", proper)
        if len(proper) == 1:
            proper += "村"
    parts = next((found.groups() for pattern in PARTS if (found := pattern.match(proper))), (proper,))
    return f"{' '.join(word(part) for part in parts)} {kind}"


def romanised(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    at = {name: n for n, name in enumerate(rows[0])}
    for row in rows[1:]:
        mine = not row[at["name_en"]] or NOTE in row[at["note"]]
        if row[at["level"]] == "community" and mine:
            row[at["name_en"]] = english(row[at["name"]])
            if NOTE not in row[at["note"]]:
                row[at["note"]] = "；".join(filter(None, (row[at["note"]], NOTE)))
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def main(folder: str, *options: str) -> int:
    path = Path(folder) / "divisions.csv"
    text = path.read_text(encoding="utf-8")
    made = romanised(text)
    if "--check" in options:
        sys.stdout.write("as written\n" if made == text else "differs\n")
        return int(made != text)
    path.write_text(made, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
