"""Open311: the keys of programs, how much each has used, which request came by which key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.flow.models import Case


class Open311Key(models.Model):
    """A program's key. Only its hash is kept; one that has ended stays, because requests point at it."""

    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    posts_a_minute = models.PositiveIntegerField(default=60)
    posts_a_day = models.PositiveIntegerField(default=5000)
    reads_a_minute = models.PositiveIntegerField(default=600)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "urban_open311_key"
        verbose_name = _("Open311 密钥")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="one_live_open311_key_a_name",
                condition=models.Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Open311Use(models.Model):
    """What a key has posted in the minute and on the day of its last post (`urban_open311_take`)."""

    key = models.OneToOneField(Open311Key, primary_key=True, on_delete=models.CASCADE, related_name="use")
    minute = models.DateTimeField()
    in_minute = models.PositiveIntegerField()
    day = models.DateField()
    in_day = models.PositiveIntegerField()

    class Meta:
        db_table = "urban_open311_use"

    def __str__(self) -> str:
        return f"{self.key_id} {self.day} {self.in_day}"


class Open311Request(models.Model):
    """A case that came by Open311: its key, and the address of a picture that the program named."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(Open311Key, on_delete=models.PROTECT, related_name="+", db_index=False)
    media_url = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()  # of the case

    class Meta:
        db_table = "urban_open311_request"
        indexes = [models.Index(fields=["-created_at", "-case"], name="urban_open311_newest")]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Open311Changeset(models.Model):
    """Since when the service list is as it is; one row, renewed when the class tables have another version."""

    version = models.CharField(max_length=40)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "urban_open311_changeset"

    def __str__(self) -> str:
        return self.version
