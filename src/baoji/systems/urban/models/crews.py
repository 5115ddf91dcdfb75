"""Crews without accounts: a link that opens one task."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.flow.models import Case
from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Organisation


class CrewLink(models.Model):
    """任务链接: one task for one phone or address. Only a hash of what makes the link secret is kept.

    `org` is where its maker stands; the crew acts for `made_by`. A link ends by its time, by a person, or by the answer.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    crew = models.CharField(max_length=40)
    phone = models.CharField(max_length=30, blank=True, default="")
    mail = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        db_table = "urban_crew_link"
        verbose_name = _("任务链接")
        indexes = [models.Index(fields=["case", "-id"], name="urban_crew_link_of_case")]
        constraints = [
            models.CheckConstraint(
                name="a_crew_link_goes_one_way",
                condition=models.Q(phone="") | models.Q(mail=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.crew}"
