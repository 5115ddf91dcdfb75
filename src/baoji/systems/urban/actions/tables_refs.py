"""Foreign keys of the operator's registers by the texts people know them by, and choices that several share."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import remarked
from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Division, Organisation, Post
from baoji.kernel.organisations.names import division_name, in_english
from baoji.kernel.registers.declare import Ref
from baoji.systems.urban import choices
from baoji.systems.urban.models import CaseClass, Condition
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.names import class_name, condition_text, major_name

Found = Sequence[tuple[str, str, str]]
MOST = 20


def org_kinds() -> list[tuple[str, Any]]:
    titles = {
        "city": _("市"),
        "supervision_centre": _("监督中心"),
        "command_centre": _("指挥中心"),
        "hotline_centre": _("热线中心"),
        "department": _("部门"),
        "unit": _("单位"),
        "county_platform": _("区县平台"),
        "street_office": _("街镇"),
        "section": _("科室"),
        "crew": _("班组"),
    }
    return list(titles.items())


def kinds() -> list[tuple[str, Any]]:
    return [(kind.value, title) for kind, title in choices.KIND.items()]


def units() -> list[tuple[str, Any]]:
    return list(choices.UNIT.items())


def posts() -> list[tuple[str, Any]]:
    return list(choices.POST.items()) + [("section_head", _("科室负责人"))] * (
        "section_head" not in choices.POST
    )


def sources() -> list[tuple[str, Any]]:
    return list(choices.SOURCE.items())


def named(row: Any) -> str:
    """The name in the reader's language of a row that has `name` and `name_en`."""
    return str(row.name_en if in_english() and row.name_en else row.name)


def _has(words: str, name: str = "name") -> Q:
    return Q(**{f"{name}__icontains": words}) | Q(**{f"{name}_en__icontains": words})


def _people(words: str) -> Found:
    rows = Person.objects.filter(
        Q(code__icontains=words) | Q(name__icontains=words), is_active=True
    ).order_by("code")[:MOST]
    return [(row.code, row.name, row.code) for row in rows]


def _organisations(words: str) -> Found:
    rows = Organisation.objects.filter(
        Q(code__icontains=words) | _has(words), valid_to__isnull=True
    ).order_by("code")[:MOST]
    return [(row.code, named(row), row.code) for row in rows]


def _posts(words: str) -> Found:
    rows = (
        Post.objects.select_related("organisation")
        .filter(Q(organisation__code__icontains=words) | _has(words, "organisation__name") | _has(words))
        .order_by("organisation__code", "kind")[:MOST]
    )
    return [(post_key(row), post_title(row), row.organisation.code) for row in rows]


def post_key(post: Any) -> str:
    return f"{post.kind}@{post.organisation.code}"


def post_title(post: Any) -> str:
    return f"{named(post.organisation)} {named(post)}"


def _post(key: str) -> Post | None:
    kind, _at, code = key.partition("@")
    return Post.objects.select_related("organisation").filter(kind=kind, organisation__code=code).first()


PERSON = Ref(
    "person",
    lambda row: row.code,
    lambda row: remarked(row.name, row.code),
    lambda code: Person.objects.filter(code=code).first(),
    _people,
)
ORGANISATION = Ref(
    "organisation",
    lambda row: row.code,
    named,
    lambda code: Organisation.objects.filter(code=code).first(),
    _organisations,
)
POST = Ref("post", post_key, post_title, _post, _posts)


# References to rows that other tables name by plain codes: the value stays a text.
def _class_row(key: str) -> Any:
    kind, _dash, code = key.partition("-")
    return book().classes.get((kind, code))


def _class_get(key: str) -> str | None:
    return key if _class_row(key) else None


def class_title(key: str) -> str:
    row = _class_row(key)
    return f"{choices.KIND[choices.Kind(row.kind)]} {row.code} {class_name(row)}" if row else key


def _classes(words: str) -> Found:
    found = [
        row
        for row in book().classes.values()
        if words in row.code or words in row.name or words.lower() in row.name_en.lower()
    ]
    return [
        (f"{row.kind}-{row.code}", class_title(f"{row.kind}-{row.code}"), major_name(row))
        for row in found[:MOST]
    ]


CLASS = Ref("class", str, class_title, _class_get, _classes)


def _area(code: str) -> str | None:
    if not code.isdigit():
        return None
    return code if Division.objects.filter(Q(code=code) | Q(code=code.ljust(12, "0"))).exists() else None


def area_title(code: str) -> str:
    name = division_name(code)
    return remarked(name, code) if name else code


def _areas(words: str) -> Found:
    rows = Division.objects.filter(Q(code__startswith=words) | _has(words), valid_to__isnull=True).order_by(
        "code"
    )[:MOST]
    return [(row.code, named(row), row.code) for row in rows]


AREA = Ref("area", str, area_title, _area, _areas)


def condition_key(row: Any) -> str:
    return f"{row.kind}-{row.class_code}-{row.n}"


def _condition(key: str) -> Condition | None:
    kind, _dash, rest = key.partition("-")
    code, _dash, n = rest.partition("-")
    number = whole(n, 4)
    return None if number is None else Condition.objects.filter(kind=kind, class_code=code, n=number).first()


def _conditions(words: str) -> Found:
    found = _has(words, "text") | Q(class_code__startswith=words)
    rows: Iterable[Any] = Condition.objects.filter(found).order_by("kind", "class_code", "n")[:MOST]
    return [
        (condition_key(row), condition_text(row), class_title(f"{row.kind}-{row.class_code}")) for row in rows
    ]


CONDITION = Ref(
    "condition",
    condition_key,
    lambda row: f"{class_title(f'{row.kind}-{row.class_code}')} {row.n} {condition_text(row)}",
    _condition,
    _conditions,
)


def majors(kind: str = "") -> list[tuple[str, str]]:
    """`component-01` → 部件 01 公用设施, of the editions in force."""
    rows: Iterable[Any] = CaseClass.objects.filter(edition__in_force=True).order_by("kind", "code")
    found = {
        f"{row.kind}-{row.code[:2]}": f"{choices.KIND[choices.Kind(row.kind)]} {row.code[:2]} {major_name(row)}"
        for row in rows
        if not kind or row.kind == kind
    }
    return list(found.items())
