from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="division",
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
    ]
