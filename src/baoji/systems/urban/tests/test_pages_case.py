"""The case page: what it shows to whom, acts from its forms, errors that keep what was written, print, photos."""

import re
from io import BytesIO

import pytest
from django.contrib.gis.geos import LineString
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from tests.town import NOW, at, body, case, desk, do, event, new, report, where, who

from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import new_token
from baoji.kernel.maps.models import Feature, UnitGrid
from baoji.systems.urban import public
from baoji.systems.urban.models import Policy, Report
from baoji.systems.urban.tests.test_pages_worklist import numbers

pytestmark = pytest.mark.django_db


def picture(name: str = "a.jpg", green: int = 90) -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (64, 48), (120, green, 60)).save(
        made, "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
    )
    return SimpleUploadedFile(name, made.getvalue(), "image/jpeg")


def contrast(data: bytes) -> int:
    """Between the lightest and the darkest point."""
    with Image.open(BytesIO(data)) as image:
        darkest, lightest = image.convert("L").getextrema()
    return int(lightest) - int(darkest)


def hidden(client: Client, number: str, act: str) -> dict[str, str]:
    """The hidden inputs of an act's form as the page has them."""
    text = client.get(f"/cases/{number}").content.decode()
    form = re.search(rf'<form class="act-form" id="act-{act}".*?</form>', text, re.S)
    assert form, f"{act} is not offered"
    return dict(re.findall(r'<input type="hidden" name="(idempotency_key|etag)" value="([^"]*)"', form[0]))


def test_the_page_holds_facts_photos_passage_clock_and_acts() -> None:
    number = new("dispatch/filed")
    text = desk("dispatcher.1").get(f"/cases/{number}").content.decode()
    for part in (
        "处置前",
        "6103020102000001",
        "立案",
        "值班长",
        "我现在可以做",
        "派给所选单位",
        "部件台账：养护单位",
        "下一步",
    ):
        assert part in text, part
    assert case(number).case_number in text


def test_acts_on_the_page_are_those_that_are_offered() -> None:
    number = new("handle/to_sign")
    for code in (body(number), "dispatcher.1", "chief.1", "head.1"):
        text = desk(code).get(f"/cases/{number}").content.decode()
        offered = {offer["act"] for offer in public.offered(who(code), public.load(number), NOW)}
        assert set(re.findall(r'id="act-(\w+)"', text)) == offered


def test_the_passage_says_that_a_case_ended_without_the_reply_and_that_it_is_waited_for_again() -> None:
    number = new("handle/handling")
    do(number, "mayor.1", "supervise")
    do(number, "chief.1", "void")
    assert "作废：督办未回复" in desk("mayor.1").get(f"/cases/{number}").content.decode()
    do(number, "chief.1", "reopen")
    assert "重新受理：督办仍待回复" in desk("mayor.1").get(f"/cases/{number}").content.decode()


def test_both_numbers_lead_to_the_case_and_a_wrong_one_to_a_sentence() -> None:
    number = new("dispatch/filed")
    client = desk("dispatcher.1")
    assert client.get(f"/cases/{case(number).case_number}").status_code == 200
    answer = client.get("/cases/T990101-0000001")
    assert answer.status_code == 404
    assert "没有这件案卷" in answer.content.decode()


def test_a_department_does_not_read_who_reported_or_called() -> None:
    number = event("hotline.1", pictures=0, caller_name="张秘密", caller_phone="13991700123", component=None)
    for person, act in (
        ("acceptor.1", "accept"),
        ("acceptor.1", "verify_request"),
        ("@asked", "verify_answer"),
        ("chief.1", "file"),
        ("dispatcher.1", "dispatch"),
    ):
        do(number, person, act)
    department = desk(body(number)).get(f"/cases/{number}").content.decode()
    for secret in ("张秘密", "13991700123", who("hotline.1").name):
        assert secret not in department, secret
    assert "张秘密" in desk("acceptor.1").get(f"/cases/{number}").content.decode()
    assert "张秘密" not in desk("dispatcher.1").get(f"/cases/{number}").content.decode()


def test_an_act_from_its_form_moves_the_case_and_says_so() -> None:
    number = new("dispatch/filed")
    client = desk("dispatcher.1")
    sent = hidden(client, number, "dispatch") | {"to": "D29", "opinion": "请尽快到现场"}
    answer = client.post(f"/cases/{number}/acts/dispatch", sent, follow=True)
    assert where(number) == "handle/to_sign"
    assert "现在是“待签收”" in answer.content.decode()
    assert "请尽快到现场" in answer.content.decode()


