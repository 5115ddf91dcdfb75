"""What is public is written anew by the worker: addresses are the ledger's or the gazetteer's, whoever reported."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("urban", "0010_plausibility")]
    operations = [
        migrations.RunSQL("UPDATE urban_public_case SET version = 0", migrations.RunSQL.noop),
    ]
