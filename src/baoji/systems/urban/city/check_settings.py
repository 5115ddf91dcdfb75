"""Complaints about the files that are not tables: city.toml, outlines.geojson, policies.toml, names.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from shapely import MultiPolygon, Polygon, box

from baoji.systems.urban.choices import POST, SOURCE
from baoji.systems.urban.city.fill import is_edition
from baoji.systems.urban.city.policies import DECISIONS, LIMITED, STAGE_LIMITS
from baoji.systems.urban.city.read import Complaint, Folder, line_of
from baoji.systems.urban.rules.citizens import Place, Words
from baoji.systems.urban.rules.score import GRADES

# Where a value stands in city.toml, and what it must be.
FACTS: Final[tuple[tuple[str, type], ...]] = (
    ("code", str),
    ("name", str),
    ("bbox", list),
    ("core_counties", list),
    ("generator.seed", int),
    ("generator.components", int),
)
# Numbers of policies.toml that the rules rely on: least and most.
NUMBERS: Final = {
    "lights.yellow_below": (0, 1),
    "limits.returns_max": (1, 20),
    "limits.extensions_max": (0, 20),
    "limits.reopen_days": (0, 365),
    "limits.suspend_max_days": (1, 366),
    "limits.reworks_notice": (1, 20),
    "limits.urge_again_min": (0, 1440),
    "self_disposed.photos_before_min": (0, 9),
    "self_disposed.photos_after_min": (0, 9),
    "self_disposed.photos_max": (1, 20),
    "coordinates.gcj_tolerance_m": (0, 500),
    "coordinates.component_m": (0, 100_000),
    "duplicates.radius_m": (1, 1000),
    "duplicates.hours": (1, 720),
    "public.shown_days": (1, 3650),
    "public.coarse_m": (100, 2000),
    "public.digest_hour": (0, 23),
    "public.letters_each_step": (0, 1),
    "public.texts_at_end": (0, 1),
    "intake.per_hour": (1, 10_000),
    "intake.proved_per_hour": (0, 10_000),
    "intake.city_per_hour": (1, 100_000),
    "intake.city_proved_per_hour": (0, 100_000),
    "intake.same_words_per_hour": (1, 10_000),
    "intake.held_per_hour": (0, 100_000),
    "intake.held_most": (0, 1_000_000),
    "intake.proof_bits": (0, 24),
    "intake.found_days": (1, 3650),
    "retention.caller_days": (0, 3650),
    "retention.mail_days": (0, 3650),
    "retention.citizen_photo_days": (0, 3650),
    "retention.staff_photo_days": (0, 3650),
    "retention.voice_days": (0, 3650),
    "retention.held_days": (0, 3650),
    "retention.held_contact_days": (0, 3650),
    "retention.subscription_days": (1, 90),
    "retention.upload_days": (32, 3650),
    "retention.sos_days": (0, 3650),
    "retention.answer_days": (1, 3650),
    "retention.notice_days": (30, 3650),
    "sign_in.failures": (1, 100),
    "sign_in.lock_minutes": (1, 1440),
    "sign_in.address_failures": (5, 100_000),
    "sign_in.address_minutes": (1, 1440),
    "field.track_days": (0, 3650),
    "field.pass_tasks_on": (0, 1),
    "field.clock_days": (1, 365),
    "field.duty_hours": (1, 168),
    "field.session_days": (1, 30),
    "likeness.bits": (0, 7),
    "likeness.far_bits": (0, 11),
    "likeness.inliers": (8, 800),
    "likeness.alike": (0, 1),
    "likeness.alike_near": (0, 1),
    "likeness.near": (0, 100),
    "likeness.neighbours": (0, 100),
    "likeness.days": (0, 3650),
    "likeness.least_features": (0, 800),
    "draw.near_m": (1, 50_000),
    "draw.wide_m": (1, 100_000),
    "draw.fewest": (1, 100),
    "draw.most": (1, 100),
    "plausibility.speed_kmh": (1, 1000),
    "plausibility.jump_m": (1, 100_000),
    "plausibility.far_m": (1, 10_000),
    "plausibility.place_m": (1, 1000),
    "plausibility.stay_s": (0, 3600),
    "plausibility.static_min": (1, 1440),
    "plausibility.static_points": (2, 10_000),
    "plausibility.accuracy_points": (2, 10_000),
    "plausibility.accuracy_walked_m": (1, 100_000),
    "plausibility.skew_s": (1, 86_400),
    "plausibility.early_s": (0, 86_400),
    "plausibility.fix_s": (1, 86_400),
    "plausibility.gap_min": (1, 1440),
    "plausibility.settle_min": (0, 10_080),
    "plausibility.keep_days": (1, 3650),
    "sample.per_mille": (0, 1000),
    "sample.most_a_day": (0, 10_000),
    "sample.spare_hours": (0, 720),
    "pairs.least": (1, 10_000),
    "pairs.quick_min": (1, 1440),
}
# What else a section of policies.toml may hold, besides `source` and the source of one key (`…_source`).
OTHERS: Final[Mapping[str, frozenset[str]]] = {
    "self_disposed": frozenset({"doors"}),
    "verify_before_filing": frozenset(SOURCE),
    "check": frozenset({"waived"}),
    "duplicates": frozenset({"same_class"}),
    "escalation": frozenset({"near", "overdue", "overdue_twice"}),
    "open311": frozenset({"jurisdiction", "required", "fields", "words"}),
    "public": frozenset({"classes"}),
    "hotline": frozenset({"seats"}),
    "grades": frozenset(GRADES),
}
LISTS: Final = ("photos", STAGE_LIMITS)
HOLDER: Final = "holder"
KEYS: Final[Mapping[str, frozenset[str]]] = {
    section: OTHERS.get(section, frozenset())
    | {path.partition(".")[2] for path in NUMBERS if path.startswith(f"{section}.")}
    for section in {*OTHERS, *(path.partition(".")[0] for path in NUMBERS)}
}

MOST_COMPONENTS: Final = 2_000_000
MOST_MINUTES: Final = 366 * 24 * 60
STREETS: Final = ("east_west", "north_south", "numbered")


def value_at(facts: Mapping[str, Any], path: str) -> Any:
    found: Any = facts
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def city_facts(folder: Folder) -> Iterator[Complaint]:
    file = "city.toml"
    for path, kind in FACTS:
        if not isinstance(value_at(folder.facts, path), kind):
            yield Complaint(file, 1, f"{path} is missing or is not a {kind.__name__}")
    zone = folder.facts.get("timezone", settings.TIME_ZONE)
    if zone != settings.TIME_ZONE:  # days and deadlines are counted in the one zone, in the database as well
        text = f"timezone: “{zone}” is not {settings.TIME_ZONE}, the one zone in which days and deadlines are counted"
        yield Complaint(file, line_of(folder.path / file, "timezone"), text)
    bbox, core = folder.facts.get("bbox"), folder.facts.get("core_counties")
    if isinstance(bbox, list) and not _is_box(bbox):
        text = "bbox must be west, south, east, north in degrees"
        yield Complaint(file, line_of(folder.path / file, "bbox"), text)
    counties = {row.code for row in folder.divisions if row.level == "county" and row.valid_to is None}
    if isinstance(core, list) and (
        len(core) != 2 or any(county not in counties for county in map(str, core))
    ):
        text = "core_counties must name the two counties of the core, south bank first"
        yield Complaint(file, line_of(folder.path / file, "core_counties"), text)
    code = folder.facts.get("code")
    if code not in {row.code for row in folder.divisions if row.level == "city"}:
        yield Complaint(file, line_of(folder.path / file, "code"), f"the city {code} is not in divisions.csv")
    yield from _generator(folder)


def _generator(folder: Folder) -> Iterator[Complaint]:
    path = folder.path / "city.toml"
    components, seed = (value_at(folder.facts, f"generator.{name}") for name in ("components", "seed"))
    if isinstance(components, int) and not 1 <= components <= MOST_COMPONENTS:
        text = f"generator.components must be from 1 to {MOST_COMPONENTS}"
        yield Complaint("city.toml", line_of(path, "components"), text)
    if isinstance(seed, int) and seed < 0:
        yield Complaint("city.toml", line_of(path, "seed"), "generator.seed must not be negative")
    own = folder.facts.get("editions", {})
    for code, facts in own.items() if isinstance(own, Mapping) else [("editions", own)]:
        if not is_edition(facts):
            text = f"{code}: an edition needs a name, and in_force = true or false"
            yield Complaint("city.toml", line_of(path, "editions"), text)


def _is_box(bbox: list[Any]) -> bool:
    if len(bbox) != 4 or not all(isinstance(part, int | float) for part in bbox):
        return False
    west, south, east, north = (float(part) for part in bbox)
    return -180 <= west < east <= 180 and -90 <= south < north <= 90


def outlines(folder: Folder) -> Iterator[Complaint]:
    file = "outlines.geojson"
    bbox = folder.facts.get("bbox")
    frame = box(*bbox) if isinstance(bbox, list) and _is_box(bbox) else None
    counties = {row.code: row for row in folder.divisions if row.level == "county" and row.valid_to is None}
    seen: set[str] = set()
    for row in folder.outlines:
        if row.code in seen:
            yield Complaint(file, row.line, f"{row.code} has two outlines")
        seen.add(row.code)
        if row.code not in counties:
            yield Complaint(file, row.line, f"{row.code} is not a county in force in divisions.csv")
        if not isinstance(row.place, Polygon | MultiPolygon):
            yield Complaint(file, row.line, f"the outline of {row.code} is not a polygon")
        elif row.place.is_empty or not row.place.is_valid:
            yield Complaint(file, row.line, f"the outline of {row.code} is empty or crosses itself")
        elif frame is not None and not frame.covers(row.place):
            text = f"the outline of {row.code} leaves the bbox of city.toml (longitude comes first)"
            yield Complaint(file, row.line, text)
    for code in sorted(set(counties) - seen):
        yield Complaint(file, 1, f"the county {code} {counties[code].name} has no outline")


def policies(folder: Folder) -> Iterator[Complaint]:
    file, path = "policies.toml", folder.path / "policies.toml"
    for name, (least, most) in NUMBERS.items():
        found = value_at(folder.policies, name)
        if not isinstance(found, int | float) or isinstance(found, bool) or not least <= found <= most:
            line = line_of(path, name.split(".")[1])
            yield Complaint(file, line, f"{name} must be a number from {least} to {most}")
    yield from (Complaint(file, line_of(path, word), text) for word, text in _unknown(folder.policies))
    yield from (Complaint(file, line_of(path, "[escalation]"), text) for text in _told(folder.policies))
    yield from (Complaint(file, line_of(path, "[[photos]]"), text) for text in _photos(folder.policies))
    line = line_of(path, "[[stage_limits]]")
    yield from (Complaint(file, line, text) for text in _stage_limits(folder.policies))
    yield from (Complaint(file, line_of(path, "waived"), text) for text in _waived(folder))
    yield from (Complaint(file, line_of(path, "[[public.classes]]"), text) for text in _shown(folder))
    words = value_at(folder.policies, "open311.words")
    if words is not None and not isinstance(words, bool) and words not in set(Words):
        text = f"open311.words: “{words}” is none of {', '.join(Words)}"
        yield Complaint(file, line_of(path, "words"), text)


def _unknown(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what stands in the line, what is wrong with it): a word mistyped would leave the city with our own value."""
    for section, value in values.items():
        if section in LISTS:
            continue
        if section not in KEYS:
            yield section, f"{section} is no section; there are {', '.join(sorted([*LISTS, *KEYS]))}"
        elif not isinstance(value, Mapping):
            yield section, f"{section} must be a table"
        else:
            yield from ((key, f"{section} has no key “{key}”") for key in _strange(section, value))


