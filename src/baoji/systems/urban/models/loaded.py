"""What the last load of the city's files left in each row."""

from django.db import models


class LoadedRow(models.Model):
    """`digest` of a row as the last load left it: a row that differs was edited by an operator since.

    `sheet` "folder" keeps fingerprints of whole folders; `retired` marks a row that has left the files.
    """

    sheet = models.CharField(max_length=30)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    retired = models.BooleanField(default=False)

    class Meta:
        db_table = "urban_loaded_row"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "key"], name="one_loaded_row_a_sheet_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.key}"
