"""Photos of corrections of the ledger are looked for, too: a use without a case."""

from django.db import migrations, models

NO_CASE = models.BigIntegerField(null=True)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0003_parts")]

    operations = [
        migrations.AlterField("use", "case_id", NO_CASE),
        migrations.AlterField("finding", "later_case", NO_CASE),
        migrations.AlterField("finding", "earlier_case", NO_CASE),
        migrations.AddField("use", "correction", models.UUIDField(null=True)),
        migrations.AddField("use", "nth", models.SmallIntegerField(null=True)),
        migrations.AddConstraint(
            "use",
            models.UniqueConstraint(
                condition=models.Q(("correction__isnull", False)),
                fields=("correction", "nth"),
                name="evidence_use_correction",
            ),
        ),
        migrations.AddIndex(
            "finding", models.Index(fields=["earlier"], name="evidence_likeness_earlier_use")
        ),
    ]
