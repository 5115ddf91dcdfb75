"""What a page of progress says to somebody else than the reporter: to who joined in, to who was merged, to a crew."""

import pytest
from django.test import Client
from tests.town import NOW, body, case, do, event, loaded, walk, who, words

from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.pages.citizen import limits

pytestmark = pytest.mark.django_db
NAME, ADDRESS = "刘秘密", "三单元 201 刘秘密家"
THEIRS = {"address": ADDRESS, "caller_name": NAME, "caller_phone": "13991700123"}


@pytest.fixture(autouse=True)
def _the_towns_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    for name in ("codes", "joins"):
        monkeypatch.setattr(limits, name, Bucket(1, 1000))


def handled() -> str:
    """A citizen's report in handling."""
    number = walk(event(None, pictures=0, **THEIRS), "file/verified")
    do(number, "chief.1", "file")
    return walk(number, "handle/handling")


def closed(number: str) -> None:
    walk(number, "check/passed")
    do(number, "chief.1", "close", closing_condition=f"{NAME}家门口已清", opinion=f"已告知{NAME}，认可")


def test_who_joined_in_reads_what_strangers_read(client: Client) -> None:
    number = handled()
    publish([case(number).pk], NOW)
    joined = client.post(f"/public/cases/{case(number).case_number}/me-too", {"key": "k"})["Location"]
    shown = words(client.get(joined))
    assert "正在处置" in shown and NAME not in shown and "三单元" not in shown
    closed(number)
    shown = words(client.get(joined))
    assert "已结案" in shown
    assert not [one for one in (NAME, "三单元", "门口已清", "认可") if one in shown]
    own = words(client.get(f"/follow/{loaded(number).extra['query_code']}/"))
    assert ADDRESS in own and "门口已清" in own and "认可" in own


def test_who_was_merged_reads_nothing_of_who_reported_the_other(client: Client) -> None:
    first = event(None, pictures=0, **THEIRS)
    second = event(None, pictures=0, address="桥头花坛边")
    code = loaded(second).extra["query_code"]
    do(second, "acceptor.1", "merge", into=first)
    do(first, "acceptor.1", "reject", reason=f"已告知{NAME}，不属于城管")
    shown = words(client.get(f"/follow/{code}/"))
    assert "桥头花坛边" in shown and "不属于城管" in shown
    assert NAME not in shown and "三单元" not in shown


def test_a_crew_with_a_link_does_not_read_who_called(client: Client) -> None:
    number = handled()
    made = public.make_link(
        by=who(body(number)), number=number, crew="张师傅", to="13800001111", hours=48, now=NOW
    )
    closed(number)
    shown = words(client.get(f"/crew/{made.token}"))
    assert "已结案" in shown and "认可" in shown and NAME not in shown.replace(ADDRESS, "")
