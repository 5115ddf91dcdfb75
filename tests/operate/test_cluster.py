"""A real private cluster, made and ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.operate.watching import eventually, lives

from baoji.operate.cluster import APP, OWNER, Cluster
from baoji.operate.database import apart, given_addresses, private_cluster
from baoji.operate.errors import Trouble
from baoji.operate.layout import SOURCES, Layout, socket_dir_for
from baoji.operate.lend import with_database
from baoji.operate.state import State, held, is_held, write_state
from baoji.operate.status import show
from baoji.operate.supervise import Supervisor

pytestmark = pytest.mark.slow


def start(cluster: Cluster, supervisor: Supervisor) -> None:
    cluster.prepare()
    supervisor.add(cluster.program())
    assert supervisor.wait_until(cluster.is_ready, patience=30), cluster.log.read_text()
    cluster.ensure_roles()


def quick(home: Path) -> Cluster:
    return Cluster(home / "pg", socket_dir_for(home / "run"), home / "postgres.log", durable=False)


def test_the_application_owns_nothing_and_the_owner_is_no_superuser(
    layout: Layout, supervisor: Supervisor
) -> None:
    cluster = private_cluster(layout)
    start(cluster, supervisor)
    assert cluster.sql("SELECT count(*) FROM pg_roles WHERE rolsuper") == "1"
    assert cluster.sql("CREATE TABLE t (x int); SELECT postgis_lib_version()", database="baoji", role=OWNER)
    for forbidden in (
        "CREATE TABLE u (x int)",
        "DROP TABLE t",
        "CREATE DATABASE x",
        "CREATE ROLE r",
        "SELECT * FROM t",
    ):
        with pytest.raises(Trouble):
            cluster.sql(forbidden, database="baoji", role=APP)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert cluster.sql(f"SHOW {name}") == "on"
    assert cluster.sql("SHOW listen_addresses") == ""
    assert cluster.sql("SHOW data_checksums") == "on"


def test_the_log_repeats_nothing_that_people_said(tmp_path: Path, supervisor: Supervisor) -> None:
    cluster = quick(tmp_path)
    start(cluster, supervisor)
    cluster.sql("CREATE TABLE caller (phone text UNIQUE)", role=OWNER, database="baoji")
    with pytest.raises(Trouble):
        cluster.sql(
            "INSERT INTO caller VALUES ('13800001234'), ('13800001234')", role=OWNER, database="baoji"
        )
    said = cluster.log.read_text()
    assert "duplicate key" in said
    assert "13800001234" not in said


def test_the_owner_makes_databases_with_postgis(tmp_path: Path, supervisor: Supervisor) -> None:
    cluster = quick(tmp_path)
    start(cluster, supervisor)
    cluster.sql("CREATE DATABASE second", role=OWNER, database="baoji")
    assert (
        cluster.sql("CREATE EXTENSION IF NOT EXISTS postgis; SELECT 1", role=OWNER, database="second") == "1"
    )


def test_a_killed_server_is_back_with_its_data(tmp_path: Path, supervisor: Supervisor) -> None:
    cluster = Cluster(tmp_path / "pg", socket_dir_for(tmp_path / "run"), tmp_path / "postgres.log")
    start(cluster, supervisor)
    cluster.sql("CREATE TABLE t AS SELECT 42 AS x", database="baoji", role=OWNER)
    busy = subprocess.Popen(
        [cluster.binary("psql"), "-h", str(cluster.socket_dir), "-U", OWNER, "-d", "baoji", "-c",
         "SELECT count(*) FROM generate_series(1, 10000000000)"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(0.5)
    first = supervisor.pids()["postgres"]
    assert first is not None
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    assert supervisor.wait_until(
        lambda: supervisor.pids()["postgres"] not in (None, first) and cluster.is_ready(), patience=10
    )
    assert time.monotonic() - began < 5
    assert cluster.sql("SELECT x FROM t", database="baoji", role=OWNER) == "42"
    busy.wait(10)


def test_stopping_leaves_no_server_process(tmp_path: Path, supervisor: Supervisor) -> None:
    cluster = quick(tmp_path)
    start(cluster, supervisor)
    assert len(cluster._processes()) > 1
    supervisor.stop()
    assert cluster._processes() == []
    assert not (cluster.data_dir / "postmaster.pid").exists()


def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path, supervisor: Supervisor) -> None:
    home = tmp_path / ("long" * 30)
    home.mkdir()
    cluster = quick(home)
    try:
        start(cluster, supervisor)
        assert cluster.socket_dir.parent == Path("/tmp")
        assert cluster.sql("SELECT 1") == "1"
    finally:
        supervisor.stop()
        cluster.socket_dir.rmdir()


def test_a_server_without_its_supervisor_is_shut_down_before_the_next(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    cluster = quick(tmp_path)
    start(cluster, supervisor)
    supervisor.children.clear()  # the supervisor forgets it, as a killed one would
    left = cluster._processes()
    start(cluster, supervisor)
    assert not set(left) & set(cluster._processes())
    assert "database system was not properly shut down" not in cluster.log.read_text()


def test_data_of_another_version_are_one_sentence(tmp_path: Path) -> None:
    cluster = quick(tmp_path)
    cluster.data_dir.mkdir()
    (cluster.data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(Trouble, match="was made by PostgreSQL 9, and this machine has PostgreSQL"):
        cluster.prepare()


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    cluster = quick(tmp_path)
    cluster.socket_dir.parent.mkdir()
    cluster.socket_dir.symlink_to(tmp_path)
    with pytest.raises(Trouble, match="belongs to another user"):
        cluster.prepare()


def test_an_interrupted_beginning_is_begun_again(tmp_path: Path, supervisor: Supervisor) -> None:
    cluster = quick(tmp_path)
    cluster.data_dir.mkdir()
    (cluster.data_dir / "half").write_text("written")
    left = cluster.data_dir.with_name("pg.making-1")  # initdb writes its version first
    left.mkdir()
    (left / "PG_VERSION").write_text("15\n")
    start(cluster, supervisor)
    assert cluster.sql("SELECT 1") == "1"
    assert not left.exists()


RUNNER = """
import sys
from pathlib import Path
from baoji.operate.cluster import Cluster
from baoji.operate.errors import Stopped
from baoji.operate.supervise import Supervisor
home = Path(sys.argv[1])
cluster = Cluster(home / "pg", home / "run", home / "postgres.log", durable=False)
supervisor = Supervisor()
supervisor.catch_signals()
try:
    cluster.prepare()
    supervisor.add(cluster.program())
    supervisor.wait_until(cluster.is_ready, patience=30)
    print("ready", supervisor.pids()["postgres"], flush=True)
    supervisor.watch()
