"""Proposals of classes for whoever is signed in: the pages' own ones, told to programs."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire.callers import must_be_signed_in
from baoji.systems.urban import public
from baoji.systems.urban.api.reporting import PROBLEMS, reply

router = Router(tags=["urban"], by_alias=True)


class SuggestionOut(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    kind: str
    class_: Annotated[str, Field(alias="class")]
    name: str
    share: float = Field(description="of one, over all classes")
    words: list[str] = Field(description="what counted: parts of the text, or what stands near by")


class Suggestions(BaseModel):
    items: list[SuggestionOut]


class Asked(BaseModel):
    text: str = Field("", max_length=2000)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


@router.get("/suggest", response={200: Suggestions, **PROBLEMS}, summary="类别建议")
def suggest(request: HttpRequest, given: Query[Asked]) -> HttpResponse:
    """The classes that the words, and the components at the place (CGCS2000), may mean; likeliest first. A proposal, no decision."""
    must_be_signed_in(request)
    if (given.lon is None) is not (given.lat is None):
        raise Invalid(
            _("经度和纬度要一起写"), errors={"lat" if given.lat is None else "lon": [_("请填写这一项")]}
        )
    place = (given.lon, given.lat) if given.lon is not None and given.lat is not None else None
    known = public.book().classes
    items = [
        {
            "kind": one.kind,
            "class": one.class_code,
            "name": known[one.kind, one.class_code].name,
            "share": one.share,
            "words": list(one.words),
        }
        for one in public.suggest(given.text, place)
    ]
    return reply(200, {"items": items})
