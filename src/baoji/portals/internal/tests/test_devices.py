"""The page of phones: what waits, what is frozen and why; approve, thaw, end; who may not."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.town import NOW, desk, who

from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.tests.phone import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def forked() -> Phone:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.2"))
    phone.contact(NOW)
    copy = phone.clone()
    phone.send(phone.shoot(NOW, b"1"), NOW)
    copy.send(copy.shoot(NOW, b"2"), NOW)
    return phone


def test_what_waits_comes_first_and_is_approved_by_a_press() -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    chief = desk("chief.1")
    page = text(chief, "/devices/")
    assert "王伟" in page and "核准这台手机" in page and phone.kid[:16] in page
    answer = chief.post(f"/devices/{phone.kid}/approve", {"status": "waiting"})
    assert (answer.status_code, answer["Location"]) == (302, "/devices/?status=waiting")
    assert Device.objects.get(kid=phone.kid).status == "active"
    assert "没有这样的手机" in text(chief, "/devices/?status=waiting")
    assert "王伟" in text(chief, "/devices/?status=active")


def test_a_fork_is_told_in_words_and_thawed_with_a_reason() -> None:
    phone = forked()
    chief = desk("chief.1")
    page = text(chief, "/devices/")
    assert "第 1 号有两个不同的版本：钥匙可能被复制，或手机用旧备份恢复过" in page
    refused = chief.post(f"/devices/{phone.kid}/thaw", {"reason": "好", "status": "frozen"})
    assert refused.status_code == 422 and "请写理由，至少 5 个字" in refused.content.decode()
    assert 'value="好"' in refused.content.decode(), "what was written comes back"
    chief.post(f"/devices/{phone.kid}/thaw", {"reason": "换屏时恢复过备份", "status": "frozen"})
    assert Device.objects.get(kid=phone.kid).status == "active"
    assert "解冻：换屏时恢复过备份" in text(chief, "/devices/?status=active")


def test_gaps_and_a_wrong_clock_are_told_in_words() -> None:
    phone = Phone(who("collector.01"), off=timedelta(minutes=3)).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    sealed = [phone.shoot(NOW, b"%d" % n) for n in range(6)]
    for n in (0, 3, 5):
        phone.send(sealed[n], NOW)
    page = text(desk("head.1"), "/devices/?status=active")
    assert "到第 6 号，还缺 2–3、5 号，可能还在手机里" in page and "手机时钟快 180 秒" in page


def test_a_number_that_no_phone_reaches_is_told_as_that() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    phone.send(phone.shoot(NOW, b"1"), NOW)
    phone.seq = 2**53 - 2
    phone.send(phone.shoot(NOW, b"2"), NOW)
    page = text(desk("head.1"), "/devices/?status=active")
    assert "中间跳过的编号多得不可能，手机自己不会这样数，请问清楚" in page and "9007199254740990" not in page


def test_ending_is_for_good() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    operator = desk("operator.1")
    operator.post(f"/devices/{phone.kid}/end", {"reason": "离职，手机已收回"})
    assert Device.objects.get(kid=phone.kid).status == "ended"
    assert "停用：离职，手机已收回" in text(operator, "/devices/?status=ended")
    again = operator.post(f"/devices/{phone.kid}/end", {"reason": "离职，手机已收回"})
    assert again.status_code == 409


def test_ones_own_phone_is_for_a_second_person() -> None:
    phone = Phone(who("chief.1")).enrol(NOW)
    page = text(desk("chief.1"), "/devices/")
    assert "这是您自己的手机" in page and "核准这台手机" not in page
    assert desk("chief.1").post(f"/devices/{phone.kid}/approve").status_code == 403


@pytest.mark.parametrize("code", ["collector.01", "dispatcher.1", "acceptor.1", "handler.D29"])
def test_others_do_not_see_the_page(code: str) -> None:
    phone = Phone(who("collector.02")).enrol(NOW)
    assert desk(code).get("/devices/").status_code == 403
    assert desk(code).post(f"/devices/{phone.kid}/approve").status_code == 403
    assert Device.objects.get(kid=phone.kid).status == "waiting"


def test_the_menu_leads_there_for_those_who_approve() -> None:
    Phone(who("collector.01")).enrol(NOW)
    assert 'href="/devices/"' in text(desk("chief.1"), "/notices/")
    assert 'href="/devices/"' in text(desk("chief.1"), "/me/")
    assert 'href="/devices/"' not in text(desk("dispatcher.1"), "/notices/")


def test_people_are_found_by_name_and_code() -> None:
    Phone(who("collector.01")).enrol(NOW)
    chief = desk("chief.1")
    for words in ("王伟", "collector.01"):
        assert "王伟" in text(chief, f"/devices/?status=all&q={words}")
    assert "没有这样的手机" in text(chief, "/devices/?status=all&q=nobody")
    assert chief.post("/devices/" + "0" * 64 + "/approve").status_code == 404
    assert chief.post("/devices/" + "0" * 64 + "/melt").status_code == 404
