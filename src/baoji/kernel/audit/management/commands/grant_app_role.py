from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from baoji.kernel.audit.grants import ROLE, grant


class Command(BaseCommand):
    help = "Give the application's role its rights: the journal only grows. Run it as the owner, after every migrate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", default=ROLE)

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        connection.ensure_connection()
        if not grant(connection.connection, role):
            self.stdout.write(f"This server has no role {role}; nothing was granted.")
