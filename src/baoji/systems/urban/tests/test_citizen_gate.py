"""Many reports at once: what is asked, what is held back, what is refused, and that the desks stay usable."""

from datetime import timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test import Client
from tests.town import NOW, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, TooMany
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public
from baoji.systems.urban.actions import citizen_gate
from baoji.systems.urban.actions.citizen_gate import Asking, challenge, is_proven, judge
from baoji.systems.urban.models import Policy
from baoji.systems.urban.rules.citizens import Verdict, is_solved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_gate")]
PLACE = {"type": "Point", "coordinates": [107.1485, 34.3605]}


def limits(**given: int) -> None:
    row, _made = Policy.objects.get_or_create(name="intake", defaults={"value": {}})
    row.value = {**row.value, "proof_bits": 4, **given}
    row.save()
    bump("policies")


def asking(n: int = 0, *, address: str = "203.0.113.7", words: str = "", **more: Any) -> Asking:
    return Asking(address, more.get("device", ""), words, f"key-{n}", more.get("proof", ""))


def solved(key: str) -> str:
    asked = challenge(key, NOW)
    ticket, bits = str(asked["challenge"]), int(str(asked["bits"]))
    return f"{ticket}:{next(n for n in count() if is_solved(ticket, str(n), bits))}"


def send(
    n: int, *, address: str = "203.0.113.7", hold: bool = True, words: str = "", **more: Any
) -> public.Answer:
    draft = public.Draft(class_code="0110", location=PLACE, description=words or f"第 {n} 处垃圾", **more)
    sent = public.Sent(draft, lambda: [], key=f"key-{n}", request_hash=str(n))
    return public.arrive(sent, asking(n, address=address, words=draft.description), NOW, hold_unproven=hold)


def cases() -> int:
    return int(sql.value("SELECT count(*) FROM flow_case WHERE source = 'citizen'"))


def test_an_address_has_its_free_places_then_a_proof_is_asked() -> None:
    limits(per_hour=3)
    verdicts = [judge(asking(n), NOW).verdict for n in range(4)]
    assert verdicts == [Verdict.LET_IN] * 3 + [Verdict.PROVE]
    assert judge(asking(9, address="203.0.113.8"), NOW).verdict is Verdict.LET_IN


def test_a_device_counts_wherever_it_is() -> None:
    limits(per_hour=2)
    found = [judge(asking(n, address=f"203.0.113.{n}", device="x" * 16), NOW).verdict for n in range(3)]
    assert found == [Verdict.LET_IN, Verdict.LET_IN, Verdict.PROVE]


def test_a_proof_opens_places_until_even_those_are_used_up() -> None:
    limits(per_hour=1, proved_per_hour=2)
    judge(asking(0), NOW)
    found = [judge(asking(n, proof=solved(f"key-{n}")), NOW) for n in range(1, 4)]
    assert [one.verdict for one in found] == [Verdict.LET_IN, Verdict.LET_IN, Verdict.HOLD]
    assert found[-1].why == "flood"


def test_a_proof_is_for_one_key_and_a_quarter_of_an_hour() -> None:
    limits()
    proof = solved("mine")
    assert is_proven(proof, "mine", NOW)
    assert not is_proven(proof, "yours", NOW)
    assert not is_proven(proof, "mine", NOW + timedelta(minutes=16))
    for forged in ("", ":", "a.b:1", "YWJj.ZGVm:1", proof.partition(":")[0][:-2] + "xx:1"):
        assert not is_proven(forged, "mine", NOW)


def test_the_whole_city_has_a_limit_too() -> None:
    limits(city_per_hour=4)
    found = [judge(asking(n, address=f"203.0.113.{n}"), NOW).verdict for n in range(6)]
    assert found.count(Verdict.LET_IN) == 4


