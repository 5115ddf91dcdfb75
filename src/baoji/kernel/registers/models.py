"""What was changed in a register, in words that people can read."""

from django.db import models

from baoji.kernel.identity.models import Person


class ChangeNote(models.Model):
    """One change of one row. Personal values are not kept: `hidden` names the fields, `salt` is that of their hashes
    in the journal."""

    register = models.CharField(max_length=30)
    row = models.BigIntegerField()
    title = models.CharField(max_length=160)
    verb = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    hidden = models.JSONField(default=list)
    salt = models.CharField(max_length=32)

    class Meta:
        db_table = "registers_change_note"
        indexes = [
            models.Index(fields=["register", "row", "-id"], name="registers_note_of_row"),
            models.Index(fields=["register", "-id"], name="registers_note_of_register"),
        ]

    def __str__(self) -> str:
        return f"{self.register} {self.title} {self.verb}"
