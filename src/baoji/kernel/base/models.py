from django.db import models


class Version(models.Model):
    """How often data of a topic changed; see `snapshot`."""

    topic = models.CharField(primary_key=True, max_length=40)
    n = models.BigIntegerField(default=0)

    class Meta:
        db_table = "base_version"

    def __str__(self) -> str:
        return f"{self.topic} {self.n}"
