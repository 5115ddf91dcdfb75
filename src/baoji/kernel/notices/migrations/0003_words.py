from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_outgoing")]

    operations = [migrations.AddField("notice", "words", models.JSONField(null=True))]
