"""The city's files: the demo city is clean, and every planted mistake is found in its line."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from baoji.systems.urban.city.check import complaints
from baoji.systems.urban.city.read import read_folder
from baoji.systems.urban.city.staff import staff

BAOJI = Path(settings.CITY_DATA)


@pytest.fixture(scope="module")
def baoji():
    return read_folder(BAOJI)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(BAOJI, tmp_path / "city"))


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(folder: Path) -> list[str]:
    return [str(complaint) for complaint in complaints(read_folder(folder))]


def test_the_demo_city_has_no_complaints(baoji):
    assert complaints(baoji) == []


def test_the_demo_city_has_the_real_divisions(baoji):
    level = [row.level for row in baoji.divisions if row.valid_to is None]
    assert {name: level.count(name) for name in ("county", "street", "community")} == {
        "county": 12,
        "street": 120,
        "community": 1370,
    }
    old = next(row for row in baoji.divisions if row.code == "610322")
    assert old.successor == "610305" and old.valid_to is not None


def test_every_county_street_and_major_class_has_an_english_name(baoji):
    places = [row for row in baoji.divisions if row.level != "community"]
    assert {row.name for row in places if not row.name_en} == set()
    for row in places:
        endings = {"街道": " Subdistrict", "镇": " Town", "区": " District", "县": " County"}
        assert row.name_en.endswith(endings.get(row.kind, "")), row.name_en
    majors = {(row.major_name, row.major_name_en) for row in baoji.classes}
    assert len(majors) == len({chinese for chinese, _english in majors}) and all(en for _zh, en in majors)


def test_every_community_and_village_has_a_name_in_pinyin(baoji):
    """Written by data/tools/romanise_communities.py; whoever corrects one by hand takes the note away."""
    places = [row for row in baoji.divisions if row.level == "community"]
    shape = re.compile(r"[A-Z0-9][a-zü0-9]*(?:'[aeo][a-zü]*)*(?: [A-Z][a-zü]*(?:'[aeo][a-zü]*)*)*")
    for row in places:
        assert shape.fullmatch(row.name_en), row.name_en
        if row.name.endswith(("村民委员会", "村委会")):
            assert row.name_en.endswith(" Village"), row.name_en
        elif "社区" in row.name or row.name.endswith("居委会"):
            assert row.name_en.endswith(" Community"), row.name_en
    by_name = {row.name: row.name_en for row in places}
    read = {
        "召公村委会": "Shaogong Village",  # as its town
        "咀头街村委会": "Zuitoujie Village",
        "王长官寨村委会": "Wangzhangguanzhai Village",
        "长命寺村委会": "Changmingsi Village",
        "北庵村委会": "Bei'an Village",
        "老女沟村委会": "Laonügou Village",
        "予村委会": "Yucun Village",
        "宏文南路社区居委会": "Hongwen Nanlu Community",
        "七〇二社区居委会": "702 Community",
    }
    assert {name: by_name[name] for name in read} == read
    written = (BAOJI / "divisions.csv").read_text(encoding="utf-8")
    assert written.count("英文名自拟，未经审校") <= len(places), (
        "a county's or street's name was typed and read through"
    )


def test_the_demo_city_has_53_departments_and_units(baoji):
    kinds = [row.kind for row in baoji.organisations]
    assert kinds.count("department") + kinds.count("unit") == 53
    assert (kinds.count("county_platform"), kinds.count("street_office")) == (12, 120)


def test_all_rules_of_the_source_are_there(baoji):
    assert sum("Yuncheng" in row.source or "运城" in row.source for row in baoji.conditions) >= 157


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("divisions.csv", "610303,金台区,Jintai District,county,610300", "610303,金台区,Jintai District,county,610399", "the parent “610399” is not in this file"),
        ("divisions.csv", "610303,金台区,Jintai District", "610302,金台区,Jintai District", "the code 610302 stands in line"),
        ("divisions.csv", "610302001001,新建路", "61030200100,新建路", "must have 12 digits"),
        ("classes.csv", "2013,component,0101", "2013,component,01x1", "must have four digits"),
        ("conditions.csv", ",2,urgent_hour,critical,", ",0,urgent_hour,critical,", "the limit 0 is not above zero"),
        ("conditions.csv", ",2,urgent_hour,critical,", ",2,fortnight,critical,", "the unit “fortnight” is none of"),
        ("conditions.csv", "component,0101,2,", "component,0101,7,", "must be numbered 1, 2, 3"),
        ("duties.csv", "component,0101,610300,D38", "component,0101,610300,D99", "the organisation “D99” is not in"),
        ("duties.csv", "component,0101,610300,D38", "component,0101,610302,D38", "has no duty for the whole city"),
        ("bodies.csv", "component,0101,D02,D38,D38", "component,0101,D02,D38,", "the maintainer “” is not in"),
        ("organisations.csv", ",department,CITY,", ",department,D01-C1,", "is its own ancestor"),
        ("milestones.csv", "component,0101,1,1,到场并设置围挡,reach the site and fence it,1,", "component,0101,1,1,到场并设置围挡,reach the site and fence it,9,", "more than the condition's own limit"),
        ("days.csv", "2024-01-01,holiday", "2024-02-30,holiday", "is not a date like"),
        ("days.csv", "2024-01-01,holiday", "2024-01-02,workday", "is no weekend day"),
        ("office_hours.csv", "08:00-12:00;14:00-18:00", "08:00-12:00;11:00-18:00", "overlap"),
        ("office_hours.csv", "2024-01-01,2024-05-01", "2024-01-01,2024-04-01", "no office hours from 2024-04-01 to 2024-05-01"),
        ("office_hours.csv", "2030-10-01,,", "2030-10-01,2031-05-01,", "no office hours from 2031-05-01 on"),
        ("days.csv", "元旦", "元\x00旦", "a NUL character"),
        ("duties.csv", "component,0101,610300,D38,", "component,0101,610300,D29,约定,2019-01-01,2020-02-01,约定,L\ncomponent,0101,610300,D38,", "D29, has not ended when D38 begins"),
        ("policies.toml", "[escalation]", "[eskalation]", "eskalation is no section"),
        ("policies.toml", "returns_max = 3", "returns_max = 3\nretuns = 4", "limits has no key “retuns”"),
        ("policies.toml", 'overdue = "dispatcher"', 'overdue = "nobody"', "escalation.overdue: “nobody” is none of"),
        ("policies.toml", 'near = "dispatcher" ', 'near = ["holder"]', "escalation.near: “['holder']” is none of"),
        ("posts.csv", "officer.{n:03}", "collector.{n:02}", "comes from line"),
        ("posts.csv", "mayor,分管市领导,mayor in charge,none", "mayor,分管市领导,mayor in charge,west", "the side “west” is none of"),
        ("shifts.csv", "acceptor,1;3;5;7", "acceptor,1;3;5;8", "names a weekday that is not"),
        ("policies.toml", 'step = "check/checking"', 'step = "check/nowhere"', "is no step that takes a limit"),
        ("policies.toml", "yellow_below = 0.2", "yellow_below = 20", "must be a number from 0 to 1"),
        ("policies.toml", 'words = "reviewed"', 'words = "some"', "“some” is none of none, reviewed, all"),
        ("policies.toml", "waived = []", 'waived = [{ kind = "event", class = "0110", door = "collector" }]', "door is none of kind, class, source"),
        ("policies.toml", "waived = []", 'waived = [{ kind = "event", class = "0999", source = "collector" }]', "the event class 0999 is not in classes.csv"),
        ("policies.toml", "waived = []", 'waived = [{ kind = "event", class = "0110", source = "window" }]', "the source “window” is none of"),
        ("outlines.geojson", "[[[106.913728,34.475177]", "[[[34.475177,106.913728]", "outline of 610302"),
        ("words.csv", "event,0110,", "event,0190,", "words.csv:58: the event class 0190 is in no edition in force"),
        ("words.csv", "event,0110,", "event,0111,", "the class event 0111 stands in line"),
        ("words.csv", "event,0110,垃圾;", "event,0110,;", "“” is no word"),
        ("words.csv", "event,0110,垃圾;", "event,0110,灯+;", "“灯+” is no word"),
        ("words.csv", "event,0110,垃圾;", "event,0110,垃圾;垃圾;", "“垃圾” stands twice"),
        ("words.csv", "component,0206,天桥,footbridge;overpass,", "component,0206,,,", "0 words: a class has from 1 to"),
        ("words.csv", "footbridge;overpass,0,", "footbridge;overpass,4,", "usual 4 is not from 0"),
        ("words.csv", "footbridge;overpass,0,", "footbridge;overpass,often,", "is not a whole number"),
        ("crosswalk.csv", "component,2007,0101,2013,0101,same", "component,2007,0101,2013,0199,same", "is not in classes.csv"),
        ("posts.csv", "mayor.{n}", "mayor.{n.real}", "may ask for n, org, parent and crew only"),
        ("posts.csv", "CITY,1,mayor", "CITY,99999999,mayor", "the count 99999999 is not from 1 to"),
        ("city.toml", "components = 81429", "components = 0", "generator.components must be from 1"),
        ("city.toml", "bbox = [106.309", "bbox = [107.309", "leaves the bbox of city.toml"),
        ("city.toml", '"Asia/Shanghai"', '"Asia/Nowhere"', "timezone: “Asia/Nowhere” is not Asia/Shanghai"),
        ("city.toml", '"Asia/Shanghai"', '"Asia/Urumqi"', "timezone: “Asia/Urumqi” is not Asia/Shanghai"),
        ("names.toml", "first = [", "first = []\nspare = [", "must be a list of words"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_and_line(copy, file, old, new, complaint):
    rewrite(copy / file, old, new)
    found = told(copy)
    assert any(complaint in line for line in found), found


def test_the_line_is_the_right_one(copy):
    lines = (copy / "duties.csv").read_text(encoding="utf-8").splitlines()
    wanted = next(number for number, line in enumerate(lines, 1) if line.startswith("component,0104,610300"))
    rewrite(copy / "duties.csv", lines[wanted - 1], lines[wanted - 1].replace("610300", "999999", 1))
    assert f"duties.csv:{wanted}: the area “999999” is not in divisions.csv" in told(copy)


def test_a_missing_file_and_a_missing_column_are_told(copy):
    (copy / "days.csv").unlink()
    rewrite(copy / "bodies.csv", "maintainer", "keeper")
    found = told(copy)
    assert "days.csv:1: the file is missing" in found
    assert "bodies.csv:1: the column maintainer is missing" in found


def test_a_file_in_another_encoding_is_called_so(copy):
    text = (copy / "days.csv").read_text(encoding="utf-8")
    (copy / "days.csv").write_bytes(text.encode("gbk"))
    assert told(copy) == ["days.csv:1: the file is not UTF-8 (byte 61); save it as UTF-8"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (
            "policies.toml",
            "photos = 3\nstage_limits = [4]\nlimits = 5\ncheck = {waived = [{kind = [1], class = {}}]}\n",
        ),
        ("policies.toml", "check = {waived = 7}\n"),
        ("city.toml", "core_counties = [[1], {a = 1}]\ngenerator = 5\neditions = 5\n"),
        ("names.toml", "people = 5\nstreets = 6\n"),
        ("outlines.geojson", '{"features": [{"properties": {}, "geometry": null}, 5]}'),
        ("days.csv", "day,kind\n\x00"),
    ],
)
def test_nonsense_is_told_and_never_a_crash(copy, file, content):
    (copy / file).write_text(content, encoding="utf-8")
    assert any(line.startswith(f"{file}:") for line in told(copy))


def test_every_promised_person_is_there(baoji):
    codes = {person.code for person in staff(baoji).people}
    two = ["hotline", "acceptor", "chief", "dispatcher", "commander", "head", "operator"]
    promised = {f"{kind}.{n}" for kind in two for n in (1, 2)} | {"mayor.1"}
    promised |= {f"collector.{n:02}" for n in range(1, 51)} | {f"officer.{n:03}" for n in range(1, 301)}
    promised |= {f"cleaner.{n:04}" for n in range(1, 1801)}
    kinds = {"department", "unit", "county_platform", "street_office"}
    bodies = [row.code for row in baoji.organisations if row.kind in kinds]
    promised |= {f"handler.{code}" for code in bodies} | {f"crew.{code}.1" for code in bodies}
    assert promised - codes == set()


def test_the_same_files_give_the_same_names(baoji):
    first, second = staff(baoji), staff(read_folder(BAOJI))
    assert [person.name for person in first.people] == [person.name for person in second.people]
    assert len({person.name for person in first.people}) > 1000


def test_everybody_has_a_shift_and_collectors_share_every_weekday(baoji):
    made = staff(baoji)
    on_shift = {row.person for row in made.shifts}
    assert {person.code for person in made.people} <= on_shift
    for day in range(1, 8):
        assert any(row.person.startswith("collector.") and day in row.weekdays for row in made.shifts)
