"""The town stands in the test database for every test; what a test does in it is rolled back, or taken back where it commits.

A test that needs a database without a city says `usefixtures("empty_city")`.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker
from tests import together

from baoji.kernel.base.snapshot import forget_all
from baoji.kernel.identity import callers

HERE = Path(__file__).parent
# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


_town: list[Any] = []  # one, once the town stands


def _forget() -> None:
    forget_all()
    callers._kept_for = ((), -1)
    callers._people.clear()
    callers._tokens.clear()


def _digest() -> str:
    """Changes when the town would be laid differently."""
    files = [
        HERE / "tests" / "town_rows.py",
        *sorted((HERE / "data" / "baoji").glob("*.csv")),
        HERE / "data" / "baoji" / "policies.toml",
    ]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _lay_town() -> None:
    """Lays the town unless it stands already as this code would lay it (a kept test database)."""
    from django.core.management import call_command
    from tests.cheaper import KeptRows, KeptSnapshots, restore_after_commits
    from tests.town_rows import build_town

    from baoji.kernel.identity.models import Person

    name = connection.settings_dict["NAME"]
    if not name.startswith("test_"):
        return  # no test here asked for a database, so none was made; never touch a real one
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        )
        said = cursor.fetchone()[0]
        if said != _digest() or not Person.objects.filter(code="nobody.1").exists():
            call_command("flush", interactive=False, verbosity=0)
            _forget()
            build_town()
            cursor.execute(f"COMMENT ON DATABASE {connection.ops.quote_name(name)} IS '{_digest()}'")
    restore_after_commits(KeptRows())
    _town[:] = [KeptSnapshots()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        _lay_town()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser, or a whole city, on a machine under load may lose a key or a second: one more try, and the summary says so."""
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: together.turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> together.Together | None:
    return together.Together(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What went wrong the first time, so that a second try hides no fault."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"tried again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(scope="session", autouse=True)
def _cheaper() -> None:
    from tests import cheaper

    cheaper.keep_statements()
    cheaper.spare_the_disk()
    cheaper.tabulate_once()
    cheaper.find_assets_once()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """But what is read from the untouched town, which every test would read anew."""
    _forget()
    for town in _town:
        town.put_back()
    yield
    _forget()
    translation.deactivate()  # a page asked for in English leaves this thread English


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder for this test alone: files, keys and the journal's copied heads go there."""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    return settings.DATA


@pytest.fixture
def empty_city(db: None) -> None:
    """A database without the town, for this test alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        cursor.execute("SET LOCAL session_replication_role = origin")
    _forget()


@pytest.fixture
def march(db: None) -> dict[str, str]:
    """Three cases of D29 whose deadline is in March: one in time, one late, one overdue and undone."""
    from tests.town import at, do, report, walk

    made = {}
    for name, answered in (("good", "03-18 09:00"), ("late", "03-19 15:00")):
        number = walk(report(), "handle/handling")
        do(number, "@body", "answer", now=at(answered))
        made[name] = walk(number, "evaluate/closed", now=at(answered))
    made["undone"] = walk(report(), "handle/handling")
    return made
