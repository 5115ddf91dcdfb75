"""Which link took an entry is found by index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.AddIndex("seal", models.Index(fields=["last_id", "id"], name="audit_seal_of_entry")),
    ]