def test_the_same_words_again_and_again_are_held_wherever_they_come_from() -> None:
    limits(same_words_per_hour=2)
    answers = [send(n, address=f"203.0.113.{n}", words="对面工地半夜施工吵得睡不着") for n in range(4)]
    assert [one.is_held for one in answers] == [False, False, True, True]
    assert cases() == 2 and public.held_count() == 2


def test_whoever_has_no_scripts_is_held_not_lost_and_the_code_works_at_once(client: Client) -> None:
    limits(per_hour=1)
    first, second = send(1), send(2)
    assert first.number and not second.number
    page = client.get(f"/follow/{second.code}/").content.decode()
    assert "还没有受理" in page and "不会丢" in page


def test_a_program_is_told_what_to_solve() -> None:
    limits(per_hour=1)
    send(1)
    with pytest.raises(public.ProofWanted) as wanted:
        send(2, hold=False)
    assert wanted.value.proof["key"] == "key-2" and wanted.value.retry_after > 0
    assert cases() == 1 and public.held_count() == 0


def test_the_same_sending_again_gets_the_same_answer_whatever_the_gate_says() -> None:
    limits(per_hour=1)
    first, held = send(1), send(2)
    assert (send(1), send(2)) == (first, held)
    assert cases() == 1 and public.held_count() == 1


def test_a_report_that_could_not_be_taken_in_is_refused_at_once_not_held() -> None:
    limits(per_hour=1)
    send(1)
    with pytest.raises(Invalid):
        send(2, condition=99)
    assert public.held_count() == 0


def test_too_many_held_are_refused_in_words() -> None:
    limits(per_hour=1, held_per_hour=2)
    send(0)
    for n in (1, 2):
        send(n)
    with pytest.raises(TooMany) as refused:
        send(3)
    assert "12319" in refused.value.message
    limits(held_most=2)
    send(4, address="198.51.100.1")
    with pytest.raises(TooMany):
        send(5, address="198.51.100.1")


def test_an_acceptor_lets_in_and_the_code_stays_the_same() -> None:
    limits(per_hour=1)
    send(1)
    held = send(2, caller_phone="13991700123")
    rows, _next = public.held()
    assert public.release(who("acceptor.1"), [rows[0]["id"]], NOW) == (1, 0)
    number = sql.value(
        "SELECT c.number FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE r.query_code = %s",
        [held.code],
    )
    assert public.load(number).extra["caller_phone"] == "13991700123"
    assert public.held_count() == 0
    kept = sql.row(
        "SELECT draft::text AS draft, mail, status FROM urban_held_report WHERE id = %s", [rows[0]["id"]]
    )
    assert kept == {"draft": "{}", "mail": "", "status": "released"}
    assert public.release(who("acceptor.1"), [rows[0]["id"]], NOW) == (0, 0), "once"


def test_dropping_needs_a_reason_that_the_sender_reads(client: Client) -> None:
    limits(per_hour=1)
    send(1)
    held = send(2)
    id_ = public.held()[0][0]["id"]
    with pytest.raises(Invalid):
        public.drop(who("chief.1"), [id_], "不", NOW)
    assert public.drop(who("chief.1"), [id_], "同一件事报了很多次，已有案卷", NOW) == 1
    assert "同一件事报了很多次，已有案卷" in client.get(f"/follow/{held.code}/").content.decode()
    verbs = sql.tuples(
        "SELECT verb FROM audit_entry WHERE subject = 'urban.held_report' AND subject_id = %s", [id_]
    )
    assert verbs == [("drop",)]


@pytest.mark.parametrize("person", ["dispatcher.1", "handler.D29", "collector.01", "nobody.1"])
def test_nobody_else_decides(person: str) -> None:
    limits(per_hour=1)
    send(1)
    send(2)
    ids = [row["id"] for row in public.held()[0]]
    for work in (
        lambda: public.release(who(person), ids, NOW),
        lambda: public.drop(who(person), ids, "理由写得够长", NOW),
    ):
        with pytest.raises(NotAllowed):
            work()
    assert public.held_count() == 1


