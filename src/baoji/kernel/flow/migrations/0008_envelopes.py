"""An attachment knows the envelope that proves it; parties know what lists narrow by."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("flow", "0007_lighter_indexes")]
    operations = [
        migrations.AddField("attachment", "envelope_id", models.BigIntegerField(null=True)),
        migrations.AddIndex(
            "attachment",
            models.Index(
                fields=["envelope_id"],
                name="flow_attachment_envelope",
                condition=models.Q(envelope_id__isnull=False),
            ),
        ),
        *(
            migrations.AddField(
                "party", name, models.CharField(max_length=longest, default=""), preserve_default=False
            )
            for name, longest in (("status", 10), ("topic", 12), ("area", 15), ("source", 12))
        ),
        migrations.RunSQL((SQL / "0004_party_facets.sql").read_text(), migrations.RunSQL.noop),
        migrations.RemoveIndex("party", "flow_party_org"),
        migrations.RemoveIndex("party", "flow_party_person"),
        migrations.AddIndex(
            "party",
            models.Index(
                fields=["org", "-created_at", "-case"],
                name="flow_party_org",
                condition=models.Q(org__isnull=False),
                include=["status", "topic", "area", "source"],
            ),
        ),
        migrations.AddIndex(
            "party",
            models.Index(
                fields=["org", "status", "-created_at", "-case"],
                name="flow_party_org_status",
                condition=models.Q(org__isnull=False),
                include=["topic", "area", "source"],
            ),
        ),
        migrations.AddIndex(
            "party",
            models.Index(
                fields=["person", "-created_at", "-case"],
                name="flow_party_person",
                condition=models.Q(person__isnull=False),
                include=["status", "topic", "area", "source"],
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["status", "-created_at", "-id"],
                name="flow_case_rare_status",
                condition=~models.Q(status__in=["open", "closed"]),
            ),
        ),
        migrations.RunSQL((SQL / "0003_write_act.sql").read_text(), migrations.RunSQL.noop),
    ]
