"""Pairs of neighbouring characters of a case's words: what makes Chinese searchable without a dictionary."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from baoji.kernel.flow.models import Case


class SearchWords(models.Model):
    """Filled by the worker within a second of the act, so that acts do not pay for it."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="+")
    pairs = ArrayField(models.CharField(max_length=2))

    class Meta:
        db_table = "urban_search"
        indexes = [GinIndex(fields=["pairs"], name="urban_search_pairs")]

    def __str__(self) -> str:
        return f"{self.case_id}"
