"""The newest reports of a component are read first: thousands of older ones cost nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("urban", "0015_watch_arrival")]

    operations = [
        migrations.RemoveIndex(model_name="report", name="urban_report_by_component"),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("component", ""), _negated=True),
                fields=["component", "case"],
                name="urban_report_of_component",
            ),
        ),
    ]
