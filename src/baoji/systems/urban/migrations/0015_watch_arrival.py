"""Who is handed a watch says when they are there; of watches of before, who stayed was there from the beginning."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("urban", "0014_take_report")]
    operations = [
        migrations.AddField("stay", "arrived_at", models.DateTimeField(null=True)),
        migrations.RunSQL("UPDATE urban_stay SET arrived_at = since", migrations.RunSQL.noop),
    ]