def _strange(section: str, value: Mapping[str, Any]) -> list[str]:
    known = KEYS[section]
    return [
        key for key in value if key not in known | {"source"} and key.removesuffix("_source") not in known
    ]


def _told(values: Mapping[str, Any]) -> Iterator[str]:
    told = values.get("escalation")
    for key, post in told.items() if isinstance(told, Mapping) else ():
        if key in KEYS["escalation"] and post != HOLDER and post not in list(POST):
            yield f"escalation.{key}: “{post}” is none of {', '.join([HOLDER, *POST])}"


def _photos(values: Mapping[str, Any]) -> Iterator[str]:
    seen = set()
    if not is_list_of_tables(values.get("photos", [])):
        yield "photos must be a list of tables"
        return
    for row in values.get("photos", []):
        act, door, least, most = (row.get(key) for key in ("act", "door", "min", "max"))
        if f"{act} {door}" in seen:
            yield f"photos: {act} by {door} stands twice"
        seen.add(f"{act} {door}")
        if door != "*" and str(door) not in SOURCE:
            yield f"photos: the door “{door}” is none of *, {', '.join(SOURCE)}"
        if not isinstance(least, int) or not isinstance(most, int) or not 0 <= least <= most:
            yield f"photos: {act} by {door} needs whole numbers min ≤ max"


