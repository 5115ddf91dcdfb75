"""What organisations are called in the reader's language: the Chinese names are official, the English ones stand beside them."""

from django.utils.translation import get_language

from baoji.kernel.organisations.queries import Org


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def org_name(org: Org, *, short: bool = False) -> str:
    """There is only one English name; the short one is Chinese alone."""
    if in_english() and org.name_en:
        return org.name_en
    return org.short_name if short else org.name
