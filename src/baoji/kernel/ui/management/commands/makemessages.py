from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's own, with the project's words for marking, no guesses at translations, and tests left out."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching", "--no-wrap"]
    msguniq_options = [*makemessages.Command.msguniq_options, "--no-wrap"]
    msgattrib_options = [*makemessages.Command.msgattrib_options, "--no-wrap"]
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        "--keyword=lazy",
        "--keyword=mark",
        "--keyword=noop",
        "--keyword=counted:1c,2",
        "--keyword=mark_as:1c,2",
        "--no-wrap",
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        options["add_location"] = options["add_location"] or "file"
        options["ignore_patterns"] = [*options["ignore_patterns"], "tests/*", "migrations/*"]
        super().handle(*args, **options)
