"""The operator's page of what went out by SMS and mail."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.town import sign_in

from baoji.kernel.notices.actions import send
from baoji.kernel.notices.delivery import attempt
from baoji.kernel.notices.models import Outgoing

pytestmark = pytest.mark.django_db


def page_of(client: Client, code: str) -> Any:
    sign_in(client, code)
    return client.get("/outgoing/")


@pytest.fixture
def sent(settings: Any, tmp_path: Path) -> None:
    settings.DATA, settings.SMS_URL, settings.SMTP_URL = tmp_path, "", ""
    send(
        "a",
        channel="sms",
        to="13991700123",
        text="任务 http://city.example/crew/xyz （明天前）",
        at=timezone.now(),
    )
    attempt(Outgoing.objects.get().pk, timezone.now())


def test_the_demonstration_shows_what_was_written(client: Client, sent: None) -> None:
    page = page_of(client, "operator.1").content.decode()
    assert "139****0123" in page and "已发出" in page and "写进文件（演示）" in page
    assert 'href="http://city.example/crew/xyz"' in page


def test_a_real_city_shows_no_words_and_no_numbers(client: Client, sent: None, settings: Any) -> None:
    settings.DEMO = False
    page = page_of(client, "operator.1").content.decode()
    assert "139****0123" in page and "没有配置" in page
    assert "13991700123" not in page and "city.example" not in page


@pytest.mark.parametrize("code", ["dispatcher.1", "head.1", "hotline.1"])
def test_it_is_the_operators_page(client: Client, code: str) -> None:
    assert page_of(client, code).status_code == 403
    assert client.get("/notices/").content.decode().count('href="/outgoing/"') == 0
