"""Files kept by the hash of their content, and the copies made of them."""

from django.db import models


class StoredFile(models.Model):
    """An original, never altered. EXIF is kept here and is in no copy."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    mime = models.CharField(max_length=60)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    exif = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "records_file"

    def __str__(self) -> str:
        return self.sha256