def _stage_limits(values: Mapping[str, Any]) -> Iterator[str]:
    seen = set()
    if not is_list_of_tables(values.get("stage_limits", [])):
        yield "stage_limits must be a list of tables"
        return
    for row in values.get("stage_limits", []):
        step, minutes = str(row.get("step")), row.get("minutes")
        if step not in LIMITED | DECISIONS:
            yield f"stage_limits: “{step}” is no step that takes a limit"
        if step in seen:
            yield f"stage_limits: the step {step} stands twice"
        seen.add(step)
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= MOST_MINUTES:
            yield f"stage_limits: {step} needs minutes, a whole number from 1 to {MOST_MINUTES}"
    for step in sorted(LIMITED - seen):
        yield f"stage_limits: the step {step} has no limit"


def _waived(folder: Folder) -> Iterator[str]:
    lines = value_at(folder.policies, "check.waived")
    if lines is not None and not is_list_of_tables(lines):
        yield "check.waived must be a list of tables"
        return
    known = {(row.kind, row.code) for row in folder.classes}
    for row in lines or []:
        kind, code, door = (str(row.get(key, "")) for key in ("kind", "class", "source"))
        unknown = sorted(set(row) - {"kind", "class", "source"})
        if unknown:
            yield f"check.waived: {', '.join(unknown)} is none of kind, class, source"
        if (kind, code) not in known:
            yield f"check.waived: the {kind} class {code} is not in classes.csv"
        if "source" in row and door not in SOURCE:
            yield f"check.waived: the source “{door}” is none of {', '.join(SOURCE)}"


def _shown(folder: Folder) -> Iterator[str]:
    lines = value_at(folder.policies, "public.classes")
    if lines is not None and not is_list_of_tables(lines):
        yield "public.classes must be a list of tables"
        return
    known = {(row.kind, row.code) for row in folder.classes}
    for row in lines or []:
        kind, code, place = (str(row.get(key, "")) for key in ("kind", "class", "place"))
        if (kind, code) not in known:
            yield f"public.classes: the {kind} class {code} is not in classes.csv"
        if place not in set(Place):
            yield f"public.classes: the place “{place}” is none of {', '.join(Place)}"


def is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def names(folder: Folder) -> Iterator[Complaint]:
    file = "names.toml"
    streets = folder.names.get("streets", {})
    groups = streets.items() if isinstance(streets, Mapping) else []
    lists = [
        f"streets.{group}.{key}"
        for group, words in groups
        if isinstance(words, Mapping)
        for key in STREETS
        if key in words
    ]
    for path in ("people.surnames", "people.first", "people.second", *lists):
        found = value_at(folder.names, path)
        if not isinstance(found, list) or not found or not all(isinstance(word, str) for word in found):
            yield Complaint(file, 1, f"{path} must be a list of words")
