"""Photos used twice: found for a second look and never judged by a machine; what nobody need look at is not shown."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from tests.town import COVER, NOW, OTHER_COVER, case, desk, do, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, Stale
from baoji.kernel.evidence.likeness import prints
from baoji.kernel.evidence.likeness.looking import Eye
from baoji.kernel.evidence.likeness.trial.changes import jpeg
from baoji.kernel.evidence.likeness.trial.scenes import Place, View, photo
from baoji.kernel.evidence.models import Envelope
from baoji.kernel.records import media
from baoji.systems.urban import public
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.queries import likeness as reads
from baoji.systems.urban.tests.likeness_case import (
    Pixels,
    answer_again,
    answered,
    changed,
    file_of,
    look,
    reported,
)

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


@pytest.fixture(scope="module")
def street() -> Place:
    return Place(1)


@pytest.fixture(scope="module")
def shot(street: Place) -> Pixels:
    return photo(street, View(moment=1))


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["later_number"], one["earlier_number"]) for one in found]


def test_the_same_bytes_on_another_case_are_shown(eye: Eye, shot: Pixels) -> None:
    first = reported(jpeg(shot))
    assert look(eye, first) == []
    second = reported(jpeg(shot), by="collector.02", component=OTHER_COVER)
    assert told(look(eye, second)) == [("exact", second, first)]
    assert look(eye, first, second)[0]["verdict"] == "", "looked at again, it is still one"


def test_a_pair_is_one_finding_whichever_is_looked_at_first(eye: Eye, shot: Pixels) -> None:
    """Both waiting at once: the newest is looked at first."""
    first, second = reported(jpeg(shot)), reported(jpeg(changed(shot, "darker")), days=1)
    assert told(look(eye, first, second)) == [("near", second, first)]


def test_the_same_bytes_twice_in_one_case_are_nothing(eye: Eye, shot: Pixels) -> None:
    number = reported(jpeg(shot), jpeg(shot))
    assert look(eye, number) == []


def test_the_same_bytes_on_two_acts_of_one_case_are_shown(eye: Eye, shot: Pixels) -> None:
    """An answer was sent back, and comes again with its old photo."""
    after = jpeg(photo(Place(7), View(moment=9)))
    number = answered(jpeg(shot), after)
    assert look(eye, number) == []
    do(number, "dispatcher.1", "send_back")
    answer_again(number, after)
    assert told(look(eye, number)) == [("again", number, number)]
    chief = desk("chief.1")
    assert "两次办理交的是同一个文件" in chief.get("/street/likeness/").content.decode()
    assert chief.get(f"/cases/{number}").content.decode().count("两次办理交的是同一个文件") == 1


def test_an_answer_with_a_new_photo_is_nothing(eye: Eye, shot: Pixels) -> None:
    number = answered(jpeg(shot), jpeg(photo(Place(7), View(moment=9))))
    do(number, "dispatcher.1", "send_back")
    answer_again(number, jpeg(photo(Place(7), View(moment=12, aside=0.4))))
    assert look(eye, number) == []


def test_a_photo_of_the_photo_with_fresh_exif_is_found_by_index_or_features(eye: Eye, shot: Pixels) -> None:
    """By anybody, anywhere: another reporter, another component."""
    first = reported(jpeg(shot))
    look(eye, first)
    image, again = Image.open(BytesIO(jpeg(changed(shot, "photo of it")))), BytesIO()
    exif = image.getexif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.DateTime] = "Another phone", "2026:03:18 09:12:00"
    image.save(again, "JPEG", exif=exif, quality=90)
    second = reported(again.getvalue(), by="collector.01", days=1)
    assert [row[1:] for row in told(look(eye, second))] == [(second, first)]


@pytest.mark.parametrize(
    "name", ["JPEG 40", "mirror", "upside down", "quarter turn", "darker", "band of text"]
)
def test_it_is_found_among_all_photos_whoever_sends_it(eye: Eye, shot: Pixels, name: str) -> None:
    first = reported(jpeg(shot))
    look(eye, first)
    second = reported(jpeg(changed(shot, name)), by=None, days=400)
    found = look(eye, second)
    assert told(found) == [("near", second, first)]
    assert found[0]["mirrored"] == (name == "mirror")


@pytest.mark.parametrize(
    "name",
    [
        "crop 10 %",
        "crop 20 %",
        "crop 30 %",
        "mirror, crop 20 %",
        "screenshot",
        "photo of it",
        "photo of it, quarter turn",
    ],
)
def test_a_part_of_it_is_found_among_all_photos_whoever_sends_it(eye: Eye, shot: Pixels, name: str) -> None:
    """Another person, another department, another component, long after."""
    first = reported(jpeg(shot))
    look(eye, first)
    second = reported(jpeg(changed(shot, name)), by=None, days=400)
    found = look(eye, second)
    assert [row[1:] for row in told(found)] == [(second, first)]
    assert found[0]["mirrored"] == name.startswith("mirror")


@pytest.mark.parametrize("name", ["crop 50 %", "photo of it, bad"])
def test_what_the_index_misses_is_found_beside_the_same_person(eye: Eye, shot: Pixels, name: str) -> None:
    first = reported(jpeg(shot))
    look(eye, first)
    sql.execute("DELETE FROM evidence_part_key")
    second = reported(jpeg(changed(shot, name)), days=3, component=OTHER_COVER)
    assert [row[1:] for row in told(look(eye, second))] == [(second, first)]


@pytest.mark.parametrize("beside", ["component", "department", "nobody"])
def test_what_the_index_misses_is_found_beside_the_same_component_and_department(
    eye: Eye, shot: Pixels, beside: str
) -> None:
    """Sent by another person each time."""
    again = jpeg(changed(shot, "crop 50 %"))
    if beside == "department":
        before, other = (jpeg(photo(Place(n), View(moment=n))) for n in (71, 72))
        first = answered(before, jpeg(shot))
        look(eye, first)
        sql.execute("DELETE FROM evidence_part_key")
        sql.execute("UPDATE evidence_use SET by_id = NULL")
        second = reported(other, by="collector.02")
        walk(second, "handle/handling")
        answer_again(second, again)
    else:
        first = reported(jpeg(shot))
        look(eye, first)
        sql.execute("DELETE FROM evidence_part_key")
        second = reported(again, by="collector.02", component=COVER if beside == "component" else OTHER_COVER)
    found = [row[1:] for row in told(look(eye, second))]
    assert found == ([] if beside == "nobody" else [(second, first)])


def without_parts() -> None:
    """As it was before parts were kept."""
    sql.execute("DELETE FROM evidence_part_key")
    sql.execute("UPDATE evidence_print SET parts = NULL")


def test_photos_from_before_parts_were_kept_get_theirs_bit_by_bit(eye: Eye, shot: Pixels) -> None:
    shots = [photo(Place(n), View(moment=n)) for n in (61, 62)]
    look(eye, *(reported(jpeg(one)) for one in (shot, *shots)))
    made = sql.tuples("SELECT file_id FROM evidence_print WHERE parts > 4 ORDER BY 1")
    without_parts()
    parting = prints.Parting()
    assert [parting(NOW, lambda: True, eye=eye), parting(NOW, eye=eye), parting(NOW, eye=eye)] == [0, 3, 0]
    assert (
        len(made) == 3 and sql.tuples("SELECT file_id FROM evidence_print WHERE parts > 4 ORDER BY 1") == made
    )
    counts = "SELECT file_id, count(*) FROM evidence_part_key GROUP BY 1 ORDER BY 1"
    assert sql.tuples(counts) == sql.tuples("SELECT file_id, parts FROM evidence_print ORDER BY 1")
    assert prints.Parting()(NOW, eye=eye) == 0, "nothing is made twice"


def test_a_photo_that_cannot_be_looked_at_now_holds_up_no_other(eye: Eye, shot: Pixels) -> None:
    look(eye, reported(jpeg(shot)), reported(jpeg(photo(Place(61), View(moment=61)))))
    without_parts()
    dying, parting = Dying(1), prints.Parting()
    assert [parting(NOW, eye=dying), parting(NOW, eye=dying)] == [2, 0]
    dying.end()
    assert sql.value("SELECT count(*) FROM evidence_print WHERE parts > 0") == 1
    assert prints.Parting()(NOW, eye=eye) == 1
    assert sql.value("SELECT count(*) FROM evidence_print WHERE parts > 0") == 2


def test_a_drawing_that_stands_everywhere_is_taken_out_of_the_index(eye: Eye, shot: Pixels) -> None:
    look(eye, reported(jpeg(shot)))
    prints.mark_common([file_of(jpeg(shot))])
    assert sql.value("SELECT count(*) FROM evidence_part_key") == 0
    assert sql.value("SELECT count(*) FROM evidence_print_key") == 0


def test_the_same_place_photographed_anew_is_nothing(eye: Eye, street: Place, shot: Pixels) -> None:
    """The same component, the same collector, two days later."""
    first = reported(jpeg(shot))
    anew = photo(street, View(aside=0.5, forward=-0.4, tilt=1.5, light=0.9, moment=77))
    second = reported(jpeg(anew), days=2)
    assert look(eye, first, second) == []


def test_merged_reports_are_one_case(eye: Eye, shot: Pixels) -> None:
    first, second = reported(jpeg(shot)), reported(jpeg(shot))
    do(second, "acceptor.1", "merge", into=first)
    assert look(eye, first, second) == []


def test_a_report_that_went_by_way_of_another_is_of_the_whole_too(eye: Eye, shot: Pixels) -> None:
    first, between, second = reported(jpeg(shot)), reported(by="hotline.1"), reported(jpeg(shot))
    do(second, "acceptor.1", "merge", into=between)
    do(between, "acceptor.1", "merge", into=first)
    assert look(eye, first, between, second) == []


def test_a_picture_that_stands_everywhere_by_design_is_left_out(eye: Eye, shot: Pixels) -> None:
    prints.mark_common([file_of(jpeg(shot))])
    numbers = [reported(jpeg(shot)) for _n in range(3)]
    assert look(eye, *numbers) == [] and sql.value("SELECT count(*) FROM evidence_use") == 0


def test_flat_pictures_are_near_to_nothing(eye: Eye) -> None:
    dark = [np.full((300, 400, 3), shade, np.uint8) for shade in (8, 9)]
    first, second = reported(jpeg(dark[0])), reported(jpeg(dark[1]), component=OTHER_COVER)
    assert look(eye, first, second) == []
    assert {row[0] for row in sql.tuples("SELECT state FROM evidence_print")} == {"flat"}


def test_after_the_work_the_same_place_and_another_picture(eye: Eye, street: Place, shot: Pixels) -> None:
    after = photo(street, View(aside=0.2, forward=0.2, tilt=-1, light=1.1, moment=9, has_problem=False))
    number = answered(jpeg(shot), jpeg(after))
    assert look(eye, number) == []
    (pair,) = reads.pairs_of(case(number).pk)
    assert pair["inliers"] >= 20 and not pair["same_bytes"] and pair["alike"] < 0.94


def test_the_photo_from_before_sent_as_that_from_after_is_shown(eye: Eye, shot: Pixels) -> None:
    number = answered(jpeg(shot), jpeg(changed(shot, "crop 10 %")))
    assert told(look(eye, number)) == [("after", number, number)]


def test_the_very_bytes_from_before_sent_as_those_from_after_are_shown(eye: Eye, shot: Pixels) -> None:
    number = answered(jpeg(shot), jpeg(shot))
    assert told(look(eye, number)) == [("after", number, number)]
    assert reads.pairs_of(case(number).pk)[0]["same_bytes"]


@pytest.mark.parametrize("name", ["crop 10 %", "JPEG 40"])
def test_what_a_collector_settled_alone_has_both_photos_in_one_report(
    eye: Eye, shot: Pixels, name: str
) -> None:
    """Which of them is from after, the phone says in what it signed; they may come in any order."""
    collector = who("collector.01")
    envelope = Envelope.objects.create(
        hash="a" * 64, bytes=b'{"role":"after"}', sig=b"", person_id=collector.id, received_at=NOW, holds=True
    )
    after, before = file_of(jpeg(changed(shot, name))), file_of(jpeg(shot))
    draft = public.Draft(kind="component", component=COVER, condition=3, self_disposed=True)
    files = [(after, "photo", envelope.pk), (before, "photo", None)]
    number = public.take_report(by=collector, draft=draft, now=NOW, files=files).number
    assert told(look(eye, number)) == [("after", number, number)]


def test_another_place_after_the_work_has_few_points_in_common(eye: Eye, shot: Pixels) -> None:
    number = answered(jpeg(shot), jpeg(photo(Place(2), View(moment=4))))
    assert look(eye, number) == []
    assert reads.pairs_of(case(number).pk)[0]["inliers"] < 20


@pytest.fixture
def finding(eye: Eye, shot: Pixels) -> int:
    first, second = reported(jpeg(shot)), reported(jpeg(shot), component=OTHER_COVER)
    return int(look(eye, first, second)[0]["id"])


def decide(
    id_: int, by: str = "acceptor.1", seen: str = "", verdict: str = "same", reason: str = "就是同一张"
) -> None:
    likeness.decide_likeness(by=who(by), id_=id_, seen=seen, verdict=verdict, reason=reason, now=NOW)


def entries(id_: int) -> list[str]:
    rows = sql.tuples(
        "SELECT verb FROM audit_entry WHERE subject = 'evidence.likeness' AND subject_id = %s ORDER BY n",
        [id_],
    )
    return [row[0] for row in rows]


def test_a_persons_word_is_kept_once_and_stands_in_the_journal(finding: int) -> None:
    decide(finding)
    decide(finding)
    assert entries(finding) == ["find", "decide"]
    with pytest.raises(Stale):
        decide(finding, by="chief.1", verdict="different")
    decide(finding, by="chief.1", seen="same", verdict="different", reason="换了井盖")
    assert entries(finding) == ["find", "decide", "decide"]
    assert reads.likenesses(is_open=True)[0] == []
    assert reads.likenesses(is_open=False)[0][0]["verdict"] == "different"


@pytest.mark.parametrize("code", ["dispatcher.1", "handler.D01", "collector.01", "hotline.1", "operator.1"])
def test_who_may_not_say(finding: int, code: str) -> None:
    with pytest.raises(NotAllowed):
        decide(finding, by=code)


def test_a_word_needs_a_reason(finding: int) -> None:
    with pytest.raises(Invalid):
        decide(finding, reason=" ")
    with pytest.raises(Invalid):
        decide(finding, verdict="guilty")


class Dying(Eye):
    """Its process ends over every picture, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def _ask(self, job: bytes) -> dict[str, Any] | None:
        self.times -= 1
        return None if self.times >= 0 else super()._ask(job)


