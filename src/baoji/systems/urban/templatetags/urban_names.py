"""`{{ case.title|case_title }}`: a case's title in the reader's language."""

from django import template

from baoji.systems.urban import public

register = template.Library()


@register.filter
def case_title(title: str) -> str:
    return public.case_title(title)
