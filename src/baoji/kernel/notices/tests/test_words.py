"""A notice is read in its reader's language, whoever caused it; mails go in the language of whoever gets them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_noop as _
from django.utils.translation import override

from baoji.kernel.identity.callers import Caller
from baoji.kernel.identity.models import Person
from baoji.kernel.notices import jobs
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.models import Notice
from baoji.kernel.notices.queries import notices
from baoji.kernel.notices.senders import Message, Outcome, smtp
from baoji.kernel.notices.words import Words
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 17, 2, tzinfo=UTC)
# Sentences of the catalogue, one of each shape.
PLAIN = _("您上报的问题没有受理")
DEVICE = _("%(who)s 登记了一台手机，等您核准")


def tell(title: Words | str, once: str = "one") -> Person:
    person = Person.objects.order_by("id")[0]
    notify(once, kind="close", title=title, at=NOW, person=person.pk)
    return person


def read(person: Person, language: str) -> str:
    with override(language):
        return str(notices(Caller(person.pk, person.code, person.name, ()))[0][0]["title"])


@pytest.mark.parametrize(
    ("words", "chinese", "english"),
    [
        (Words(PLAIN), "您上报的问题没有受理", "The problem you reported was not accepted"),
        (
            Words(DEVICE, {"who": "王芳"}),
            "王芳 登记了一台手机，等您核准",
            "王芳 enrolled a phone, waiting for your approval",
        ),
        (
            Words(PLAIN, about="井盖 · 破损", note="重复上报"),
            "您上报的问题没有受理：井盖 · 破损（重复上报）",
            "The problem you reported was not accepted: 井盖 · 破损 (重复上报)",
        ),
        (Words(DEVICE, {"who": ["系统"]}), "系统 登记了一台手机，等您核准", None),
    ],
)
def test_each_reader_reads_their_language(words: Words, chinese: str, english: str | None) -> None:
    with override("en"):  # whose act it is reads English
        person = tell(words)
    assert Notice.objects.get(once="one").title == chinese
    assert read(person, "zh-hans") == chinese
    assert english is None or read(person, "en") == english


def test_an_organisation_has_its_name_in_either_language() -> None:
    body = Organisation.objects.order_by("id")[0]
    Organisation.objects.filter(pk=body.pk).update(name_en="Works of the Test Town")
    organisations.forget()
    person = tell(Words(DEVICE, {"who": {"org": body.pk}}))
    assert read(person, "zh-hans").startswith(body.name)
    assert read(person, "en").startswith("Works of the Test Town")


@pytest.mark.parametrize("kept", [None, ["%(gone)s 没有了"], [], {"sentence": "?"}, 7])
def test_rows_of_before_and_parts_of_another_release_stand_as_they_are(kept: Any) -> None:
    person = tell("催办：井盖")
    Notice.objects.filter(once="one").update(words=kept)
    assert read(person, "en") == "催办：井盖"


def test_telling_is_one_statement_and_few_bytes() -> None:
    with CaptureQueriesContext(connection) as asked:
        tell(Words(PLAIN, about="井盖 · 破损"))
    assert len([query for query in asked if "notices_notice" in query["sql"]]) == 1
    assert len(Words(PLAIN, about="井盖 · 破损").kept().encode()) < 60


def test_a_mail_is_in_the_language_of_whoever_gets_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SMTP_URL = ""  # nothing is queued; the job is called below
    sent: list[Message] = []
    monkeypatch.setattr(smtp, "send", lambda message: sent.append(message) or Outcome(True))
    settings.SMTP_URL = "smtp://nowhere"
    monkeypatch.setattr(jobs.send_mail, "defer", lambda **_given: None)
    for language in ("en", "zh-hans", ""):
        person = Person.objects.order_by("id")[0]
        Person.objects.filter(pk=person.pk).update(email="one@example.org", language=language)
        tell(Words(PLAIN), once=f"to-{language}")
        with override("en" if language != "en" else "zh-hans"):  # whatever the worker did before
            jobs.send_mail_to(notice=Notice.objects.get(once=f"to-{language}").pk, person=person.pk)
    assert [mail.subject for mail in sent] == [
        "The problem you reported was not accepted",
        "您上报的问题没有受理",
        "您上报的问题没有受理",
    ]
    assert sent[0].text.startswith("The problem you reported")
