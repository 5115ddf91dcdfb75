"""What reporters wrote is read by strangers once a person has cleared it, in the words the person let pass; the report stays as it is."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.town import NOW, case, desk, do, event, loaded, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Stale
from baoji.kernel.base.snapshot import bump
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.actions.citizen_publish import publish, publish_missing, take_old_ones_away
from baoji.systems.urban.actions.citizen_words import review_words
from baoji.systems.urban.api.open311 import limits as open311_limits
from baoji.systems.urban.models import Policy
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.queries.words import next_words, waiting_words, words_policy, written_words
from baoji.systems.urban.rules.citizens import Words, words_open
from baoji.systems.urban.tests.open311_reading import key, number_of, post, told

WRITTEN = "李小龙家三单元门口垃圾散落，电话 13912345678"
CLEARED = "一户人家门口垃圾散落"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(limits, "reads", Bucket(1, 1000))
    monkeypatch.setattr(open311_limits, "strangers", Bucket(10, 600))
    monkeypatch.setattr(open311_limits, "_programs", {})
    yield


def words(value: Any) -> None:
    Policy.objects.update_or_create(name="open311", defaults={"value": {"words": value}})
    bump("policies")


def filed(text: str = WRITTEN, **draft: Any) -> str:
    """The task number of a citizen's case that was published today."""
    now = timezone.now()
    number = walk(event(None, pictures=0, description=text, now=now, **draft), "file/verified", now=now)
    do(number, "chief.1", "file", now=now)
    publish([case(number).pk])
    return number


def sent(client: Client, text: str = WRITTEN, **given: Any) -> str:
    number = number_of(post(client, key(), description=text, attribute={"condition": "1"}, **given))
    publish([case(number).pk])
    return number


def review(
    number: str, text: str = CLEARED, *, by: str = "acceptor.1", shown: bool = True, seen: int = 0
) -> None:
    review_words(who(by), case(number).pk, shown, text, seen, NOW)


def shown_to_strangers(client: Client, number: str) -> dict[str, str]:
    """Everything that strangers can read of a case, by address."""
    ours = case(number).case_number
    urls = [
        f"/open311/v2/requests/{number}.json?extensions=true",
        f"/open311/v2/requests.json?service_request_id={number}",
    ]
    urls += ["/open311/v2/requests.json", "/open311/v2/requests.xml"]
    if ours:
        urls += [
            f"/public/cases/{ours}/",
            "/public/",
            "/public/cases.geojson",
            "/public/cases.atom",
            "/public/widget",
        ]
    return {url: client.get(url).content.decode() for url in urls}


def of_open311(client: Client, number: str, **given: Any) -> str:
    (one,) = told(client.get(f"/open311/v2/requests/{number}.json", given))
    return str(one["description"])


db = pytest.mark.django_db


@pytest.mark.parametrize(
    ("value", "opens"),
    [
        ("none", "none"),
        ("reviewed", "reviewed"),
        ("all", "all"),
        (True, "all"),
        (False, "none"),
        ("", "none"),
        ("All", "none"),
        (None, "none"),
    ],
)
def test_the_policy_in_its_old_and_new_words(value: Any, opens: str) -> None:
    assert words_open(value) == opens


@db
def test_as_shipped_words_are_reviewed() -> None:
    Policy.objects.filter(name="open311").delete()
    bump("policies")
    assert words_policy() is Words.REVIEWED


# Before and after the review --------------------------------------------------------------------


@db
def test_nobody_reads_words_that_nobody_has_looked_at(client: Client) -> None:
    for number in (filed(), sent(client)):
        for url, text in shown_to_strangers(client, number).items():
            assert "李小龙" not in text and "13912345678" not in text and "门口" not in text, url
        assert written_words(number).state == "waiting"


@db
def test_cleared_words_are_read_everywhere_at_once_and_marked_as_edited(client: Client) -> None:
    """Also where an answer was told before and is kept."""
    number = filed()
    before = shown_to_strangers(client, number)
    review(number)
    after = shown_to_strangers(client, number)
    for url in before:
        if url not in {"/public/", "/public/widget"}:  # lists of titles
            assert CLEARED in after[url] and CLEARED not in before[url], url
        assert "李小龙" not in after[url], url
    assert of_open311(client, number) == f"{CLEARED}（经编辑）"
    assert of_open311(client, number, locale="en") == f"{CLEARED} (edited)"
    (feature,) = client.get("/public/cases.geojson").json()["features"]
    assert (feature["properties"]["words"], feature["properties"]["words_edited"]) == (CLEARED, True)
    assert "经编辑" in after[f"/public/cases/{case(number).case_number}/"]
    assert loaded(number).extra["description"] == WRITTEN, "the report is as it was"


@db
def test_words_as_they_were_written_are_not_called_edited(client: Client) -> None:
    number = sent(client, "路口垃圾散落\n三天了")
    review(number, "路口垃圾散落  \r\n三天了 ")
    assert of_open311(client, number) == "路口垃圾散落\n三天了"
    assert not written_words(number).edited


