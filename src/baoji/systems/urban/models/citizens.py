"""Citizens: what everybody may see of a case, who follows one, how satisfied they were, what is held back, what was erased."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.flow.models import Attachment, Case
from baoji.kernel.identity.models import Person
from baoji.kernel.maps.models import web_mercator
from baoji.kernel.records.models import StoredFile


class PublicCase(models.Model):
    """公开案卷: everything that strangers may learn of a filed case, and nothing else; the worker writes it after each act.

    `coarse` rows carry the middle of a square instead of the place, no address and a shorter area code.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=24, unique=True)
    title = models.CharField(max_length=120)
    topic = models.CharField(max_length=12)
    area = models.CharField(max_length=15, blank=True, default="")
    address = models.CharField(max_length=200, blank=True, default="")
    coarse = models.BooleanField(default=False)
    place = models.PointField(srid=4490, spatial_index=False)
    place_web = web_mercator(models.PointField(srid=3857, spatial_index=False), "place")
    stage = models.CharField(max_length=10)
    step = models.CharField(max_length=12)
    status = models.CharField(max_length=10)
    severity = models.CharField(max_length=10)
    body_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    near_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    version = models.IntegerField()  # of the case, when this was written
    # Greater than of all that was published before, and a new one each time that the case changes: what strangers have been told
    # of has none above theirs, however late it was published. The database gives it from a sequence.
    news = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "urban_public_case"
        verbose_name = _("公开案卷")
        indexes = [
            models.Index(fields=["-created_at", "-case"], name="urban_public_newest"),
            models.Index(fields=["changed_at", "case"], name="urban_public_changed"),
            models.Index(fields=["news"], name="urban_public_news_number"),
            models.Index(fields=["topic", "-created_at", "-case"], name="urban_public_topic"),
            models.Index(
                fields=["area", "-created_at"],
                name="urban_public_area",
                opclasses=["text_pattern_ops", "timestamptz_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Follower(models.Model):
    """Whoever follows a case by a code of their own (我也遇到了), or the reporter who left a mail address (`code` '')."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.CharField(max_length=12, blank=True, default="")
    mail = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_follower"
        indexes = [
            models.Index(fields=["case"], name="urban_follower_of_case"),
            models.Index(fields=["at"], name="urban_follower_with_mail", condition=~models.Q(mail="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], name="one_follower_a_code", condition=~models.Q(code="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Grade(models.Model):
    """满意度: one a report. `not_fixed` counts how often the reporter said so; the grade is the last word."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=10)  # very_good, good, fair, poor, not_fixed
    not_fixed = models.PositiveSmallIntegerField(default=0)
    via = models.CharField(max_length=8, default="follow")  # follow, call
    body_id = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_grade"
        verbose_name = _("满意度")
        indexes = [models.Index(fields=["closed_at"], name="urban_grade_by_closing")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(grade__in=["very_good", "good", "fair", "poor", "not_fixed"]),
                name="a_grade_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.grade}"


class HeldReport(models.Model):
    """待放行: an anonymous report that looks like part of a flood, kept apart until an acceptor lets it in or drops it."""

    code = models.CharField(max_length=12, unique=True)
    draft = models.JSONField()
    files = models.JSONField(default=list)  # [id, kind] of kept files
    mail = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    why = models.CharField(max_length=10)  # busy, flood, repeated
    alike = models.CharField(
        max_length=16
    )  # the same for the same words, or the class where there are hardly any
    status = models.CharField(max_length=10, default="held")  # held, released, dropped
    at = models.DateTimeField()
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "urban_held_report"
        indexes = [
            models.Index(fields=["-at", "-id"], name="urban_held_waiting", condition=models.Q(status="held")),
            models.Index(fields=["decided_at"], name="urban_held_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.status}"


class PhotoReview(models.Model):
    """照片公开审核: whether a person found the photo free of faces and number plates. Without a row it is not shown."""

    attachment = models.OneToOneField(
        Attachment, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    shown = models.BooleanField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_photo_review"

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.shown}"


class WordsReview(models.Model):
    """上报文字公开审核: whether strangers may read what a reporter wrote, and in which words. The report itself is never altered.

    The worker adds a waiting row once strangers may learn of the case; `text` is what they read when a person has cleared it,
    `edited` whether that differs from what was written, `n` how often it was reviewed.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()  # of the case
    state = models.CharField(max_length=8, default="waiting")
    text = models.TextField(blank=True, default="")
    edited = models.BooleanField(default=False)
    n = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(null=True)

    class Meta:
        db_table = "urban_words_review"
        indexes = [
            models.Index(
                fields=["-created_at", "-case"],
                name="urban_words_waiting",
                condition=models.Q(state="waiting"),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="shown") & ~models.Q(text="")
                | models.Q(state__in=["waiting", "kept"], text="", edited=False),
                name="cleared_words_have_a_text",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class Subscription(models.Model):
    """邮件订阅: one address, an area and a class; nothing is sent before the link in the first mail was confirmed."""

    mail = models.CharField(max_length=200)
    area = models.CharField(max_length=12, blank=True, default="")
    topic = models.CharField(max_length=12, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    token = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_until = models.DateTimeField(null=True)  # when the last letter went
    told_news = models.BigIntegerField(db_default=0)  # up to which `PublicCase.news` it told

    class Meta:
        db_table = "urban_subscription"
        constraints = [
            models.UniqueConstraint(
                fields=["mail", "area", "topic"], name="one_subscription_a_mail_and_subject"
            )
        ]
        indexes = [
            models.Index(
                fields=["told_until"],
                name="urban_subscription_due",
                condition=models.Q(confirmed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.topic}"


class Erasure(models.Model):
    """An original whose bytes were deleted when its time was over; row, hash and envelope stay. Sent again later, it is kept anew."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=30)
    days = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_erasure"
        indexes = [models.Index(fields=["file", "-at"], name="urban_erasure_of_file")]

    def __str__(self) -> str:
        return f"{self.file_id} {self.rule}"
