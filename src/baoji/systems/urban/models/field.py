"""What phones in the street delivered, and what people on foot do besides reporting."""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import BrinIndex

from baoji.kernel.identity.models import Person


class Delivery(models.Model):
    """A report, an answer, a turn of a watch, 上班 or 下班 that a phone sent under a name of its own choosing; sent again, it is answered the same.

    `status` and `answer` are what was answered; 409 for an answer to a task that was gone by then.
    """

    name = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8)  # report, answer, stay, duty
    request_hash = models.CharField(max_length=64)
    number = models.CharField(max_length=24, blank=True, default="")
    envelopes = models.JSONField(default=list)  # rows of `kernel.evidence`
    captured_at = models.DateTimeField(null=True)  # the device's word
    delivered_at = models.DateTimeField()
    status = models.SmallIntegerField(default=0)
    answer = models.JSONField(default=dict)

    class Meta:
        db_table = "urban_delivery"
        indexes = [
            models.Index(fields=["person", "-delivered_at"], name="urban_delivery_person"),
            # what came in since a moment: rows are written in the order of their times, so this costs next to nothing
            BrinIndex(fields=["delivered_at"], name="urban_delivery_at", autosummarize=True),
        ]

    def __str__(self) -> str:
        return str(self.name)


class DutyTime(models.Model):
    """当班: from when to when somebody said to be on duty in the street. Positions are kept within it, and nowhere else."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by_rule = models.BooleanField(
        default=False, db_default=False
    )  # ended because nobody said 下班 for too long

    class Meta:
        db_table = "urban_duty_time"
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                name="one_duty_a_person_at_a_time",
                condition=models.Q(ended_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["-started_at"], name="urban_duty_started")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_at}"


class DutyPress(models.Model):
    """上班 or 下班 as it was pressed, at once or without a network. From all of a person's the duty times follow."""

    name = models.UUIDField(primary_key=True)  # the phone's own for it
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    begins = models.BooleanField()
    at = models.DateTimeField()  # what counts
    said_at = models.DateTimeField(null=True)  # the device's word
    received_at = models.DateTimeField()
    after = models.UUIDField(null=True)  # the press before it on the same phone

    class Meta:
        db_table = "urban_duty_press"
        indexes = [models.Index(fields=["person", "at"], name="urban_duty_press_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class Position(models.Model):
    """Where a phone said to be, while its holder was on duty and the app was open. The device's word."""

    duty = models.ForeignKey(DutyTime, on_delete=models.CASCADE, related_name="positions", db_index=False)
    at = models.DateTimeField()
    place = models.PointField(srid=4490, spatial_index=False)
    accuracy_m = models.FloatField()
    unit_grid = models.CharField(max_length=15, blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        db_table = "urban_position"
        constraints = [models.UniqueConstraint(fields=["duty", "at"], name="one_position_a_moment")]
        indexes = [
            models.Index(fields=["unit_grid", "at"], name="urban_position_grid"),
            models.Index(fields=["at"], name="urban_position_at"),
        ]

    def __str__(self) -> str:
        return f"{self.duty_id} {self.at}"


class Distress(models.Model):
    """SOS: somebody in the street calls for help; loud until somebody takes it."""

    name = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    place = models.PointField(srid=4490, null=True, spatial_index=False)
    words = models.CharField(max_length=200, blank=True, default="")
    taken_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_distress"
        indexes = [
            models.Index(
                fields=["-at"], name="urban_distress_open", condition=models.Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class Correction(models.Model):
    """部件纠错: what somebody found different from the ledger; a second person decides."""

    name = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)  # moved, class, missing, new, state
    component = models.CharField(max_length=16, blank=True, default="")
    class_code = models.CharField(max_length=4, blank=True, default="")
    state = models.CharField(max_length=8, blank=True, default="")
    place = models.PointField(srid=4490, null=True, spatial_index=False)
    words = models.CharField(max_length=200, blank=True, default="")
    files = models.JSONField(default=list)  # [file, kind, envelope]
    status = models.CharField(max_length=8, default="waiting")  # waiting, accepted, refused
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    made = models.CharField(max_length=16, blank=True, default="")  # the component that an accepted one made

    class Meta:
        db_table = "urban_correction"
        indexes = [models.Index(fields=["status", "-at"], name="urban_correction_status")]

    def __str__(self) -> str:
        return f"{self.kind} {self.component}"


class ControlArea(models.Model):
    """管控区: where works are permitted, so that some classes need no report here and now."""

    name = models.CharField(max_length=60)
    place = models.MultiPolygonField(srid=4490)
    topics = models.JSONField(default=list)  # c0102, e0113 …; empty stands for all
    since = models.DateTimeField()
    until = models.DateTimeField()
    basis = models.CharField(max_length=120)  # the permit
    source = models.CharField(max_length=120, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "urban_control_area"

    def __str__(self) -> str:
        return self.name


class Stay(models.Model):
    """守候: somebody stays at a dangerous place until it is fenced; handed from person to person, with times.

    The watch is a person's from `since` on; that they are there, they say (`arrived_at`).
    """

    number = models.CharField(max_length=24)  # of the case
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    handed_to = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    fenced = models.BooleanField(default=False)

    class Meta:
        db_table = "urban_stay"
        constraints = [
            models.UniqueConstraint(
                fields=["number"], name="one_at_a_place_at_a_time", condition=models.Q(until__isnull=True)
            )
        ]
        indexes = [models.Index(fields=["number", "since"], name="urban_stay_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.person_id}"