@db
def test_what_is_kept_back_stays_back_also_where_all_is_open(client: Client) -> None:
    number = sent(client)
    words("all")
    assert of_open311(client, number).startswith("李小龙家") and "13912345678" not in of_open311(
        client, number
    )
    review(number, shown=False)
    assert of_open311(client, number).startswith("暴露生活垃圾")
    review(number, seen=1)
    assert of_open311(client, number) == f"{CLEARED}（经编辑）"
    words("none")
    assert of_open311(client, number).startswith("暴露生活垃圾")


@db
def test_without_a_review_all_and_none_are_as_before(client: Client) -> None:
    by_program, by_page = sent(client), filed()
    words("all")
    assert "***" in of_open311(client, by_program)
    assert of_open311(client, by_page).startswith("暴露生活垃圾"), (
        "who used the page did not write for programs"
    )
    words("none")
    for number in (by_program, by_page):
        assert of_open311(client, number).startswith("暴露生活垃圾")


@db
def test_none_opens_no_page_either(client: Client) -> None:
    number = filed()
    review(number)
    words("none")
    assert not any(CLEARED in text for text in shown_to_strangers(client, number).values())


@db
def test_a_program_reads_its_own_words_whole_whatever_was_said_of_them(client: Client) -> None:
    sender = key("Own")
    number = number_of(post(client, sender, description=WRITTEN, media_url="https://p.example.org/1.jpg"))
    publish([case(number).pk])
    assert written_words(number).original == WRITTEN, "without the address of the picture"
    for shown in (True, False):
        review(number, shown=shown, seen=int(not shown))
        assert of_open311(client, number, api_key=sender) == WRITTEN


@db
def test_words_about_a_home_are_for_nobody(client: Client) -> None:
    number = filed()
    review(number)
    waiting = filed("同一栋楼的另一件")
    value = {"classes": [{"kind": "event", "class": "0110", "place": "coarse"}], "coarse_m": 200}
    Policy.objects.update_or_create(name="public", defaults={"value": value})
    bump("policies")
    for again in (False, True):
        if again:
            publish([case(number).pk, case(waiting).pk])
        assert not any(CLEARED in text for text in shown_to_strangers(client, number).values())
        assert next_words() is None and waiting_words() == 0
    with pytest.raises(NotThere):
        written_words(waiting)


# What waits -------------------------------------------------------------------------------------


@db
@pytest.mark.parametrize("to", ["collect/reported", "file/verified", "collect/rejected"])
def test_what_strangers_do_not_learn_of_does_not_wait(to: str) -> None:
    number = walk(event(None, pictures=0, description=WRITTEN), to)
    publish([case(number).pk], NOW)
    assert next_words() is None


@db
@pytest.mark.parametrize("by", ["collector.01", "hotline.1"])
def test_words_of_staff_are_no_reporters_words(by: str) -> None:
    number = walk(event(by), "dispatch/filed")
    publish([case(number).pk], NOW)
    assert next_words() is None


@db
def test_the_newest_comes_first_page_by_key_and_gone_ones_do_not_wait() -> None:
    old, new = filed("第一件的话"), filed("第二件的话")
    first = next_words()
    assert first is not None and first.task == new and waiting_words() == 2
    second = next_words(first.key)
    assert second is not None and second.task == old
    assert next_words(second.key) is None
    assert next_words("nonsense") == first
    do(new, "chief.1", "void", now=timezone.now())
    publish([case(new).pk])
    assert next_words() == second and waiting_words() == 1
    walk(old, "evaluate/closed", now=timezone.now())
    publish([case(old).pk])
    take_old_ones_away(timezone.now() + timedelta(days=179))
    assert next_words() == second
    take_old_ones_away(timezone.now() + timedelta(days=181))
    assert next_words() is None


@db
def test_what_the_worker_missed_waits_too() -> None:
    number = filed()
    sql.execute("DELETE FROM urban_words_review")
    sql.execute("UPDATE urban_public_case SET version = 0")
    publish_missing()
    assert written_words(number).state == "waiting"


@db
def test_the_list_is_read_by_its_index() -> None:
    filed()
    sql.execute("SET LOCAL enable_seqscan = off")
    plan = " ".join(
        row[0]
        for row in sql.tuples(
            "EXPLAIN SELECT case_id FROM urban_words_review WHERE state = 'waiting' ORDER BY created_at DESC, case_id DESC LIMIT 1"
        )
    )
    assert "urban_words_waiting" in plan and "Sort" not in plan


# The review itself ------------------------------------------------------------------------------


@db
@pytest.mark.parametrize("by", ["dispatcher.1", "handler.D01", "operator.1", "collector.01"])
def test_others_may_not_review(by: str) -> None:
    number = filed()
    with pytest.raises(NotAllowed):
        review(number, by=by)


