"""Loading: once, again, after a change in the files, after a change in the pages."""

import csv
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField
from django.utils import timezone

from baoji.kernel.base import snapshot
from baoji.kernel.flow.models import Case, Party
from baoji.kernel.identity.models import Holding, Person, Shift
from baoji.kernel.maps.models import UnitGrid
from baoji.kernel.notices.models import Notice
from baoji.kernel.organisations.models import Division, Organisation
from baoji.kernel.worktime.models import OfficeHours
from baoji.systems.urban.city import merge
from baoji.systems.urban.city.load import Unusable, load_city
from baoji.systems.urban.city.report import counts
from baoji.systems.urban.models import (
    Component,
    Condition,
    Duty,
    LoadedRow,
    Policy,
    Report,
    ResponsibilityGrid,
)

pytestmark = pytest.mark.slow  # each loads a city
BAOJI = Path(settings.CITY_DATA)
SCALE = 0.01
EVERYTHING = (
    "urban_loaded_row, urban_component, urban_responsibility_grid, urban_duty, urban_milestone, urban_condition, "
    "urban_class, urban_edition, urban_crosswalk, urban_policy, flow_stage_limit, maps_unit_grid, maps_outline, "
    "maps_feature, maps_address, worktime_officehours, worktime_specialday, identity_person, "
    "organisations_organisation, organisations_division"
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A small city, loaded once for this file and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EVERYTHING} CASCADE")
        lines: list[str] = []
        changes = load_city(BAOJI, scale=SCALE, report=lines.append)
        yield lines, changes
        transaction.set_rollback(True)
    snapshot.forget_all()


@pytest.fixture
def city(world, db):
    return world


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(BAOJI, tmp_path / "city"))


def load(folder, **how):
    lines: list[str] = []
    changes = load_city(folder, scale=SCALE, report=lines.append, **how)
    return {change.name: change for change in changes}, lines


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def touched(changes) -> dict[str, tuple[int, int, int]]:
    return {name: (c.added, c.changed, c.retired) for name, c in changes.items() if c.is_any}


def test_the_counts_are_those_of_the_files(city):
    found = counts()
    wanted = {"counties": 12, "streets": 120, "communities": 1370, "components": 814, "departments": 53}
    wanted |= {"collectors": 50, "officers": 300, "sanitation_workers": 1800}
    assert {name: found[name] for name in wanted} == wanted
    assert list(found) == [
        "counties",
        "streets",
        "communities",
        "unit_grids",
        "responsibility_grids",
        "components",
        "component_classes",
        "event_classes",
        "conditions",
        "departments",
        "collectors",
        "officers",
        "sanitation_workers",
    ]


def test_the_difference_is_shown_before_anything_is_written(city):
    lines, _ = city
    table = next(n for n, line in enumerate(lines) if line.startswith("components"))
    written = next(n for n, line in enumerate(lines) if "written" in line)
    assert table < written


def test_the_same_folder_again_changes_nothing(city):
    before = snapshot.versions("city", "people")
    changes, lines = load(BAOJI)
    assert changes == {} and "nothing to do" in lines[-1]
    assert snapshot.versions("city", "people") == before


def test_loading_everything_again_changes_no_row(city):
    changes, _ = load(BAOJI, overwrite=True)
    assert set(touched(changes)) == {"features", "addresses"}
    assert changes["features"].added == changes["features"].retired > 0


def test_a_changed_line_changes_its_row_alone(city, copy):
    rewrite(copy / "conditions.csv", "component,0101,1,井盖缺失", "component,0101,1,上水井盖缺失")
    changes, _ = load(copy)
    assert touched(changes) == {"conditions": (0, 1, 0)}
    assert Condition.objects.get(kind="component", class_code="0101", n=1).text.startswith("上水井盖缺失")


