"""Whether the tables are as this version wants them: then a start need not look at every migration again."""

from hashlib import sha256
from pathlib import Path

from baoji.operate.database import query
from baoji.operate.errors import Trouble

CODE = Path(__file__).resolve().parents[1]
# The mark stands at a table of the owner's, with the database's own number: a restored database is looked at anew.
SAID = """
SELECT d.oid || ' ' || coalesce(obj_description(to_regclass('public.django_migrations')), '')
  FROM pg_database d WHERE d.datname = current_database()
"""


def are_ready(owner_url: str) -> bool:
    """Whether the mark on this database is that of the code here; no answer counts as no."""
    try:
        oid, _space, said = query(owner_url, SAID).partition(" ")
    except Trouble:
        return False
    return said == f"{oid} {wanted()}"


def mark_ready(owner_url: str) -> None:
    """Says on the database that its tables are as the code here wants them."""
    oid = query(owner_url, SAID).partition(" ")[0]
    query(owner_url, f"COMMENT ON TABLE public.django_migrations IS '{oid} {wanted()}'")


def wanted() -> str:
    """A hash of all that makes tables and rights: migrations, their SQL, grants, and the packages installed."""
    whole = sha256()
    for path in sorted(
        [
            *CODE.glob("*/*/migrations/*.py"),
            *CODE.glob("*/*/sql/*.sql"),
            CODE / "kernel" / "audit" / "grants.py",
            CODE / "config" / "settings" / "base.py",
            *(CODE.parents[1] / "requirements").glob("*.txt"),
        ]
    ):
        whole.update(str(path.relative_to(CODE.parents[1])).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()