@db
@pytest.mark.parametrize("text", ["", " \n ", "\x00", "长" * 4001])
def test_nothing_and_too_much_are_not_shown(text: str) -> None:
    number = filed()
    with pytest.raises(Invalid):
        review(number, text)
    assert written_words(number).state == "waiting"


@db
def test_the_same_twice_is_once_and_another_word_needs_to_have_seen_the_first() -> None:
    number = filed()
    for by in ("acceptor.1", "acceptor.1", "chief.1"):
        review(number, by=by)
    with pytest.raises(Stale):
        review(number, "别的话", by="chief.1")
    with pytest.raises(Stale):
        review(number, shown=False, by="chief.1")
    review(number, shown=False, by="chief.1", seen=1)
    found = written_words(number)
    assert (found.state, found.text, found.edited, found.n) == ("kept", "", False, 2)
    journal = sql.rows(
        "SELECT verb, actor_id AS by_id, payload AS facts FROM audit_entry WHERE subject = 'urban.words' AND subject_id = %s ORDER BY n",
        [case(number).pk],
    )
    assert [(one["verb"], one["by_id"]) for one in journal] == [
        ("show_edited", who("acceptor.1").id),
        ("keep", who("chief.1").id),
    ]
    assert CLEARED not in str(journal) and "李小龙" not in str(journal)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_one_is_told() -> None:
    number = filed()
    id_, start, said = case(number).pk, threading.Barrier(2), []

    def press(by: str, text: str) -> None:
        caller = who(by)
        start.wait()
        try:
            review_words(caller, id_, True, text, 0, NOW)
            said.append("saved")
        except Stale:
            said.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=one) for one in (("acceptor.1", "一"), ("chief.1", "二"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["saved", "stale"]
    assert sql.value("SELECT count(*) FROM audit_entry WHERE subject = 'urban.words'") == 1


# The pages --------------------------------------------------------------------------------------


def press(number: str, **given: Any) -> Any:
    return desk("acceptor.1").post(f"/citizens/words/{number}", {"n": "0", **given})


@db
def test_the_page_proposes_the_words_without_numbers_and_doors() -> None:
    number = filed()
    text = desk("acceptor.1").get("/citizens/words/").content.decode()
    assert (
        WRITTEN in text and "李小龙家三单元门口垃圾散落，电话 ***</textarea>" in text and "文字审核" in text
    )
    assert f"/citizens/words/{number}" in desk("chief.1").get(f"/cases/{number}").content.decode()
    for person in ("dispatcher.1", "handler.D01"):
        assert desk(person).get("/citizens/words/").status_code == 403
        assert desk(person).post(f"/citizens/words/{number}", {"shown": "0"}).status_code == 403


@db
def test_pressing_goes_on_with_the_next_and_keeps_what_was_skipped_skipped() -> None:
    old, new = filed("第一件的话"), filed("第二件的话")
    page = desk("acceptor.1")
    skipped = next_words()
    assert skipped is not None and skipped.task == new
    answer = page.post(
        f"/citizens/words/{old}", {"n": "0", "shown": "1", "text": "话", "after": skipped.key}, follow=True
    )
    assert answer.redirect_chain == [(f"/citizens/words/?after={skipped.key}", 302)]
    assert "跳过的还等着看" in answer.content.decode()
    assert (written_words(old).state, written_words(new).state) == ("shown", "waiting")


@db
def test_refusals_stand_on_the_page_and_typed_words_are_not_lost() -> None:
    number = filed()
    answer = press(number, shown="1", text="  ")
    assert answer.status_code == 422 and "请写公开的文字" in answer.content.decode()
    review(number)
    answer = press(number, shown="1", text="别的话")
    assert (
        answer.status_code == 412
        and "刚被别人审核过" in answer.content.decode()
        and CLEARED in answer.content.decode()
    )
    for nonsense in ("x", "9" * 30, "-1"):
        assert press(number, shown="0", n=nonsense).status_code == 412
    assert press("x" * 40, shown="0").status_code == 404


@db
def test_what_was_said_can_be_changed_from_the_case() -> None:
    number = filed()
    review(number)
    text = desk("acceptor.1").get(f"/citizens/words/{number}").content.decode()
    assert "经编辑后公开" in text and f"{CLEARED}</textarea>" in text
    answer = desk("acceptor.1").post(f"/citizens/words/{number}", {"n": "1", "shown": "0"}, follow=True)
    assert answer.status_code == 200 and written_words(number).state == "kept"


@db
def test_the_report_page_says_so_where_words_may_be_read(client: Client) -> None:
    said = "可能和案卷一起公开"
    words("reviewed")
    assert said in client.get("/report/").content.decode()
    words("none")
    assert said not in client.get("/report/").content.decode()
    assert "现在规定不公开上报人的话" in desk("acceptor.1").get("/citizens/words/").content.decode()
