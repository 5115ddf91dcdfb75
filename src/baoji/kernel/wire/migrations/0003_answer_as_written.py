"""An answer is kept as it was written: who asks again reads the same bytes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wire", "0002_claim_with_answer")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE wire_inbox ALTER COLUMN answer TYPE json USING answer::json",
            "ALTER TABLE wire_inbox ALTER COLUMN answer TYPE jsonb USING answer::jsonb",
        )
    ]
