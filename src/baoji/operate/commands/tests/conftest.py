"""A town with cases whose flow records and journal tell the same story, written by the flow room itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import DateTimeField
from PIL import Image
from pytest_django import DjangoDbBlocker

from baoji.kernel.audit.tests.scratch import drop_copy, link_all, make_copy, own_database
from baoji.kernel.audit.verification.report import Report
from baoji.kernel.flow import run, store
from baoji.kernel.flow.journal import digest_of, journal_facts
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.records import actions as records
from baoji.operate.commands.audit import reading, verified

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATH = (("report", "collect/reported"), ("accept", "file/accepted"), ("file", "dispatch/filed"))


@pytest.fixture(autouse=True)
def _own_folder(own_folder: Path) -> None:
    """Every test here has a data folder of its own."""


def photo(n: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40 + n, 30), (n, 90, 20)).save(out, "JPEG")
    return out.getvalue()


def a_case(n: int, person: Person) -> Case:
    times = {f.name: NOW for f in Case._meta.concrete_fields if isinstance(f, DateTimeField) and not f.null}
    return Case.objects.create(
        flow="urban",
        number=f"T{n:06}",
        title="井盖丢失",
        source="collector",
        stage="collect",
        step="reported",
        place="SRID=4490;POINT(107.14 34.37)",
        reporter=person,
        salt=f"{n:032}",
        **times,
    )


@transaction.atomic
def walk(n: int, person: Person) -> Case:
    """Reports, accepts and files a case; with opinions, and photos at the first act."""
    case = a_case(n, person)
    for act, to in PATH:
        before, left = store.remember(case), "" if act == "report" else run.key_of(case)
        case.stage, case.step = to.split("/")
        case.records += 1
        case.version += act != "report"
        kept = [records.keep(photo(n * 2 + k), now=NOW) for k in range(2)] if act == "report" else []
        store.write_act(case, before, told(case, act, person, left, [file.id for file in kept]))
    return case


def told(case: Case, act: str, person: Person, left: str, files: list[int]) -> dict[str, Any]:
    """What the flow room writes of an act."""
    record = {
        "case_id": case.pk,
        "n": case.records,
        "act": act,
        "at": NOW + timedelta(minutes=case.records),
        "by_id": person.pk,
        "post": "acceptor",
        "side": "supervision",
        "from_step": left,
        "to_step": run.key_of(case),
        "receiver_post": "",
        "opinion": f"意见 {act}",
        "facts": {"n": case.pk},
        "used_s": 60,
        "overdue": False,
    }
    journal = journal_facts(case, left, run.key_of(case), f"意见 {act}", files)
    return {
        "record": record,
        "clear": [],
        "timers": {},
        "orgs": [],
        "people": [],
        "created_at": case.created_at,
        "files": [(file, "photo") for file in files],
        "stage": "report",
        "journal": journal | {"row": digest_of(case.salt, record)},
    }


@pytest.fixture
def town(own_db: str) -> list[Case]:
    """Five cases of three acts each."""
    Organisation.objects.create(code="610300", name="宝鸡市", kind="city")
    person = Person.objects.create(code="acceptor.1", name="李静")
    return [walk(n, person) for n in range(1, 6)]


@pytest.fixture
def sealed_town(town: list[Case]) -> list[Case]:
    link_all(NOW)
    return town


@pytest.fixture(scope="session")
def journal_copy(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        name = make_copy()
    yield name
    drop_copy()


@pytest.fixture
def own_db(journal_copy: str, db: None) -> Iterator[str]:
    with own_database(journal_copy) as url:
        yield url


@pytest.fixture
def owner_url(own_db: str, settings: Any) -> str:
    settings.DATABASE_OWNER_URL = own_db
    return own_db


@pytest.fixture
def verify(owner_url: str) -> Callable[..., Report]:
    def look(since: int | None = None) -> Report:
        with reading(owner_url) as outside:
            return verified(outside, since)

    return look


@pytest.fixture
def tamper(own_db: str) -> Callable[..., None]:
    def change(*statements: str) -> None:
        with connection.cursor() as cursor:
            for word in ("DISABLE", "ENABLE"):
                for table in ("audit_entry", "audit_seal", "flow_record", "flow_case"):
                    cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
                if word == "DISABLE":
                    for statement in statements:
                        cursor.execute(statement)

    return change