def test_what_an_operator_edited_is_kept_and_named(city, copy):
    Condition.objects.filter(kind="component", class_code="0101", n=1).update(limit_value=3)
    rewrite(copy / "conditions.csv", "component,0101,1,井盖缺失", "component,0101,1,上水井盖缺失")
    changes, lines = load(copy)
    assert touched(changes) == {} and changes["conditions"].kept == 1
    assert any("component|0101|1" in line for line in lines)
    assert Condition.objects.get(kind="component", class_code="0101", n=1).limit_value == 3


def test_overwrite_takes_the_row_of_the_file(city):
    Condition.objects.filter(kind="component", class_code="0101", n=1).update(limit_value=3)
    changes, _ = load(BAOJI, overwrite=True)
    assert changes["conditions"].changed == 1
    assert Condition.objects.get(kind="component", class_code="0101", n=1).limit_value == 2


def test_a_line_taken_out_is_retired_and_comes_back(city, copy):
    file = copy / "conditions.csv"
    whole = file.read_text(encoding="utf-8")
    gone = next(line for line in whole.splitlines(keepends=True) if line.startswith("component,0101,4,"))
    file.write_text(whole.replace(gone, ""), encoding="utf-8")
    assert touched(load(copy)[0]) == {"conditions": (0, 0, 1)}
    assert not Condition.objects.get(kind="component", class_code="0101", n=4).active
    assert touched(load(copy, overwrite=True)[0]).get("conditions") is None
    file.write_text(whole, encoding="utf-8")
    assert touched(load(copy)[0]).get("conditions") == (0, 1, 0)
    assert Condition.objects.get(kind="component", class_code="0101", n=4).active


def test_a_duty_taken_out_holds_up_to_the_day_it_went(city, copy):
    """Half-open, as everywhere: the body answered yesterday, and does not from today on."""
    file = copy / "duties.csv"
    whole = file.read_text(encoding="utf-8")
    gone = next(line for line in whole.splitlines(keepends=True) if line.startswith("event,0101,610302,"))
    file.write_text(whole.replace(gone, ""), encoding="utf-8")
    assert touched(load(copy)[0]) == {"duties": (0, 0, 1)}
    assert Duty.objects.get(kind="event", class_code="0101", area="610302").valid_to == timezone.localdate()


def test_rows_of_the_operator_stay_and_rows_they_removed_stay_away(city, copy):
    office = Organisation.objects.get(code="D01")
    Duty.objects.create(kind="event", class_code="0101", area="610302001000", organisation=office)
    Policy.objects.filter(name="coordinates").delete()
    rewrite(copy / "policies.toml", "radius_m = 50", "radius_m = 60")
    changes, _ = load(copy)
    assert touched(changes) == {"policies": (0, 1, 0)} and changes["policies"].kept == 1
    assert Duty.objects.filter(area="610302001000").count() == 1
    assert not Policy.objects.filter(name="coordinates").exists()


def test_a_dry_run_writes_nothing(city, copy):
    rewrite(copy / "policies.toml", "radius_m = 50", "radius_m = 60")
    changes, lines = load(copy, dry_run=True)
    assert touched(changes) == {"policies": (0, 1, 0)} and "nothing was written" in lines[-1]
    assert Policy.objects.get(name="duplicates").value["radius_m"] == 50
    assert touched(load(copy)[0]) == {"policies": (0, 1, 0)}


def test_a_waived_check_keeps_the_door_it_is_waived_for(city, copy):
    waived = '{ kind = "event", class = "0110", source = "collector" }'
    rewrite(copy / "policies.toml", "waived = []", f"waived = [{waived}]")
    load(copy)
    assert Policy.objects.get(name="check").value == {
        "waived": [{"kind": "event", "class": "0110", "source": "collector"}]
    }


def test_a_folder_with_complaints_is_refused(city, copy):
    rewrite(copy / "conditions.csv", ",2,urgent_hour,critical,", ",0,urgent_hour,critical,")
    with pytest.raises(Unusable) as refused:
        load(copy)
    assert any(complaint.file == "conditions.csv" for complaint in refused.value.complaints)