def test_a_second_press_of_the_same_form_is_the_same_deed() -> None:
    number = new("handle/handling")
    client = desk("dispatcher.1")
    sent = hidden(client, number, "urge")
    client.post(f"/cases/{number}/acts/urge", sent)
    records = case(number).records
    answer = client.post(f"/cases/{number}/acts/urge", sent)
    assert answer.status_code == 302
    assert case(number).records == records


def test_a_refused_form_comes_back_with_what_was_written() -> None:
    number = new("feedback/answered")
    client = desk("dispatcher.1")
    answer = client.post(
        f"/cases/{number}/acts/send_back", hidden(client, number, "send_back") | {"reason": "糊"}
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "至少 2 个字" in text
    assert ">糊</textarea>" in text
    assert where(number) == "feedback/answered"


def test_an_answer_needs_its_photo_and_keeps_it() -> None:
    number = new("handle/handling")
    client = desk(body(number))
    refused = client.post(
        f"/cases/{number}/acts/answer", hidden(client, number, "answer") | {"opinion": "已换新井盖"}
    )
    assert refused.status_code == 422
    assert "请至少附 1 张照片" in refused.content.decode()
    assert "已换新井盖" in refused.content.decode()
    sent = hidden(client, number, "answer") | {"opinion": "已换新井盖", "photo": picture()}
    client.post(f"/cases/{number}/acts/answer", sent)
    assert where(number) == "feedback/answered"
    assert "处置后" in desk("dispatcher.1").get(f"/cases/{number}").content.decode()


def two_photos_wanted() -> None:
    row = Policy.objects.get(name="photos")
    line = next(one for one in row.value if one["act"] == "answer")
    line["min"] = 2
    row.save()
    bump("policies")


def test_a_photo_sent_twice_in_one_act_is_one_photo() -> None:
    number = new("handle/handling")
    client, url = desk(body(number)), f"/cases/{number}/acts/answer"
    sent = hidden(client, number, "answer") | {"opinion": "已换新井盖"}
    client.post(url, sent | {"photo": [picture("a.jpg"), picture("b.jpg")]})
    assert where(number) == "feedback/answered"
    assert case(number).attachments.filter(stage="handle").count() == 1


def test_where_two_photos_are_wanted_one_sent_twice_will_not_do() -> None:
    number = new("handle/handling")
    two_photos_wanted()
    client, url = desk(body(number)), f"/cases/{number}/acts/answer"
    sent = hidden(client, number, "answer") | {"opinion": "已换新井盖"}
    refused = client.post(url, sent | {"photo": [picture("a.jpg"), picture("b.jpg")]})
    assert refused.status_code == 422 and "请至少附 2 张照片" in refused.content.decode()
    token = new_token(who(body(number)).id or 0, "test")
    answer = Client(HTTP_AUTHORIZATION=f"Bearer {token}").post(
        f"/api/v1/cases/{number}/acts/answer",
        {"facts": '{"opinion": "已换新井盖"}', "photo": [picture("a.jpg"), picture("b.jpg")]},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "photo-required")
    assert where(number) == "handle/handling"
    client.post(url, sent | {"photo": [picture("a.jpg"), picture("b.jpg", 190)]})
    assert where(number) == "feedback/answered"


def test_what_is_not_a_photo_is_refused_beside_the_photo_field() -> None:
    number = new("handle/handling")
    client = desk(body(number))
    fake = SimpleUploadedFile("a.jpg", b"<script>alert(1)</script>", "image/jpeg")
    answer = client.post(
        f"/cases/{number}/acts/answer", hidden(client, number, "answer") | {"opinion": "好了", "photo": fake}
    )
    assert answer.status_code in {415, 422}
    assert "照片请重新选" in answer.content.decode()
    assert where(number) == "handle/handling"


def test_somebody_was_quicker_and_the_fresh_page_says_so() -> None:
    number = new("dispatch/filed")
    late, sent = desk("dispatcher.2"), {}
    sent = hidden(late, number, "dispatch") | {"to": "D29"}
    do(number, "chief.1", "urge")
    answer = late.post(f"/cases/{number}/acts/dispatch", sent)
    assert answer.status_code == 412
    assert "刚被别人办理过" in answer.content.decode()
    assert where(number) == "dispatch/filed"
    do(number, "dispatcher.1", "dispatch")
    gone = late.post(f"/cases/{number}/acts/dispatch", sent | {"idempotency_key": "another"})
    assert "刚被别人办理过" in gone.content.decode(), "the form is gone, the sentence stands on the page"


def test_an_act_that_is_not_offered_is_refused_with_its_reason() -> None:
    number = new("dispatch/filed")
    answer = desk("acceptor.1").post(f"/cases/{number}/acts/close", {"kind": "normal"})
    assert answer.status_code in {403, 409}
    assert where(number) == "dispatch/filed"


def test_without_its_csrf_token_no_act_is_done() -> None:
    number = new("dispatch/filed")
    client = Client(enforce_csrf_checks=True)
    client.cookies = desk("dispatcher.1").cookies
    assert client.post(f"/cases/{number}/acts/dispatch", {"to": "D29"}).status_code == 403
    assert where(number) == "dispatch/filed"


def test_from_the_worklist_one_goes_on_to_the_next() -> None:
    new("dispatch/filed"), new("dispatch/filed")
    client = desk("dispatcher.1")
    first, second = numbers(client.get("/work/?tab=dispatch.filed"))
    page = client.get(f"/cases/{first}?tab=dispatch.filed").content.decode()
    assert f"/cases/{second}?tab=dispatch.filed" in page
    action = re.search(r'action="([^"]+/acts/dispatch)"', page)
    assert action
    assert client.post(action[1], {"to": "D29"})["Location"] == f"/cases/{second}?tab=dispatch.filed"
    last = re.search(
        r'action="([^"]+/acts/dispatch)"', client.get(f"/cases/{second}?tab=dispatch.filed").content.decode()
    )
    assert last and client.post(last[1], {"to": "D29"})["Location"] == "/work/?tab=dispatch.filed"


def test_another_class_brings_its_own_conditions() -> None:
    number = new("file/accepted")
    client = desk("chief.1")
    sent = hidden(client, number, "file") | {"class": "0101", "condition": "99"}
    text = client.post(f"/cases/{number}/acts/file", sent).content.decode()
    theirs = public.book().conditions["component", "0101"][0].text
    assert theirs in text


def test_following_a_case_and_ending_it() -> None:
    number = new("dispatch/filed")
    client = desk("mayor.1")
    client.post(f"/cases/{number}/watch", {"on": "1"})
    assert numbers(client.get("/work/?tab=watched")) == [number]
    client.post(f"/cases/{number}/watch", {"on": "0"})
    assert numbers(client.get("/work/?tab=watched")) == []


def test_nobody_follows_what_they_may_not_see() -> None:
    number = new("dispatch/filed")
    assert desk("handler.D38").post(f"/cases/{number}/watch", {"on": "1"}).status_code == 404


def test_the_print_names_who_printed_and_the_digest_of_the_chain() -> None:
    number = new("handle/handling")
    text = desk("dispatcher.1").get(f"/cases/{number}/print").content.decode()
    assert who("dispatcher.1").name in text
    assert public.chain_digest(case(number).pk) in text
    assert len(public.chain_digest(case(number).pk)) == 64
    assert 'class="rail"' not in text


def test_photos_are_for_those_who_may_see_the_case_and_carry_no_exif() -> None:
    number = new("handle/handling")
    client = desk(body(number))
    client.post(f"/cases/{number}/acts/answer", {"opinion": "好了", "photo": picture()})
    url = public.view(who("dispatcher.1"), public.load(number), NOW)["attachments"][-1]["url"]
    seen = {}
    for path in (url, f"{url}/320", f"{url}/1600"):
        answer = desk("dispatcher.1").get(path)
        content = seen[path] = b"".join(answer.streaming_content)
        assert answer.status_code == 200
        assert b"Exif" not in content
        assert desk("handler.D38").get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert desk("dispatcher.1").get(f"{url}/99").status_code == 404
    assert contrast(seen[f"{url}/320"]) < 20, "a thumbnail has no room for words"
    for path in (url, f"{url}/1600"):
        assert contrast(seen[path]) > 20, "when, where and which case stand at its bottom"
    assert f"{url}/1600" in desk("dispatcher.1").get(f"/cases/{number}").content.decode()


def test_the_passage_shows_side_person_and_what_was_found() -> None:
    number = new("check/passed")
    text = desk("chief.1").get(f"/cases/{number}").content.decode()
    for part in ("回复核查：已处置好", "side-sup", "side-cmd", "side-dep", "核查通过，待结案"):
        assert part in text, part


def test_scripts_in_a_report_stay_text() -> None:
    number = report(description="<script>alert('x')</script>")
    assert Report.objects.get(case__number=number).description.startswith("<script>")
    text = desk("acceptor.1").get(f"/cases/{number}").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_an_open_page_is_told_when_somebody_acted() -> None:
    number = new("dispatch/filed")
    client, version = desk("dispatcher.1"), case(number).version
    assert "看最新" not in client.get(f"/cases/{number}/news?version={version}").content.decode()
    do(number, "chief.1", "urge")
    assert f"/cases/{number}" in client.get(f"/cases/{number}/news?version={version}").content.decode()


def test_the_print_shows_where_and_when_in_full() -> None:
    number = new("handle/handling")
    Feature.objects.create(
        layer="road",
        name="经二路",
        rank="main",
        place=LineString((107.1, case(number).lat), (107.2, case(number).lat), srid=4490),
    )
    text = desk("dispatcher.1").get(f"/cases/{number}/print?full=1").content.decode()
    seen = public.view(who("dispatcher.1"), public.load(number), NOW)
    lon, lat = seen["location"]["coordinates"]
    assert f"东经 {lon:.5f}°，北纬 {lat:.5f}°" in text
    for part in ('class="road main"', "经二路</textPath>", 'class="here"', seen["unit_grid"], "100 米"):
        assert part in text, part
    for entry in seen["timeline"]:
        assert f"<time>{timezone.localtime(entry['at']):%Y-%m-%d %H:%M}</time>" in text
    assert f"{timezone.localtime(seen['attachments'][0]['at']):%Y-%m-%d %H:%M} " in text


def test_without_a_base_map_the_print_says_where_in_figures() -> None:
    number = new("handle/handling")
    UnitGrid.objects.all().delete()
    text = desk("dispatcher.1").get(f"/cases/{number}/print").content.decode()
    assert "<svg viewBox" not in text.partition('id="locator"')[2].partition("</figure>")[0]
    assert "东经 107." in text


@pytest.mark.parametrize(
    ("step", "stage", "word"),
    [
        ("evaluate/closed", "考核评价", "已结案"),
        ("file/declined", "案卷建立", "不予立案"),
        ("handle/void", "任务处理", "已作废"),
    ],
)
def test_the_stages_of_an_ended_case_say_where_it_stopped(step: str, stage: str, word: str) -> None:
    text = desk("chief.1").get(f"/cases/{new(step)}").content.decode()
    bar = text.partition('<ol class="steps"')[2].partition("</ol>")[0]
    assert re.findall(r'<li class="end" >(\w+)<small>(?:[^<]* · )?(\w+)</small>', bar) == [(stage, word)]
    assert 'aria-current="step"' not in bar


def test_sending_a_collector_is_the_main_act_only_where_the_city_demands_it() -> None:
    free, demanded = report(), event("hotline.1", pictures=0)
    for number in (free, demanded):
        do(number, "acceptor.1", "accept")
    client = desk("acceptor.1")
    for number, is_main in ((free, False), (demanded, True)):
        text = client.get(f"/cases/{number}").content.decode()
        panel = text.partition('id="acts"')[2].partition("</section>")[0]
        assert 'id="act-verify_request"' in panel, "offered either way"
        assert ("data-baoji-main-form" in panel) is is_main
        assert ("这件现在在值班长手上" in panel) is not is_main
        do(number, "acceptor.1", "verify_request")


def test_after_accepting_one_goes_on_unless_a_collector_must_be_sent() -> None:
    first, second = report(), event("hotline.1", pictures=0)
    client = desk("acceptor.1")
    for number, stays in ((first, False), (second, True)):
        action = re.search(
            r'action="([^"]+/acts/accept)"',
            client.get(f"/cases/{number}?tab=collect.reported").content.decode(),
        )
        assert action
        onward = client.post(action[1], hidden(client, number, "accept"))["Location"]
        assert (f"/cases/{number}" in onward) is stays


def test_the_clock_of_a_case_says_when_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    number = new("handle/handling")
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("03-17 22:00:00.250"))
    client = desk(body(number))
    said = re.search(r'class="small stands">([^<]*)<', client.get(f"/cases/{number}").content.decode())
    assert said and said[1] == "下班时间不计时，3月18日 周三 08:00 继续"
    client.cookies["django_language"] = "en"
    assert "Stopped outside office hours, goes on " in client.get(f"/cases/{number}").content.decode()
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("03-17 11:00"))
    assert "stands" not in desk(body(number)).get(f"/cases/{number}").content.decode()


@pytest.mark.parametrize(
    ("condition", "year", "warned"), [(3, 2031, True), (3, 2026, False), (1, 2031, False)]
)
def test_a_deadline_in_a_year_without_holidays_on_record_says_so(
    condition: int, year: int, warned: bool
) -> None:
    """Condition 3 counts working days, condition 1 runs day and night and asks no calendar."""
    number = new("handle/handling", condition=condition)
    due_at = NOW.replace(year=year, month=6)
    Case.objects.filter(number=number).update(due_at=due_at, clock_due_at=due_at)
    text = desk("handler.D29").get(f"/cases/{number}").content.decode()
    assert (f"{year} 年的节假日还没有登记" in text) is warned
