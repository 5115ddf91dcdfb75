from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("worktime", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="name_en",
            field=models.CharField(blank=True, default="", max_length=80),
        )
        for name in ("officehours", "specialday")
    ]
