"""Who reported is not told to departments by what a case says besides: where they walk, how their phone's clock goes."""

import re

import pytest
from tests.town import NOW, body, desk, loaded, report, walk, who

from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import public
from baoji.systems.urban.tests.evidence_case import phone_of, picture, report_with

pytestmark = pytest.mark.django_db
OUTSIDE = "在上报人自己的责任网格之外"


def told(number: str, reader: Caller) -> object:
    return public.view(reader, loaded(number), NOW)["off_grid"]


@pytest.mark.parametrize(("collector", "is_off"), [("collector.01", False), ("collector.04", True)])
def test_whose_grid_it_is_in_is_for_who_may_know_the_reporter(collector: str, is_off: bool) -> None:
    """Inside its grid the report is that of the grid's own collector, who is one known person."""
    number = walk(report(collector), "handle/handling")
    for code in ("acceptor.1", "chief.1", "dispatcher.1", collector):
        assert told(number, who(code)) is is_off, code
    assert told(number, who(body(number))) is None


def test_the_page_and_paper_to_give_away_say_it_to_them_alone() -> None:
    number = walk(report("collector.04"), "handle/handling")
    for code, said in (("chief.1", True), (body(number), False)):
        assert (OUTSIDE in desk(code).get(f"/cases/{number}").content.decode()) is said, code
    assert OUTSIDE in desk("chief.1").get(f"/cases/{number}/print?full=1").content.decode()
    assert OUTSIDE not in desk("chief.1").get(f"/cases/{number}/print").content.decode()


@pytest.mark.usefixtures("own_folder")
def test_a_phones_clock_ties_no_cases_together() -> None:
    """What a clock is off by stays the same for months, so that it is as good as the phone's key."""
    number = report_with(phone_of("collector.01"), picture(10))
    chief, handler = (
        public.view(reader, public.load(number), NOW)["attachments"][0]
        for reader in (who("chief.1"), who("handler.D29"))
    )
    assert "kid" in chief and "skew_ms" in chief
    assert not {"kid", "skew_ms", "position"} & handler.keys()
    assert handler["captured_at"] and handler["proof"] == "proven"
    assert re.search("live", str(handler))
