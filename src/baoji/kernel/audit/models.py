"""The journal: append-only, chained for each subject at commit, sealed into one chain by the worker."""

from django.db import models


class Entry(models.Model):
    """One line of the journal. `payload` is the exact text that was hashed; the columns repeat it for searching."""

    subject = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    n = models.IntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=40)
    payload = models.TextField()
    hash = models.BinaryField()
    xid = models.BigIntegerField()

    class Meta:
        db_table = "audit_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "subject_id", "n"], name="one_entry_a_subject_and_number"
            )
        ]
        indexes = [models.Index(fields=["xid", "id"], name="audit_entry_by_transaction")]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} #{self.n} {self.verb}"


class Seal(models.Model):
    """A link of the global chain: entries of the transactions `xid_from` ≤ xid < `xid_to` with ids above `floor_id`.

    A restore starts a new count of transactions and with it a new `floor_id`; `last_id` is the greatest id sealed so far.
    """

    floor_id = models.BigIntegerField()
    xid_from = models.BigIntegerField()
    xid_to = models.BigIntegerField()
    entries = models.IntegerField()
    last_id = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_seal"
        indexes = [models.Index(fields=["last_id", "id"], name="audit_seal_of_entry")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.entries}"
