"""12319: calls as the call system tells them, the five elements, call-backs, and orders handed over to and from others."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.flow.models import Case
from baoji.kernel.identity.models import Person


class Call(models.Model):
    """来电: a call at a seat, by the call system's own number; a case once the seat has saved it."""

    number = models.CharField(max_length=80, unique=True)
    phone = models.CharField(max_length=30, blank=True, default="")
    seat = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    rang_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    recording = models.CharField(max_length=500, blank=True, default="")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        db_table = "urban_call"
        verbose_name = _("来电")
        indexes = [
            models.Index(fields=["seat", "-rang_at"], name="urban_call_at_seat"),
            models.Index(fields=["case"], name="urban_call_of_case", condition=models.Q(case__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class Elements(models.Model):
    """要素: what a hotline report says beyond time, place and what happened; and what its caller was told or wants to be told."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    involved = models.CharField(max_length=200, blank=True, default="")  # 人物, besides the caller
    demand = models.CharField(max_length=500, blank=True, default="")  # 诉求
    answered = models.CharField(max_length=500, blank=True, default="")  # 当场答复
    call_back = models.BooleanField(default=True)  # the caller may be asked once, after the end

    class Meta:
        db_table = "urban_elements"
        verbose_name = _("来电要素")

    def __str__(self) -> str:
        return f"{self.case_id}"


class CallBack(models.Model):
    """回访: the one call about one report, with one question. `answer` is '' while a seat is calling."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    taken_at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True, default="")
    words = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(null=True)

    class Meta:
        db_table = "urban_call_back"
        verbose_name = _("回访")
        indexes = [models.Index(fields=["by"], name="urban_call_back_open", condition=models.Q(answer=""))]
        constraints = [
            models.CheckConstraint(
                name="a_call_back_has_a_known_answer",
                condition=models.Q(answer__in=["", "solved", "not_solved", "no_word", "unreached"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.answer}"


class Handover(models.Model):
    """转办: an order that another platform handed to us (`in`) or we to it (`out`), with both numbers and how it stands."""

    direction = models.CharField(max_length=3)
    platform = models.CharField(max_length=20)
    their_number = models.CharField(max_length=60, blank=True, default="")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.JSONField()  # as it was received or sent
    state = models.CharField(max_length=10, default="waiting")  # waiting, accepted, declined, done
    reason = models.CharField(max_length=300, blank=True, default="")  # why it was declined
    result = models.JSONField(null=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "urban_handover"
        verbose_name = _("转办单")
        indexes = [
            models.Index(fields=["direction", "-id"], name="urban_handover_newest"),
            models.Index(
                fields=["case"], name="urban_handover_of_case", condition=models.Q(case__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["direction", "platform", "their_number"],
                name="one_handover_a_number",
                condition=~models.Q(their_number=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.their_number}"


class HandoverIn(models.Model):
    """A message that came: of each kind one for each of the other side's numbers, so that a repetition is seen."""

    platform = models.CharField(max_length=20)
    their_number = models.CharField(max_length=60)
    kind = models.CharField(max_length=16)  # order, acknowledgement, result
    n = models.PositiveSmallIntegerField(default=1)  # a case that is reopened has another result
    digest = models.CharField(max_length=64)
    body = models.JSONField()
    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="received", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "urban_handover_in"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "their_number", "kind", "n"], name="one_message_in_a_number_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.their_number} {self.kind}"


class HandoverOut(models.Model):
    """A message of ours: fetched by the other platform, or posted to it where the city has an address for that."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="sent", db_index=False)
    platform = models.CharField(max_length=20)
    kind = models.CharField(max_length=16)
    n = models.PositiveSmallIntegerField(default=1)
    body = models.JSONField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "urban_handover_out"
        indexes = [
            models.Index(fields=["platform", "id"], name="urban_handover_out_platform"),
            models.Index(
                fields=["next_at"], name="urban_handover_out_due", condition=models.Q(next_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["handover", "kind", "n"], name="one_message_out_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.kind}"
