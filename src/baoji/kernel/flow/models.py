"""Cases that move through a declared flow, the unalterable record of each act, and the timers that wake them."""

from typing import Any

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.utils.translation import gettext_lazy as _

from baoji.kernel.identity.models import Person
from baoji.kernel.maps.models import web_mercator
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.records.models import StoredFile

OPEN = ("open", "suspended")
# People and bodies are named without a lock on them, which a foreign key would take with every act: neither is ever deleted.
NAMED: dict[str, Any] = {"related_name": "+", "db_index": False, "db_constraint": False}


class Case(models.Model):
    """案卷. One row holds all that a list, a light and an act need; what the business knows besides is the system's.

    `people` maps a side to the people who acted for it; `asks` are the posts that an open request waits for.
    """

    lon: float  # of `place`, set when the case is loaded
    lat: float

    flow = models.CharField(max_length=20)
    number = models.CharField(max_length=24, unique=True)
    case_number = models.CharField(max_length=24, unique=True, null=True)
    title = models.CharField(max_length=120)
    topic = models.CharField(max_length=12, blank=True, default="")
    area = models.CharField(max_length=15, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=12)
    severity = models.CharField(max_length=10, default="normal")  # normal, urgent, critical
    place = models.PointField(srid=4490, null=True, spatial_index=False)
    place_web = web_mercator(models.PointField(srid=3857, null=True, spatial_index=False), "place")

    stage = models.CharField(max_length=10)
    step = models.CharField(max_length=12)
    status = models.CharField(max_length=10, default="open")
    holder_post = models.CharField(max_length=20, blank=True, default="")
    holder_org = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, **NAMED)
    holder_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)
    asks = ArrayField(models.CharField(max_length=20), default=list)
    body = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, **NAMED)
    co_bodies = ArrayField(models.BigIntegerField(), default=list)
    co_answered = ArrayField(models.BigIntegerField(), default=list)
    reporter = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)
    people = models.JSONField(default=dict)
    taken_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)

    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    step_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    near_at = models.DateTimeField(null=True)
    rank = models.SmallIntegerField(default=1)  # 0 for 特急: first in every worklist
    sort_at = models.DateTimeField()  # due_at, or FAR when nothing is due: what worklists are ordered by
    closed_at = models.DateTimeField(null=True)

    # The clock of the responsible body: what it was given, what it used, and from when it runs.
    limit_value = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    limit_unit = models.CharField(max_length=12, blank=True, default="")
    clock = models.CharField(max_length=8, default="none")  # none, running, paused, stopped
    clock_limit_s = models.IntegerField(default=0)
    clock_used_s = models.IntegerField(default=0)
    clock_credit_s = models.IntegerField(default=0)
    clock_since = models.DateTimeField(null=True)
    clock_due_at = models.DateTimeField(null=True)
    clock_near_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    returns = models.SmallIntegerField(default=0)
    rework = models.SmallIntegerField(default=0)
    extensions = models.SmallIntegerField(default=0)
    reopenings = models.SmallIntegerField(default=0)
    reporter_reopenings = models.SmallIntegerField(default=0)
    settled_body = models.BooleanField(default=False)  # arbitrated: no return nor recall any more
    deferred = models.BooleanField(default=False)
    appealed = models.BooleanField(default=False)
    exempt = models.BooleanField(default=False)
    scored = models.BooleanField(default=True)
    supervised = models.BooleanField(default=False)
    pending = models.JSONField(default=dict)  # open requests: extend, suspend, appeal, supervise
    notes = models.JSONField(default=dict)  # what the flow itself remembers between steps
    closing = models.JSONField(null=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )
    left_step = models.CharField(max_length=24, blank=True, default="")

    version = models.IntegerField(default=1)
    records = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    salt = models.CharField(max_length=32, default="")

    class Meta:
        db_table = "flow_case"
        verbose_name = _("案卷")
        constraints = [
            models.CheckConstraint(
                name="ended_cases_have_no_due_time",
                condition=models.Q(status__in=OPEN) | models.Q(due_at__isnull=True, near_at__isnull=True),
            ),
            models.CheckConstraint(
                name="clock_runs_from_an_instant",
                condition=~models.Q(clock="running") | models.Q(clock_since__isnull=False),
            ),
        ]
        indexes = [
            # lists of all, newest first
            models.Index(fields=["-created_at", "-id"], name="flow_case_newest"),
            models.Index(fields=["topic", "-created_at", "-id"], name="flow_case_topic"),
            models.Index(
                fields=["area", "-created_at"],
                name="flow_case_area",
                opclasses=["text_pattern_ops", "timestamptz_ops"],
            ),
            # worklists: who holds what at which step, soonest first, with what desks narrow it by
            models.Index(
                fields=["holder_post", "step", "rank", "sort_at", "id"],
                name="flow_case_waits_post",
                condition=models.Q(status__in=OPEN) & ~models.Q(holder_post=""),
                include=["severity", "source", "area", "topic"],
            ),
            models.Index(
                fields=["holder_org", "step", "rank", "sort_at", "id"],
                name="flow_case_waits_org",
                condition=models.Q(status__in=OPEN, holder_org__isnull=False),
                include=["severity", "source", "area", "topic"],
            ),
            models.Index(
                fields=["holder_person", "rank", "sort_at", "id"],
                name="flow_case_at_person",
                condition=models.Q(status__in=OPEN, holder_person__isnull=False),
            ),
            models.Index(
                fields=["step", "rank", "sort_at", "id"],
                name="flow_case_asked",
                condition=models.Q(asks__len__gt=0, status__in=[*OPEN, "closed"]),
                include=["asks"],
            ),
            models.Index(
                fields=["rank", "sort_at", "id"],
                name="flow_case_demanded",
                condition=models.Q(pending__has_key="supervise"),
            ),
            models.Index(
                fields=["step", "-created_at", "-id"],
                name="flow_case_open_step",
                condition=models.Q(status__in=OPEN),
            ),
            models.Index(
                fields=["severity", "-created_at", "-id"],
                name="flow_case_pressing",
                condition=models.Q(severity__in=["urgent", "critical"]),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="flow_case_supervised",
                condition=models.Q(supervised=True),
            ),
            models.Index(
                fields=["status", "-created_at", "-id"],
                name="flow_case_rare_status",
                condition=~models.Q(status__in=["open", "closed"]),
            ),
            GinIndex(
                fields=["co_bodies"],
                name="flow_case_helpers",
                condition=models.Q(co_bodies__len__gt=0, stage="handle", status="open"),
            ),
            models.Index(fields=["due_at", "id"], name="flow_case_open", condition=models.Q(status__in=OPEN)),
            models.Index(
                fields=["merged_into"], name="flow_case_merged", condition=models.Q(merged_into__isnull=False)
            ),
            models.Index(
                fields=["reporter", "-created_at", "-id"],
                name="flow_case_of_reporter",
                condition=models.Q(reporter__isnull=False),
            ),
            # the score: by the period of the body's deadline; all that it compares stands in the index itself
            models.Index(
                fields=["clock_due_at"],
                name="flow_case_by_deadline",
                condition=models.Q(scored=True, clock_due_at__isnull=False),
                include=[
                    "body",
                    "area",
                    "answered_at",
                    "closed_at",
                    "status",
                    "rework",
                    "severity",
                    "limit_unit",
                    "exempt",
                    "deferred",
                    "clock_used_s",
                    "clock",
                    "flow",
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.case_number or self.number


class Record(models.Model):
    """流程记录: one act, never edited. `at` is when it happened, `recorded_at` when it was written down."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="timeline", db_index=False)
    n = models.IntegerField()
    act = models.CharField(max_length=20)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)
    on_behalf_of = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)
    post = models.CharField(max_length=20, blank=True, default="")
    side = models.CharField(max_length=12, blank=True, default="")
    org = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, **NAMED)
    from_step = models.CharField(max_length=24, blank=True, default="")
    to_step = models.CharField(max_length=24)
    receiver_post = models.CharField(max_length=20, blank=True, default="")
    receiver_org = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, **NAMED)
    receiver_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, **NAMED)
    opinion = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    used_s = models.IntegerField(default=0)  # seconds on the clock that the step left behind had taken
    due_at = models.DateTimeField(null=True)  # the limit of the step left behind
    overdue = models.BooleanField(default=False)

    class Meta:
        db_table = "flow_record"
        constraints = [models.UniqueConstraint(fields=["case", "n"], name="one_record_a_case_and_number")]
        indexes = [
            models.Index(
                fields=["by", "-at"], name="flow_record_by_person", condition=models.Q(by__isnull=False)
            ),
            # the score: what was done in a period (records are written nearly in the order of their times), what was returned in it
            BrinIndex(fields=["at"], name="flow_record_at", autosummarize=True),
            models.Index(
                fields=["at"],
                name="flow_record_sent_back",
                condition=models.Q(act__in=["return", "refer_back"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} #{self.n} {self.act}"


class Attachment(models.Model):
    """A file that came with an act."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    record = models.ForeignKey(
        Record, null=True, on_delete=models.PROTECT, related_name="attachments", db_index=False
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.CharField(max_length=10, default="report")  # report, verify, handle, check, other
    kind = models.CharField(max_length=8, default="photo")  # photo, voice
    at = models.DateTimeField()
    envelope_id = models.BigIntegerField(null=True)  # what a device signed about it (`kernel.evidence`)

    class Meta:
        db_table = "flow_attachment"
        indexes = [
            models.Index(
                fields=["envelope_id"],
                name="flow_attachment_envelope",
                condition=models.Q(envelope_id__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.stage}"


class Party(models.Model):
    """An organisation or a person that a case concerns or concerned: what lists of a restricted reader start from."""

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="parties", db_index=False, db_constraint=False
    )
    org = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, **NAMED)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, **NAMED)
    created_at = models.DateTimeField()  # of the case
    # What lists narrow by, as the case has it: a trigger on the case keeps them so.
    status = models.CharField(max_length=10)
    topic = models.CharField(max_length=12)
    area = models.CharField(max_length=15)
    source = models.CharField(max_length=12)

    class Meta:
        db_table = "flow_party"
        constraints = [
            models.CheckConstraint(
                name="a_party_is_one_of_two",
                condition=models.Q(org__isnull=True, person__isnull=False)
                | models.Q(org__isnull=False, person__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["case", "org"], name="one_party_a_case_and_org", condition=models.Q(org__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["case", "person"],
                name="one_party_a_case_and_person",
                condition=models.Q(person__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "-created_at", "-case"],
                name="flow_party_org",
                condition=models.Q(org__isnull=False),
                include=["status", "topic", "area", "source"],
            ),
            models.Index(
                fields=["org", "status", "-created_at", "-case"],
                name="flow_party_org_status",
                condition=models.Q(org__isnull=False),
                include=["topic", "area", "source"],
            ),
            models.Index(
                fields=["org", "topic", "-created_at", "-case"],
                name="flow_party_org_topic",
                condition=models.Q(org__isnull=False),
                include=["status", "area", "source"],
            ),
            models.Index(
                fields=["person", "-created_at", "-case"],
                name="flow_party_person",
                condition=models.Q(person__isnull=False),
                include=["status", "topic", "area", "source"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Timer(models.Model):
    """When the worker looks at a case again: its step near or over its limit, its clock, its wake day, a milestone."""

    pk = models.CompositePrimaryKey("case_id", "kind")
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="timers", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "flow_timer"
        indexes = [models.Index(fields=["due_at"])]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_at}"


class StageLimit(models.Model):
    """How long a step may take, in minutes, before its owner is late."""

    flow = models.CharField(max_length=20)
    step = models.CharField(max_length=24)
    minutes = models.PositiveIntegerField()
    source = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "flow_stage_limit"
        verbose_name = _("环节时限")
        constraints = [models.UniqueConstraint(fields=["flow", "step"], name="one_limit_a_flow_and_step")]

    def __str__(self) -> str:
        return f"{self.flow} {self.step} {self.minutes}"


class Watch(models.Model):
    """关注: a person follows a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "flow_watch"
        constraints = [models.UniqueConstraint(fields=["person", "case"], name="one_watch_a_person_and_case")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.case_id}"
