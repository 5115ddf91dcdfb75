"""我也遇到了 kept the mail address itself where the hash of the request belongs, beyond every erasure: now its fingerprint."""

from django.db import migrations

HASHED = "UPDATE wire_inbox SET request_hash = md5(request_hash) WHERE caller = 'public' AND request_hash LIKE '%@%'"


class Migration(migrations.Migration):
    dependencies = [("urban", "0016_newest_of_component"), ("wire", "0001_initial")]
    operations = [migrations.RunSQL(HASHED, migrations.RunSQL.noop)]
