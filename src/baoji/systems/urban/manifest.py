"""数字城管 as the house sees it."""

from django.utils.translation import gettext_lazy as _

from baoji.kernel.registry.manifest import SystemManifest
from baoji.systems.urban.rules.table import FLOW

MANIFEST = SystemManifest(
    code="urban",
    name=_("数字城管"),
    api="baoji.systems.urban.api.endpoints:router",
    tiles="baoji.systems.urban.queries.tiles:LAYERS",
    pages="baoji.systems.urban.pages.urls",
    flows=(FLOW,),
)
