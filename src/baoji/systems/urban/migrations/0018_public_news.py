"""Letters tell what became public since the last one, by numbers that publishing gives; times of acts said nothing of that."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parents[1] / "sql"
SEQUENCE = "CREATE SEQUENCE urban_public_news", "DROP SEQUENCE urban_public_news"
NO_DEFAULT = "ALTER TABLE urban_public_case ALTER COLUMN news DROP DEFAULT"


class Migration(migrations.Migration):
    dependencies = [("urban", "0017_no_address_in_a_hash")]

    operations = [
        migrations.RunSQL(*SEQUENCE),
        migrations.AddField("publiccase", "news", models.BigIntegerField(db_default=0)),
        migrations.AddField("subscription", "told_news", models.BigIntegerField(db_default=0)),
        migrations.RunSQL((SQL / "0009_news.sql").read_text(), NO_DEFAULT),
        migrations.AddIndex("publiccase", models.Index(fields=["news"], name="urban_public_news_number")),
    ]
