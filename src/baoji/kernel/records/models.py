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


class Media(models.Model):
    """What was done about a kept file: its copies, its recording's length, what the virus scanner said."""

    file = models.OneToOneField(StoredFile, on_delete=models.CASCADE, primary_key=True, related_name="+")
    copies_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    duration_ms = models.IntegerField(null=True)
    scan = models.CharField(max_length=8, default="")  # '' nobody looked, clean, waiting, infected

    class Meta:
        db_table = "records_media"
        indexes = [
            models.Index(
                fields=["tries", "file"],
                name="records_media_copies",
                condition=models.Q(copies_at__isnull=True, tries__lt=3),
            ),
            models.Index(fields=["file"], name="records_media_scan", condition=models.Q(scan="waiting")),
        ]

    def __str__(self) -> str:
        return str(self.file_id)


class Upload(models.Model):
    """A file that a person sends in pieces, under the hash of the whole; it lives under that person."""

    person = models.ForeignKey("identity.Person", on_delete=models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    length = models.BigIntegerField()
    metadata = models.CharField(max_length=2000, default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    file = models.ForeignKey(
        StoredFile, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        db_table = "records_upload"
        constraints = [models.UniqueConstraint(fields=["person", "sha256"], name="records_upload_one")]
        indexes = [models.Index(fields=["person", "created_at"], name="records_upload_recent")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.sha256}"
