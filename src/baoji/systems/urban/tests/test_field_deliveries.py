"""What phones deliver late: each thing once, with its evidence, or a word why not; nothing that was acknowledged is lost."""

from base64 import b64encode
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.town import COVER, NOW, case, desk, do, loaded, new, where, who

from baoji.kernel.base import sql
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.identity.callers import new_token
from baoji.kernel.records import uploads
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db
HERE = {"type": "Point", "coordinates": [107.1485, 34.3605]}


RUN = uuid4().bytes  # two workers of the suite upload into one folder: their pictures differ


def picture(shade: int = 0) -> bytes:
    made = BytesIO()
    Image.frombytes("RGB", (16, 16), Random(RUN + bytes([shade % 256])).randbytes(768)).save(made, "JPEG")
    return made.getvalue()


class Collector:
    """A collector's phone with an approved key, and the door it sends through."""

    def __init__(self, code: str = "collector.01") -> None:
        self.person = who(code)
        self.phone = Phone(self.person).enrol(NOW, by=who("chief.1"))
        self.phone.contact(NOW)
        self.client = Client(HTTP_AUTHORIZATION=f"Bearer {new_token(self.person.id or 0, 'test')}")

    def shoot(
        self, shade: int = 0, *, upload: bool = True, when: datetime = NOW, **more: Any
    ) -> dict[str, str]:
        data = picture(shade)
        sealed = self.phone.shoot(when, data, **more)
        if upload:
            uploads.put(self.person.id or 0, data, kind="photo", now=NOW)
        said = self.phone.says(when, data)["sha256"]
        return {
            "sha256": said,
            "kind": "photo",
            "envelope": b64encode(sealed[0]).decode(),
            "sig": b64encode(sealed[1]).decode(),
        }

    def put(self, what: str, name: UUID, body: dict[str, Any]) -> Any:
        return self.client.put(f"/api/v1/field/{what}/{name}", body, content_type="application/json")

    def report(self, name: UUID, media: list[dict[str, str]], **more: Any) -> Any:
        usual = {
            "kind": "event",
            "class": "0110",
            "description": "垃圾散落",
            "location": HERE,
            "media": media,
        }
        return self.put("reports", name, usual | more)


@pytest.fixture
def collector() -> Collector:
    return Collector()


def counted() -> tuple[int, int]:
    return sql.tuples("SELECT (SELECT count(*) FROM flow_case), (SELECT count(*) FROM evidence_envelope)")[0]  # type: ignore[return-value]


def test_a_report_arrives_once_with_a_receipt_and_its_photos_are_proven(collector: Collector) -> None:
    name, media = uuid4(), [collector.shoot(1), collector.shoot(2)]
    first = collector.report(name, media)
    assert first.status_code == 201, first.content
    answer = first.json()
    assert first["Location"] == f"/api/v1/cases/{answer['number']}"
    assert len(answer["receipt"]["body"]["envelopes"]) == 2
    again = collector.report(name, media)
    assert (again.status_code, again.json()) == (200, answer)
    assert counted()[0] == 1
    seen = public.view(who("head.1"), loaded(answer["number"]), NOW)["attachments"]
    assert [one["proof"] for one in seen] == ["proven", "proven"]
    assert [one["act"] for one in seen] == ["report", "report"]


def place_by(number: str, code: str = "acceptor.1") -> str | None:
    seen: str | None = public.view(who(code), loaded(number), NOW)["place_by"]
    return seen


@pytest.mark.parametrize(
    ("said", "words"),
    [("hand", "位置在地图上点的"), ("fix", "位置由上报人标注"), (None, "位置由上报人标注")],
)
def test_how_the_phone_found_the_place_is_kept_and_shown(
    collector: Collector, said: str | None, words: str
) -> None:
    """An app of before says nothing, and is taken all the same."""
    given = {} if said is None else {"place_by": said}
    number = collector.report(uuid4(), [collector.shoot(6)], **given).json()["number"]
    assert place_by(number) == said
    assert desk("acceptor.1").get(f"/api/v1/cases/{number}").json()["place_by"] == said
    page = desk("acceptor.1").get(f"/cases/{number}").content.decode()
    assert words in page
    assert ("位置在地图上点的" in page) is (said == "hand")
    do(number, "acceptor.1", "correct", address="路口东南角")
    assert place_by(number) == said
    do(number, "acceptor.1", "correct", location={"type": "Point", "coordinates": [107.1487, 34.3605]})
    assert place_by(number) is None


def test_where_the_ledger_has_the_place_nobody_pressed_it(collector: Collector) -> None:
    number = collector.report(
        uuid4(), [collector.shoot(7)], place_by="hand", kind="component", component=COVER, **{"class": "0102"}
    ).json()["number"]
    assert place_by(number) is None
    page = desk("acceptor.1").get(f"/cases/{number}").content.decode()
    assert "位置取自部件台账" in page and "位置在地图上点的" not in page


def test_a_way_of_finding_that_nobody_knows_is_refused(collector: Collector) -> None:
    refused = collector.report(uuid4(), [collector.shoot(8)], place_by="guess")
    assert refused.status_code == 422
    assert "place_by" in refused.json()["errors"]


