"""The tree of organisations, and what organisations and divisions are called for whoever reads."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from baoji.kernel.base.snapshot import bump
from baoji.kernel.organisations.models import Division, Organisation
from baoji.kernel.organisations.names import division_name, org_name, within
from baoji.kernel.organisations.queries import organisations

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Organisation:
    found = Organisation.objects.get(code="D29")
    found.short_name, found.name_en = "短名", "Drainage Company"
    found.save()
    bump("organisations")
    return found


def test_the_short_name_is_chinese_alone(office: Organisation) -> None:
    org = organisations().by_code["D29"]
    assert (org_name(org), org_name(org, short=True)) == (office.name, "短名")
    with translation.override("en"):
        assert org_name(org) == org_name(org, short=True) == "Drainage Company"


def test_without_an_english_name_the_official_one_stands(office: Organisation) -> None:
    Organisation.objects.filter(pk=office.pk).update(name_en="", short_name="")
    bump("organisations")
    org = organisations().by_code["D29"]
    with translation.override("en"):
        assert org_name(org) == org_name(org, short=True) == office.name


def test_who_has_ended_is_no_longer_in_the_tree(office: Organisation) -> None:
    today = timezone.localdate()
    for until, is_there in ((today + timedelta(days=1), True), (today, False)):
        Organisation.objects.filter(pk=office.pk).update(valid_to=until)
        bump("organisations")
        assert ("D29" in organisations().by_code) is is_there


def test_who_has_ended_stays_known_and_leaves_what_it_held_to_who_is_above(office: Organisation) -> None:
    today, crew = timezone.localdate(), Organisation.objects.get(code="D29-C2")
    Organisation.objects.filter(pk=crew.pk).update(valid_to=today)
    bump("organisations")
    tree = organisations()
    assert tree.code(crew.pk) == "D29-C2" and "D29-C2" not in tree.by_code
    assert tree.heir(crew.pk) == tree.by_code["D29"] and tree.left_to(office.pk) == [crew.pk]
    Organisation.objects.filter(path__contains=[office.pk]).update(valid_to=today)
    bump("organisations")
    tree = organisations()
    assert tree.heir(crew.pk) is None and tree.left_to(office.pk) == []
    assert {crew.pk, office.pk} <= {*tree.left_to(None)}


def test_below_somebody_is_themselves_and_all_under_them(office: Organisation) -> None:
    tree = organisations()
    below = {org.code for org in tree.below(tree.by_code["D29"].id)}
    assert "D29" in below
    assert below == {org.code for org in tree.by_id.values() if office.pk in org.path}


def test_a_division_is_found_by_each_length_of_its_code() -> None:
    Division.objects.create(code="610399", name="某区", name_en="Some District", level="county")
    Division.objects.create(code="610399001000", name="某街道", level="street")
    bump("organisations")
    assert division_name("610399") == "某区"
    assert division_name("610399001") == division_name("610399001000") == "某街道"
    assert division_name("610398") == ""
    with translation.override("en"):
        assert division_name("610399") == "Some District"
        assert division_name("610399001") == "某街道"


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("610300", "6103"),
        ("610302", "610302"),
        ("610302001", "610302001"),
        ("610302001000", "610302001"),
        ("610302001002", "610302001002"),
        ("610302001002015", "610302001002015"),
        ("610302001002000", "610302001002000"),
        ("", ""),
        ("61_03%02\\", "610302"),
    ],
)
def test_areas_within_a_division_begin_with_its_own_digits(code: str, digits: str) -> None:
    assert within(code) == digits
