from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("urban", "0008_help")]

    operations = [
        migrations.AddField(
            model_name="caseclass",
            name="major_name_en",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
    ]
