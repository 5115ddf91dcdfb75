"""Fingerprints of pictures, where each picture is used, what looks like being used twice, before beside after.

A *use* is a picture on a case: its number is that of the attachment, whose table stands above this room. Or it is one of a
correction of the ledger, which is no case; its number is out of the same row, so that what came later has the greater one.
"""

from django.db import models

from baoji.kernel.identity.models import Person
from baoji.kernel.records.models import StoredFile


class Print(models.Model):
    """A picture's fingerprint. A trigger makes the row when the picture's copies are made; the worker fills it in.

    `state`: due; '' in the index; flat (says nothing), bad (cannot be opened), common (a drawing that stands everywhere).
    """

    file = models.OneToOneField(StoredFile, primary_key=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=6, default="due")
    phash = models.BigIntegerField(null=True)
    parts = models.SmallIntegerField(null=True)  # how many of its parts are in the index; none: not made yet
    made_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence_print"
        indexes = [models.Index(fields=["file"], name="evidence_print_due", condition=models.Q(state="due"))]

    def __str__(self) -> str:
        return f"{self.file_id} {self.state}"


class PrintKey(models.Model):
    """A quarter of a fingerprint, to find what is near by: `k` = quarter << 16 | its 16 bits, `h` the whole one."""

    pk = models.CompositePrimaryKey("k", "file_id")
    k = models.IntegerField()
    file_id = models.BigIntegerField()
    h = models.BigIntegerField()

    class Meta:
        db_table = "evidence_print_key"

    def __str__(self) -> str:
        return f"{self.k} {self.file_id}"


class PartKey(models.Model):
    """A part of a picture, to find crops by: `k` the 32 bits of its lowest frequencies, `h` the 31 others."""

    pk = models.CompositePrimaryKey("k", "h", "file_id")
    k = models.IntegerField()
    h = models.IntegerField()
    file_id = models.BigIntegerField()

    class Meta:
        db_table = "evidence_part_key"

    def __str__(self) -> str:
        return f"{self.k} {self.file_id}"


class Use(models.Model):
    """A photo on a case, or the `nth` (from 0) of a correction, by whom, for which department and component; `looked_at` once it
    was compared."""

    id = models.BigIntegerField(primary_key=True)
    case_id = models.BigIntegerField(null=True)
    correction = models.UUIDField(null=True)
    nth = models.SmallIntegerField(null=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    moment = models.CharField(max_length=6)  # before, after, check, other, ledger
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    org_id = models.BigIntegerField(null=True)
    thing = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence_use"
        indexes = [
            models.Index(fields=["file", "id"], name="evidence_use_file"),
            models.Index(fields=["case_id"], name="evidence_use_case"),
            models.Index(
                fields=["id"], name="evidence_use_waiting", condition=models.Q(looked_at__isnull=True)
            ),
            models.Index(fields=["by", "-id"], name="evidence_use_by", condition=models.Q(by__isnull=False)),
            models.Index(
                fields=["org_id", "-id"], name="evidence_use_org", condition=models.Q(org_id__isnull=False)
            ),
            models.Index(fields=["thing", "-id"], name="evidence_use_thing", condition=~models.Q(thing="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "nth"],
                name="evidence_use_correction",
                condition=models.Q(correction__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id or self.correction} {self.id}"


class Finding(models.Model):
    """Two photos that a person should look at. What it means is for that person; nothing follows from it by itself."""

    later = models.ForeignKey(Use, on_delete=models.PROTECT, related_name="+", db_index=False)
    earlier = models.ForeignKey(Use, on_delete=models.PROTECT, related_name="+", db_index=False)
    later_case = models.BigIntegerField(null=True)  # none: a correction's
    earlier_case = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=8)  # exact, near, feature, after, again
    distance = models.SmallIntegerField(null=True)  # bits of 64 in which the fingerprints differ
    inliers = models.IntegerField(default=0)
    alike = models.FloatField(default=0)  # share of the blocks that agree, laid on each other
    mirrored = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    salt = models.CharField(max_length=32)
    verdict = models.CharField(max_length=9, blank=True, default="")  # '', same, different, unsure
    reason = models.CharField(max_length=200, blank=True, default="")
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "evidence_likeness"
        constraints = [models.UniqueConstraint(fields=["later", "earlier"], name="evidence_one_finding")]
        indexes = [
            models.Index(fields=["-id"], name="evidence_likeness_open", condition=models.Q(verdict="")),
            models.Index(fields=["-id"], name="evidence_likeness_seen", condition=~models.Q(verdict="")),
            models.Index(fields=["later_case"], name="evidence_likeness_later"),
            models.Index(fields=["earlier_case"], name="evidence_likeness_earlier"),
            models.Index(fields=["earlier"], name="evidence_likeness_earlier_use"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.later_id} {self.earlier_id}"


class Pair(models.Model):
    """A case's photo after the work beside one from before: measures, which the reader's limits turn into words."""

    after = models.ForeignKey(Use, on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.ForeignKey(Use, on_delete=models.CASCADE, related_name="+", db_index=False)
    case_id = models.BigIntegerField()
    same_bytes = models.BooleanField(default=False)
    distance = models.SmallIntegerField(null=True)
    inliers = models.IntegerField(default=0)
    alike = models.FloatField(default=0)

    class Meta:
        db_table = "evidence_pair"
        constraints = [models.UniqueConstraint(fields=["after", "before"], name="evidence_one_pair")]
        indexes = [models.Index(fields=["case_id"], name="evidence_pair_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.after_id} {self.before_id}"