except Stopped:
    pass
finally:
    supervisor.stop()
"""


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_server_outlives_its_supervisor(tmp_path: Path, kind: signal.Signals) -> None:
    home = Path(f"/tmp/baoji-t{os.getpid()}-{kind}")
    home.mkdir(mode=0o755)
    env = {**os.environ, "PYTHONPATH": str(SOURCES)}
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(home)], env=env, stdout=subprocess.PIPE, text=True
    )
    assert runner.stdout is not None
    word, pid = runner.stdout.readline().split()
    assert word == "ready"
    runner.send_signal(kind)
    runner.wait(30)
    assert eventually(lambda: not lives(int(pid)), patience=10)
    subprocess.run(["rm", "-rf", str(home)], check=True)


def test_two_at_once_on_the_same_data(layout: Layout) -> None:
    with held(layout) as first, held(layout) as second:
        assert (first, second) == (True, False)
        assert is_held(layout)
    assert not is_held(layout)


def test_a_given_server_gets_the_application_role(
    layout: Layout, tmp_path: Path, supervisor: Supervisor
) -> None:
    cluster = quick(tmp_path)
    start(cluster, supervisor)
    cluster.sql(
        f"DROP DATABASE baoji; DROP ROLE {APP}; ALTER ROLE {OWNER} CREATEROLE; CREATE DATABASE city OWNER {OWNER}"
    )
    told: list[str] = []
    found = given_addresses(layout, cluster.url(OWNER, "city"), told.append)
    assert f"//{APP}:" in found.app and f"//{OWNER}@" in found.owner
    assert told == []
    cluster.sql(f"ALTER ROLE {APP} NOLOGIN; ALTER ROLE {OWNER} NOCREATEROLE")
    found = given_addresses(layout, cluster.url(OWNER, "city"), told.append)
    assert found.app == found.owner
    assert len(told) == 1 and told[0].startswith("Warning:")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://city@db/city", "DATABASE_URL must begin with postgresql://."),
        ("postgresql://city:geheim@127.0.0.1:1/city", "Connection refused."),
    ],
)
def test_a_given_server_that_cannot_be_used_is_one_sentence_without_the_password(
    layout: Layout, url: str, said: str
) -> None:
    with pytest.raises(Trouble) as trouble:
        given_addresses(layout, url, print)
    assert str(trouble.value).endswith(said)
    assert "\n" not in str(trouble.value) and "geheim" not in str(trouble.value)


def test_a_password_stands_in_no_command_line() -> None:
    place, environment = apart("postgresql://city:stadt%2F1%40x@db.example:5433/city")
    assert environment == {"PGPASSWORD": "stadt/1@x"}
    assert "stadt" not in place and "host=db.example" in place and "port=5433" in place


def test_a_city_on_a_given_server_is_not_waited_for(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    with held(layout):
        write_state(layout, State(os.getpid(), "ready", None, {"web": 1, "worker": 2, "stream": 3}))
        with pytest.raises(Trouble, match="set DATABASE_URL as for ./dev up"):
            with_database(layout, lambda env: ("true",))
        show(layout, as_json=False)
    assert "postgres   the server in DATABASE_URL\n" in capsys.readouterr().out