def test_all_with_the_same_words_go_together() -> None:
    limits(per_hour=1, held_per_hour=20)
    send(0)
    for n in range(1, 5):
        send(n, words="楼下烧烤摊每天摆到半夜两点")
    send(9, words="路灯坏了一个星期没有人来修")
    rows, _next = public.held()
    assert {row["twins"] for row in rows} == {1, 4}
    first = next(row for row in rows if row["twins"] == 4)
    assert len(public.held_ids_alike(first["id"])) == 4


def post(client: Client, n: int, address: str) -> Any:
    body = {"kind": "event", "class": "0110", "location": PLACE, "description": f"第 {n} 件"}
    return client.post(
        "/api/v1/public/reports",
        orjson.dumps(body),
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=f"flood-{n}",
        REMOTE_ADDR=address,
    )


@pytest.mark.parametrize("proof", ["a.é:1", "钥.匙:1", ":", "a.b:c"])
def test_a_proof_that_is_none_is_only_that(client: Client, proof: str) -> None:
    body = {"key": "k1", "proof": proof, "what": "other", "description": "路灯不亮", "address": ""}
    answer = client.post("/report/", {**body, "lon": PLACE["coordinates"][0], "lat": PLACE["coordinates"][1]})
    assert answer.status_code == 302 and cases() == 1


def test_a_key_that_can_be_none_is_refused(client: Client) -> None:
    assert client.get("/report/proof", {"key": "k" * 129}).status_code == 422


@pytest.mark.slow
def test_ten_thousand_anonymous_posts_leave_the_desks_usable(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    """A quarter from one address, three quarters from as many addresses as there are posts; all in one hour."""
    acceptor = who("acceptor.1")
    before = cases()
    codes = []
    for n in range(10_000):
        address = "203.0.113.7" if n % 4 == 0 else f"10.{n // 62500 % 250}.{n // 250 % 250}.{n % 250}"
        answer = post(client, n, address)
        codes.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer["Retry-After"]) > 0 and answer.json()["proof"]["bits"] == 16
    free = citizen_gate.setting("city_per_hour")
    let_in = cases() - before
    assert let_in == codes.count(201) and free <= let_in <= free + 20, (
        "the city's hour, refilled while it ran"
    )
    assert set(codes) == {201, 429} and len(codes) == 10_000
    with django_assert_max_num_queries(4):
        waiting, _supervised = public.waiting(acceptor)
        page = public.cases(acceptor, public.Filters(desk="todo"), now=NOW)
    assert sum(waiting.values()) >= let_in and len(page.rows) == 50
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wire_inbox WHERE caller = 'public' AND answer IS NULL")
        assert cursor.fetchone()[0] == 0, "a refused post leaves nothing behind"


def test_a_city_may_give_no_places_for_proofs_and_hold_nothing_back() -> None:
    limits(per_hour=1, proved_per_hour=0, city_proved_per_hour=0, held_per_hour=0)
    assert not send(0).is_held
    assert judge(asking(1, proof=solved("key-1")), NOW).verdict is Verdict.HOLD
    with pytest.raises(TooMany) as refused:
        send(2)
    assert (refused.value.retry_after, cases()) == (3600, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_held", [False, True])
def test_no_transaction_has_written_while_photos_are_looked_at(is_held: bool) -> None:
    """A virus scanner that hangs would hold back the journal's seals, and with them everybody's live updates."""
    limits(per_hour=1)
    if is_held:
        judge(asking(0), NOW)
    written: list[object] = []

    def keep() -> list[Any]:
        written.append(sql.value("SELECT pg_current_xact_id_if_assigned()"))
        return []

    draft = public.Draft(class_code="0110", location=PLACE, description="垃圾")
    sent = public.Sent(draft, keep, key="key-1", request_hash="1")
    answer = public.arrive(sent, asking(1), NOW, hold_unproven=True)
    assert (answer.is_held, written) == (is_held, [None])
