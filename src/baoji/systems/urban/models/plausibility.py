"""核对: what does not fit together in what phones said, who meets whom how often, closed cases looked at a second time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from baoji.kernel.flow.models import Case
from baoji.kernel.identity.models import Person


class PlausibilityFinding(models.Model):
    """Numbers that do not fit together, for a person to look at; never a judgement.

    `subject` names what was looked at, so that looking again changes nothing. `state` is new, seen, follow, or gone when
    a later look (with the whole track) no longer finds it; unknown where nothing can be said, as with a missing track.
    """

    kind = models.CharField(max_length=16)  # see `rules.plausibility`
    subject = models.CharField(
        max_length=80
    )  # delivery:<uuid>, track:<person>:<day>, chain:<device>:<number>
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()  # the device's word, as far as it makes sense
    found_at = models.DateTimeField()
    facts = models.JSONField(default=dict)  # the numbers, with the limit they were held against
    state = models.CharField(max_length=8, default="new")
    note = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "urban_plausibility"
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind"], name="one_finding_a_subject_and_kind")
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="urban_plausibility_state"),
            models.Index(fields=["state", "kind", "-id"], name="urban_plausibility_kind"),
            models.Index(fields=["person", "state", "-id"], name="urban_plausibility_person"),
            models.Index(
                fields=["case"], name="urban_plausibility_case", condition=models.Q(case__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class PlausibilityMark(models.Model):
    """How far a look over everything has come."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_plausibility_mark"

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class PairMonth(models.Model):
    """How often two met in a month and a street, summed up so that years can be looked through at once.

    `kind` says who `one` and `other` are (see `rules.collusion.KINDS`); `n` counts cases, the others those of them with
    something more: `positive` checks that said fixed, `quick` ones done within minutes, `same_device` photos of both by
    one device, `chosen` where a person named somebody else than was drawn, `drawn` where the draw is on record. `expected` is
    the sum of the draws' own chances for this pair. `hours`: how many in each hour of the day.
    """

    month = models.DateField()
    kind = models.CharField(max_length=8)
    area = models.CharField(max_length=9, blank=True, default="")
    one = models.BigIntegerField()
    other = models.BigIntegerField()
    n = models.IntegerField()
    positive = models.IntegerField(default=0)
    quick = models.IntegerField(default=0)
    same_device = models.IntegerField(default=0)
    chosen = models.IntegerField(default=0)
    drawn = models.IntegerField(default=0)
    expected = models.FloatField(default=0)
    hours = ArrayField(models.IntegerField(), default=list)

    class Meta:
        db_table = "urban_pair_month"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "month", "area", "one", "other"], name="one_pair_a_month_and_street"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.month} {self.one} {self.other}"


class Sample(models.Model):
    """抽查: a check that found something fixed, and a collector of another grid who was asked to look once more.

    `fixed` is None while unanswered, or when the case went another way.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    fixed = models.BooleanField(null=True)

    class Meta:
        db_table = "urban_sample"
        indexes = [
            models.Index(
                fields=["person"], name="urban_sample_open", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(fields=["-asked_at"], name="urban_sample_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.person_id}"