def test_a_process_that_was_stopped_loses_no_picture(shot: Pixels) -> None:
    dying = Dying(2)
    number = reported(jpeg(shot))
    media.make_due(NOW)
    assert [prints.make_due(NOW, eye=dying) for _n in range(4)] == [0, 0, 1, 0]
    assert sql.tuples("SELECT state FROM evidence_print") == [("",)]
    dying.times = 2
    likeness.enter([case(number).pk])
    assert [likeness.look_due(NOW, eye=dying) for _n in range(4)] == [0, 0, 1, 0]
    dying.end()


def test_a_picture_over_which_it_always_ends_is_given_up(shot: Pixels) -> None:
    dying = Dying(99)
    number = reported(jpeg(shot))
    media.make_due(NOW)
    assert [prints.make_due(NOW, eye=dying) for _n in range(4)] == [0, 0, 1, 0]
    assert sql.tuples("SELECT state FROM evidence_print") == [("bad",)]
    likeness.enter([case(number).pk])
    assert [likeness.look_due(NOW, eye=dying) for _n in range(4)] == [0, 0, 1, 0]


def test_photos_from_before_wait_for_the_command(eye: Eye, shot: Pixels) -> None:
    """Copies that were made before there were fingerprints."""
    first, second = reported(jpeg(shot)), reported(jpeg(shot), component=OTHER_COVER)
    media.make_due(NOW)
    sql.execute("DELETE FROM evidence_print")
    likeness.enter_missing()
    assert sql.value("SELECT count(*) FROM evidence_use") == 0
    assert [new for _last, new in prints.want_all()] == [1] and [new for _last, new in prints.want_all()] == [
        0
    ]
    assert likeness.enter_after(0) == 2 and likeness.enter_after(0) == 0
    assert told(look(eye)) == [("exact", second, first)]
