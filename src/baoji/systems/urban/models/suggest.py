"""What a city's closed cases have taught about words and classes."""

from django.db import models


class Lesson(models.Model):
    """A trained model of class suggestion: numbers only, no text of anybody. The newest one is used."""

    made_at = models.DateTimeField()
    cases = models.PositiveIntegerField()
    weights = models.BinaryField()  # numpy's own archive, without pickles
    report = models.JSONField()  # how it did on cases it had not seen

    class Meta:
        db_table = "urban_lesson"

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d} {self.cases}"
