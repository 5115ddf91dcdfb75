"""A deterministic generator of the demo city. Pure: no Django, no files, no clock.

`generate(CitySeed(...))` lays a plausible urban core along the Wei; all of it is generated and
must be shown as such. See `seed` for what goes in and `city` for what comes out.
"""

from baoji.systems.urban.city.generate.city import (
    Address,
    BaseMap,
    City,
    Component,
    Components,
    Outline,
    ResponsibilityGrid,
    UnitGrid,
)
from baoji.systems.urban.city.generate.seed import (
    Bodies,
    CitySeed,
    CommunityUnit,
    ComponentClass,
    County,
    StreetUnit,
)
from baoji.systems.urban.city.generate.whole import generate

__all__ = [
    "Address",
    "BaseMap",
    "Bodies",
    "City",
    "CitySeed",
    "CommunityUnit",
    "Component",
    "ComponentClass",
    "Components",
    "County",
    "Outline",
    "ResponsibilityGrid",
    "StreetUnit",
    "UnitGrid",
    "generate",
]
