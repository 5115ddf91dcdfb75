"""Photos of 部件纠错 are looked for among all photos, and found among them; whoever reviews a correction reads of it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from tests.town import COVER, NOW, OTHER_COVER, desk, who

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness.looking import Eye
from baoji.kernel.evidence.likeness.trial.changes import jpeg
from baoji.kernel.evidence.likeness.trial.scenes import Place, View, photo
from baoji.systems.urban import public
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.tests.likeness_case import Pixels, changed, file_of, look, reported

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
LIST, REVIEW = "/street/likeness/", "/street/corrections/"


@pytest.fixture(scope="module")
def shot() -> Pixels:
    return photo(Place(5), View(moment=1))


def corrected(*pictures: bytes, by: str = "collector.02", component: str = OTHER_COVER) -> UUID:
    name = uuid4()
    public.propose_correction(
        by=who(by),
        name=name,
        finding=public.Finding("missing", component=component),
        files=[(file_of(one), "photo") for one in pictures],
        now=NOW,
    )
    return name


def told(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            one["kind"],
            one["later_correction"] or one["later_number"],
            one["earlier_correction"] or one["earlier_number"],
        )
        for one in found
    ]


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_a_correction_with_the_photo_of_a_case_is_shown(eye: Eye, shot: Pixels) -> None:
    number = reported(jpeg(shot))
    look(eye, number)
    name = corrected(jpeg(shot))
    assert told(look(eye)) == [("exact", name, number)]
    assert told(look(eye)) == [("exact", name, number)], "looked at once"


@pytest.mark.parametrize(("name", "kind"), [("darker", "near"), ("crop 20 %", None)])
def test_its_photo_is_found_among_all_whatever_was_done_to_it(
    eye: Eye, shot: Pixels, name: str, kind: str | None
) -> None:
    """Of a case by a correction, of a correction by a case, whoever sends it."""
    first = corrected(jpeg(shot))
    look(eye)
    number = reported(jpeg(changed(shot, name)), by=None, days=400)
    ((said, later, earlier),) = told(look(eye, number))
    assert (later, earlier) == (number, first) and kind in (said, None)


def test_one_photo_for_two_corrections_is_shown_and_twice_in_one_is_nothing(eye: Eye, shot: Pixels) -> None:
    first = corrected(jpeg(shot), jpeg(shot))
    assert look(eye) == []
    second = corrected(jpeg(changed(shot, "mirror")), by="collector.01", component=COVER)
    assert told(look(eye)) == [("near", second, first)]


def test_another_photo_is_nothing(eye: Eye, shot: Pixels) -> None:
    number = reported(jpeg(shot))
    corrected(jpeg(photo(Place(9), View(moment=4))), by="collector.01", component=COVER)
    assert look(eye, number) == []


def test_who_reviews_it_reads_of_it_and_who_looks_at_pairs_sees_both(eye: Eye, shot: Pixels) -> None:
    number = reported(jpeg(shot))
    look(eye, number)
    name = corrected(jpeg(changed(shot, "darker")))
    (found,) = look(eye)
    said, pairs = f"像 {number} 里的一张", f"{LIST}?correction={name}&amp;state=open"
    operator, chief = page(desk("operator.1"), REVIEW), page(desk("chief.1"), REVIEW)
    assert said in operator and pairs not in operator
    assert said in chief and pairs in chief and said not in page(desk("commander.1"), REVIEW)
    both = page(desk("chief.1"), f"{LIST}?correction={name}")
    assert "两处的照片看上去是同一张，其中有部件纠错" in both and "只列一条部件纠错的" in both
    assert f'src="/street/corrections/{name}/0' in both and f'href="{REVIEW}?from={name}#c-{name}"' in both
    assert OTHER_COVER in both and f"/cases/{number}" in both
    assert "没有等着看的" in page(desk("chief.1"), f"{LIST}?correction={uuid4()}")
    assert "像一条部件纠错里的一张" in page(desk("acceptor.1"), f"/cases/{number}")
    sent = {"seen": "", "verdict": "different", "reason": "两口井", "correction": str(name)}
    answer = desk("chief.1").post(f"{LIST}{found['id']}/", sent)
    assert answer.status_code == 302 and f"correction={name}" in answer["Location"]
    assert said not in page(desk("chief.1"), REVIEW)
    assert "像一条部件纠错里的一张" not in page(desk("acceptor.1"), f"/cases/{number}")


def test_those_from_before_are_taken_up_and_each_once(eye: Eye, shot: Pixels) -> None:
    name = corrected(jpeg(shot))
    sql.execute("DELETE FROM evidence_use")
    number = reported(jpeg(shot), days=1)
    look(eye, number)
    assert likeness.enter_after(0) == 1 and likeness.enter_after(0) == 0
    assert told(look(eye)) == [("exact", number, name)], "by when they came, not by when they were taken up"
