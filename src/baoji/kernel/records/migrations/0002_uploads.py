"""Uploads in pieces, and what was done about kept files."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Media",
            fields=[
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="records.storedfile",
                    ),
                ),
                ("copies_at", models.DateTimeField(null=True)),
                ("tries", models.SmallIntegerField(default=0)),
                ("duration_ms", models.IntegerField(null=True)),
                ("scan", models.CharField(default="", max_length=8)),
            ],
            options={
                "db_table": "records_media",
                "indexes": [
                    models.Index(
                        condition=models.Q(("copies_at__isnull", True), ("tries__lt", 3)),
                        fields=["tries", "file"],
                        name="records_media_copies",
                    ),
                    models.Index(
                        condition=models.Q(("scan", "waiting")), fields=["file"], name="records_media_scan"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=8)),
                ("length", models.BigIntegerField()),
                ("metadata", models.CharField(default="", max_length=2000)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="records.storedfile",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "records_upload",
                "indexes": [models.Index(fields=["person", "created_at"], name="records_upload_recent")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "sha256"), name="records_upload_one")
                ],
            },
        ),
    ]