def test_another_content_under_the_same_name_is_a_conflict(collector: Collector) -> None:
    name, media = uuid4(), [collector.shoot()]
    assert collector.report(name, media).status_code == 201
    other = collector.report(name, media, description="别的问题")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")
    stranger = Collector("collector.02")
    assert stranger.report(name, [stranger.shoot(9)]).status_code == 409
    assert counted()[0] == 1


def test_what_is_not_uploaded_yet_is_named_and_nothing_is_written(collector: Collector) -> None:
    name, there, missing = uuid4(), collector.shoot(1), collector.shoot(2, upload=False)
    before = counted()
    refused = collector.report(name, [there, missing])
    assert (refused.status_code, refused.json()["missing"]) == (424, [missing["sha256"]])
    assert counted() == before
    uploads.put(collector.person.id or 0, picture(2), kind="photo", now=NOW)
    assert collector.report(name, [there, missing]).status_code == 201


def test_another_persons_upload_is_not_there(collector: Collector) -> None:
    medium = collector.shoot(3, upload=False)
    uploads.put(who("collector.02").id or 0, picture(3), kind="photo", now=NOW)
    assert collector.report(uuid4(), [medium]).status_code == 424


def test_a_gallery_photo_is_claimed_and_a_forged_one_has_failed(collector: Collector) -> None:
    plain = {name: text for name, text in collector.shoot(4).items() if name in {"sha256", "kind"}}
    forged = collector.shoot(5)
    forged["sig"] = b64encode(bytes(64)).decode()
    number = collector.report(uuid4(), [plain, forged]).json()["number"]
    seen = public.view(who("head.1"), loaded(number), NOW)["attachments"]
    assert [one["proof"] for one in seen] == ["claimed", "failed"]


def hung(number: str) -> list[tuple[str, str]]:
    """The proof and the act of each photo of a case."""
    seen = public.view(who("head.1"), loaded(number), NOW)["attachments"]
    return [(one["proof"], one["act"]) for one in seen]


def test_a_photo_that_is_named_twice_hangs_once(collector: Collector) -> None:
    """With the envelope that speaks of it, wherever that stands; the phone has its receipt for each envelope."""
    signed, other = collector.shoot(11), collector.shoot(12)
    plain = {name: text for name, text in signed.items() if name in {"sha256", "kind"}}
    answer = collector.report(uuid4(), [signed, signed, plain]).json()
    assert hung(answer["number"]) == [("proven", "report")]
    assert len(answer["receipt"]["body"]["envelopes"]) == 1
    second = other | {name: collector.shoot(12)[name] for name in ("envelope", "sig")}
    answer = collector.report(uuid4(), [other, second]).json()
    assert hung(answer["number"]) == [("proven", "report")]
    assert len(answer["receipt"]["body"]["envelopes"]) == 2
    late = collector.shoot(13)
    assert hung(collector.report(uuid4(), [bare(late), late]).json()["number"]) == [("proven", "report")]


def test_what_was_settled_on_the_spot_needs_two_photos_that_are_two(collector: Collector) -> None:
    medium = collector.shoot(14, role="before")
    before, name = counted()[0], uuid4()
    refused = collector.report(name, [medium, medium | {"role": "after"}], self_disposed=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "photo-required")
    assert counted()[0] == before
    mended = [medium, collector.shoot(15, role="after") | {"role": "after"}]
    number = collector.report(name, mended, self_disposed=True)
    assert number.status_code == 201 and len(hung(number.json()["number"])) == 2


def bare(medium: dict[str, str], role: str | None = None) -> dict[str, str]:
    """Without what was signed."""
    said = {name: text for name, text in medium.items() if name in {"sha256", "kind"}}
    return said if role is None else said | {"role": role}


BOTH_BEFORE = [
    (lambda a, b: [a | {"role": "before"}, b | {"role": "before"}], "before", "before"),
    (lambda a, b: [a, b], "before", "before"),
    (lambda a, b: [a, b], "after", "after"),
    (lambda a, b: [a, b | {"role": "after"}], "before", "before"),  # what was signed counts
    (lambda a, b: [bare(a, "before"), bare(b, "before")], "", ""),
    (lambda a, b: [bare(a, "after"), bare(b, "after"), bare(a, "before")], "", ""),
]


@pytest.mark.parametrize("case_", BOTH_BEFORE)
def test_two_photos_of_one_side_do_not_show_what_was_settled(collector: Collector, case_: Any) -> None:
    made, first, second = case_
    shots = [
        collector.shoot(n, **({"role": role} if role else {})) for n, role in ((41, first), (42, second))
    ]
    refused = collector.report(uuid4(), made(*shots), self_disposed=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "photo-required")
    assert "处置前、处置后" in refused.json()["detail"]
    assert counted()[0] == 0


@pytest.mark.parametrize(
    "roles",
    [("before", "after"), (None, None), ("before", None), (None, "after"), ("before", "after", "after")],
)
def test_where_nobody_says_which_is_which_two_photos_do(
    collector: Collector, roles: tuple[str | None, ...]
) -> None:
    media = [bare(collector.shoot(43 + n), role) for n, role in enumerate(roles)]
    assert collector.report(uuid4(), media, self_disposed=True).status_code == 201


