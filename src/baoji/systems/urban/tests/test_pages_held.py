"""The staff page of reports held back, and the browser's number by which they are counted."""

from typing import Any

import pytest
from django.test import Client
from tests.town import desk

from baoji.kernel.base import sql
from baoji.systems.urban import public
from baoji.systems.urban.tests.test_citizen_gate import limits, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_gate")]
SAME = "对面工地半夜施工吵得睡不着"


@pytest.fixture
def held() -> list[int]:
    """Three reports held back, two of them with the same words."""
    limits(per_hour=1)
    send(0)
    for n, words in ((1, SAME), (2, SAME), (3, "路口红绿灯一直不亮没人来修")):
        assert send(n, words=words).is_held
    return [row[0] for row in sql.tuples("SELECT id FROM urban_held_report ORDER BY id")]


def decide(**given: Any) -> str:
    response = desk("acceptor.1").post("/citizens/decide", given, follow=True)
    assert response.redirect_chain == [("/citizens/", 302)]
    return str(response.content.decode())


def status() -> list[str]:
    return [row[0] for row in sql.tuples("SELECT status FROM urban_held_report ORDER BY id")]


def test_the_page_shows_what_why_and_how_many_alike(held: list[int]) -> None:
    text = desk("acceptor.1").get("/citizens/").content.decode()
    for part in (SAME, "放行同样的 2 件", "这个网络报得太多，没有算题", "共 3 件"):
        assert part in text, part
    assert desk("dispatcher.1").get("/citizens/").status_code == 403
    assert desk("dispatcher.1").post("/citizens/decide", {"do": "release", "id": held}).status_code == 403


def test_short_words_of_one_class_are_not_called_the_same() -> None:
    limits(per_hour=1)
    for n in range(3):
        send(n)
    text = desk("acceptor.1").get("/citizens/").content.decode()
    assert "放行同类、话很短的 2 件" in text and "同样的" not in text


def test_ticked_ones_are_let_in(held: list[int]) -> None:
    assert "已放行 2 件，进入待受理" in decide(do="release", id=[held[0], held[2]])
    assert status() == ["released", "held", "released"] and public.held_count() == 1


def test_all_alike_are_dropped_with_a_reason_and_not_without(held: list[int]) -> None:
    decide(do=f"drop:{held[0]}")
    assert status() == ["held"] * 3
    assert "2 件不予受理" in decide(do=f"drop:{held[0]}", reason="同一件，已经受理")
    assert status() == ["dropped", "dropped", "held"]


def test_nothing_ticked_and_nonsense_do_nothing(held: list[int]) -> None:
    assert "请先勾选" in decide(do="release")
    assert "请先勾选" in decide(do="release", id=["x", "9" * 30])
    decide(do="release", id=[10**12])
    assert status() == ["held"] * 3


def test_enter_in_the_reason_drops_and_never_lets_in(held: list[int]) -> None:
    text = desk("acceptor.1").get("/citizens/").content.decode()
    first = text.partition('id="decide"')[2].partition('name="do" value="')[2]
    assert first.startswith("drop")


def test_the_browsers_number_is_for_the_report_page_a_day_and_with_no_report(client: Client) -> None:
    client.get("/report/")
    cookie = client.cookies["baoji_device"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"]) == ("/report", 86400, True)
    number, first = cookie.value, client.get("/report/")
    assert "baoji_device" not in first.cookies, "one that is known is not replaced"
    client.post(
        "/report/",
        {"what": "rubbish", "description": "垃圾", "key": "k", "lon": "107.1485", "lat": "34.3605"},
    )
    tables = sql.tuples(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'character varying', 'jsonb', 'bytea')"
    )
    assert sql.value("SELECT count(*) FROM flow_case WHERE source = 'citizen'") == 1
    for table, column in tables:
        assert not sql.value(
            f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE %s)', [f"%{number}%"]
        ), f"{table}.{column} keeps it"


def test_a_browser_is_counted_wherever_it_is(client: Client) -> None:
    limits(per_hour=1)
    given = {"what": "rubbish", "description": "垃圾", "lon": "107.1485", "lat": "34.3605"}
    client.get("/report/")
    for n in range(2):
        client.post("/report/", {**given, "key": f"k{n}"}, REMOTE_ADDR=f"203.0.113.{n + 1}")
    assert public.held_count() == 1