def test_a_failure_halfway_leaves_everything_as_it_was(city, copy, monkeypatch):
    rewrite(copy / "policies.toml", "radius_m = 50", "radius_m = 60")

    def fail(sheet: merge.Sheet) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(merge, "apply_whole", fail)
    with pytest.raises(RuntimeError):
        load(copy, overwrite=True)
    assert Policy.objects.get(name="duplicates").value["radius_m"] == 50


def test_names_that_a_later_version_brings_are_taken_also_by_an_older_installation(city, copy):
    """An older version had no such column; what it remembers of its rows has to be what we reckon without names."""
    with (copy / "divisions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (copy / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [name for name in rows[0] if name != "name_en"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    named = sum(bool(row["name_en"]) for row in rows)
    assert touched(load(copy)[0])["divisions"] == (0, named, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM organisations_division d LEFT JOIN organisations_division p ON p.id = d.parent_id"
            " JOIN urban_loaded_row l ON l.sheet = 'divisions' AND l.key = d.code AND l.digest = md5(ROW(d.code, d.name,"
            " d.level, d.successor, d.kind, d.source, p.code, d.valid_from, d.valid_to)::text)"
        )
        assert cursor.fetchone() == (len(rows),)
    changes, _ = load(BAOJI)
    assert (touched(changes)["divisions"], changes["divisions"].kept) == ((0, named, 0), 0)
    assert Division.objects.get(code="610302001000").name_en == "Jinling Subdistrict"


def test_another_number_of_components_is_laid_out_anew(city, copy):
    rewrite(copy / "city.toml", "components = 81429", "components = 90000")
    changes, _ = load(copy)
    assert changes["components"].added > 0
    assert LoadedRow.objects.filter(sheet="components").count() == Component.objects.count() == 900
    assert UnitGrid.objects.filter(valid_to__isnull=True).count() == counts()["unit_grids"]


def test_a_component_that_left_is_kept_for_the_case_that_names_it(city, copy):
    first, second = sorted(Component.objects.all(), key=lambda row: row.code[10:], reverse=True)[:2]
    moments = {
        field.name: timezone.now()
        for field in Case._meta.fields
        if isinstance(field, DateTimeField) and not field.null
    }
    case = Case.objects.create(
        flow="urban", number="T1", source="hotline", stage="collect", step="void", status="void", **moments
    )
    Report.objects.create(case=case, kind="component", class_code=first.class_code, component=first.code)
    rewrite(copy / "city.toml", "components = 81429", "components = 40000")
    load(copy)
    assert Component.objects.get(code=first.code).state == "废弃"
    assert not Component.objects.filter(code=second.code).exists()


def test_the_dispatchers_hear_what_a_body_that_left_the_files_still_holds(city, copy):
    file = copy / "organisations.csv"
    whole = file.read_text(encoding="utf-8")
    like = next(line for line in whole.splitlines() if line.startswith("D29-C1,"))
    twin = ",".join(["D29-C9", *(f"新设{name}" for name in like.split(",")[1:3]), *like.split(",")[3:]])
    file.write_text(f"{whole.rstrip()}\n{twin}\n", encoding="utf-8")
    load(copy)
    body = Organisation.objects.get(code="D29-C9")
    moments = {
        field.name: timezone.now()
        for field in Case._meta.fields
        if isinstance(field, DateTimeField) and not field.null
    }
    case = Case.objects.create(
        flow="urban", number="T2", source="hotline", stage="handle", step="handling", body=body, **moments
    )
    facets = {"status": "open", "topic": "", "area": "", "source": "hotline"}
    Party.objects.create(case=case, org=body, created_at=timezone.now(), **facets)
    file.write_text(whole, encoding="utf-8")
    load(copy, dry_run=True)
    assert not Notice.objects.filter(kind="ended").exists()
    for again in (False, True):  # the second load finds nothing new to tell
        load(copy, overwrite=again)
        told = Notice.objects.get(kind="ended")
    assert told.post == "dispatcher" and "还有 1 件案卷没有办结" in told.title
    assert told.title.startswith(body.name) and told.link == "/cases/?responsible=D29-C9&status=open"
    assert told.words[3]["body"] == {"org": body.pk}


def test_each_table_loaded_has_a_line_in_the_journal(city):
    _, changes = city
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload::jsonb->'facts'->>'table' FROM audit_entry WHERE verb = 'city.loaded'")
        told = {table for (table,) in cursor.fetchall()}
    assert {change.name for change in changes} <= told


def test_collectors_have_their_grids(city):
    bound = ResponsibilityGrid.objects.filter(collector__isnull=False)
    assert bound.count() == bound.values("collector").distinct().count() == 50
    grids = {code for row in bound for code in row.unit_grids}
    assert grids == set(UnitGrid.objects.values_list("code", flat=True))


def test_demo_people_have_no_password(city):
    assert not Person.objects.get(code="dispatcher.1").has_usable_password()
    assert Shift.objects.filter(person__code="collector.01").exists()
    assert Holding.objects.filter(deputy=True, post__kind="handler").exists()


def test_sections_and_crews_answer_through_their_body(city):
    crew = Organisation.objects.get(code="D01-C1")
    office = Organisation.objects.get(code="S610302001")
    department, platform = Organisation.objects.get(code="D01"), Organisation.objects.get(code="P610302")
    top = Organisation.objects.get(code="CITY")
    assert (crew.body, crew.path) == (department, [top.pk, department.pk, crew.pk])
    assert (office.body, office.parent, office.path) == (office, platform, [top.pk, platform.pk, office.pk])


def test_office_hours_can_be_read_by_the_calendar(city):
    assert all(row.entry.spans for row in OfficeHours.objects.all())


def test_neighbours_stand_together_on_disk(city):
    order = {"disk": "ctid", "code": "code"}
    path = {}
    for name, column in order.items():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sum(d) FROM (SELECT place_web <-> lag(place_web) "
                f"OVER (ORDER BY {column}) AS d FROM urban_component) steps"
            )
            path[name] = cursor.fetchone()[0]
    assert path["disk"] < path["code"] / 3
    assert Component.objects.filter(maintainer__isnull=True).count() == 0


def test_words_follow_the_file_class_by_class_and_keep_what_an_operator_wrote(city, copy):
    kept = Policy.objects.get(name="words/event-0110")
    assert kept.title == "暴露生活垃圾" and kept.source == "本项目自定"
    assert kept.value["usual"] == 3 and "扔垃圾" in kept.value["zh"] and "rubbish" in kept.value["en"]
    rewrite(copy / "words.csv", "event,0110,垃圾;", "event,0110,垃圾;脏东西;")
    changes, _ = load(copy)
    assert touched(changes) == {"words": (0, 1, 0)}
    assert "脏东西" in Policy.objects.get(name="words/event-0110").value["zh"]
    Policy.objects.filter(name="words/event-0113").update(value={"zh": ["坑"], "en": [], "usual": 1})
    rewrite(copy / "words.csv", "event,0113,坑;", "event,0113,坑;大坑洞;")
    changes, lines = load(copy)
    assert touched(changes) == {} and changes["words"].kept == 1
    assert any("words/event-0113" in line for line in lines)
    assert Policy.objects.get(name="words/event-0113").value["zh"] == ["坑"]


def test_a_city_may_do_without_words(city, copy):
    there = Policy.objects.filter(name__startswith="words/").count()
    assert there > 60
    (copy / "words.csv").unlink()
    changes, _ = load(copy)
    assert touched(changes) == {"words": (0, 0, there)}
    assert Policy.objects.filter(name="photos").exists()
