"""Messages inside the system, each exactly once; to people outside, at least once with a stable id."""

from django.db import models

from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Organisation


class Notice(models.Model):
    """To one person, or to whoever holds `post` (at `organisation`, if given). `once` makes a retry harmless."""

    once = models.CharField(max_length=80)
    # Named without a lock on them: neither is ever deleted (docs/adr/0016).
    person = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    post = models.CharField(max_length=20, blank=True, default="")
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=200)  # in the city's language
    words = models.JSONField(null=True)  # the title's parts (`words.Words.kept`), for other languages
    link = models.CharField(max_length=200, blank=True, default="")
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "notices_notice"
        indexes = [
            models.Index(fields=["person", "-at"], name="notices_of_person"),
            models.Index(fields=["post", "organisation", "-at"], name="notices_of_post"),
        ]
        constraints = [models.UniqueConstraint(fields=["once"], name="one_notice_of_a_name")]

    def __str__(self) -> str:
        return self.title


class Reading(models.Model):
    """Who has read a notice, and when."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "notices_reading"
        constraints = [
            models.UniqueConstraint(fields=["notice", "person"], name="one_reading_a_notice_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.person_id}"


class Outgoing(models.Model):
    """A message to somebody outside, on its way or at its end; then `recipient` is masked and the words are gone."""

    once = models.CharField(max_length=80, unique=True)
    ref = models.CharField(max_length=32, unique=True)
    channel = models.CharField(max_length=4)  # sms, mail
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    state = models.CharField(max_length=8, default="waiting")  # waiting, sent, refused, given_up
    attempts = models.PositiveSmallIntegerField(default=0)
    said = models.CharField(
        max_length=300, blank=True, default=""
    )  # the last answer of the gateway or server
    queued_at = models.DateTimeField()
    next_at = models.DateTimeField()  # when the next attempt is due
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notices_outgoing"
        indexes = [
            models.Index(fields=["next_at"], name="notices_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["ended_at"], name="notices_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.ref}"
