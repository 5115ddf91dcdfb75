"""Typed readers of the environment; each variable is documented where it is read."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks (`10.0.0.0/8`) and single addresses, with commas between them; ValueError for anything else."""
    return [ip_network(part.strip()) for part in text(name).split(",") if part.strip()]


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, default)


def database(url: str) -> dict[str, Any]:
    """A Django database entry from a PostgreSQL connection address (libpq URI)."""
    if urlsplit(url).scheme not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must begin with postgresql://")
    parts = conninfo_to_dict(url.replace("postgres://", "postgresql://", 1))
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {name: parts.pop(key) for key, name in known.items() if parts.get(key)}
    return {
        "ENGINE": "baoji.kernel.base.postgres",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "baoji", **parts},
        **entry,
    }
