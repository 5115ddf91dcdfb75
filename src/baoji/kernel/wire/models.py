"""What arrived from outside, remembered so that the same message twice is one deed."""

from django.db import models


class Inbox(models.Model):
    """An `Idempotency-Key` of a caller, the hash of what came with it and the answer that was given."""

    caller = models.CharField(max_length=60)
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    answer = models.JSONField(null=True)  # `json` in the database: in the order written, for plain statements
    at = models.DateTimeField()

    class Meta:
        db_table = "wire_inbox"
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_a_caller_and_key")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