def test_the_same_file_in_a_form_is_one_photo_too(collector: Collector) -> None:
    given = {"kind": "event", "class": "0110", "description": "垃圾散落", "location": HERE}

    def send(*shades: int) -> Any:
        body = orjson.dumps(given | {"self_disposed": True}).decode()
        photos = [SimpleUploadedFile(f"{nth}.jpg", picture(s), "image/jpeg") for nth, s in enumerate(shades)]
        return collector.client.post("/api/v1/reports", {"report": body, "photo": photos})

    assert send(16, 16).json()["code"] == "photo-required"
    assert len(hung(send(16, 17).json()["number"])) == 2


@pytest.mark.parametrize("off", [timedelta(hours=5), timedelta(days=900), -timedelta(days=900)])
def test_a_clock_that_is_wrong_delays_nothing(collector: Collector, off: timedelta) -> None:
    collector.phone.off = off
    found_at = (datetime.now(NOW.tzinfo) + off).isoformat()
    answer = collector.report(uuid4(), [collector.shoot()], found_at=found_at)
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"location": {"type": "Point", "coordinates": [116.4, 39.9]}}, 422),
        ({"media": []}, 422),
        ({"envelope": "§", "sig": "x"}, 422),
        ({"kind": "nonsense"}, 422),
    ],
)
def test_a_report_that_cannot_be_used_writes_nothing(
    collector: Collector, body: dict[str, Any], status: int
) -> None:
    before = counted()
    refused = collector.report(uuid4(), body.pop("media", [collector.shoot()]), **body)
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json")
    assert counted() == before


def _checking() -> tuple[str, Collector]:
    number = new("check/checking")
    holder = case(number).holder_person_id
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [holder])
    return number, Collector(code)


def test_an_answer_from_the_street_moves_the_case_once() -> None:
    number, asked = _checking()
    name = uuid4()
    body = {"number": number, "act": "check_answer", "facts": {"fixed": True}, "media": [asked.shoot(7)]}
    assert asked.put("answers", name, body).status_code == 201
    assert asked.put("answers", name, body).status_code == 200
    assert (where(number), case(number).records) == ("check/passed", case(number).records)


def test_a_task_that_was_withdrawn_meanwhile_is_told_and_its_evidence_kept() -> None:
    number, asked = _checking()
    do(number, "chief.1", "void")
    name, before = uuid4(), counted()[1]
    body = {"number": number, "act": "check_answer", "facts": {"fixed": True}, "media": [asked.shoot(8)]}
    for _time in range(2):
        told = asked.put("answers", name, body)
        problem = told.json()
        assert (told.status_code, problem["code"]) == (409, "task-gone")
        assert len(problem["receipt"]["body"]["envelopes"]) == 1
    assert counted()[1] == before + 1
    assert case(number).status == "void"


def test_an_answer_without_the_photo_it_needs_may_be_sent_again_with_it() -> None:
    number, asked = _checking()
    name, body = uuid4(), {"number": number, "act": "check_answer", "facts": {"fixed": True}}
    assert asked.put("answers", name, body).json()["code"] == "photo-required"
    assert asked.put("answers", name, body | {"media": [asked.shoot(9)]}).status_code == 201


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(range(4)) * 2), late=st.sets(st.integers(0, 3)))
def test_any_order_any_number_of_times(collector: Collector, order: list[int], late: set[int]) -> None:
    """Four reports, each sent twice in any order, some before their photo is there: four cases, no more."""
    before = counted()[0]
    shades = [uuid4().int % 250 for _n in range(4)]
    media = [collector.shoot(shade, upload=n not in late, role="before") for n, shade in enumerate(shades)]
    names, numbers = [uuid4() for _n in range(4)], {}
    for n in order + list(range(4)):
        answer = collector.report(names[n], [media[n]])
        if answer.status_code == 424:
            uploads.put(collector.person.id or 0, picture(shades[n]), kind="photo", now=NOW)
            continue
        assert answer.status_code == (200 if n in numbers else 201)
        assert numbers.setdefault(n, answer.json()["number"]) == answer.json()["number"]
    assert counted()[0] == before + 4 and len(set(numbers.values())) == 4


def test_what_is_anothers_waits_for_its_owner() -> None:
    """Several people use one phone: what one of them kept does not come in the name of who has signed in since."""
    one, name = Collector(), uuid4()
    body = {
        "kind": "event",
        "class": "0110",
        "description": "垃圾散落",
        "location": HERE,
        "media": [one.shoot()],
    }
    address = f"/api/v1/field/reports/{name}"
    for said, status in (("collector.02", 401), ("collector.01", 201), (None, 200)):
        told = {} if said is None else {"X-Person": said}
        answer = one.client.put(address, body, content_type="application/json", headers=told)
        assert answer.status_code == status
    assert sql.value("SELECT count(*) FROM urban_delivery WHERE name = %s", [name]) == 1
