"""Addresses: what programs call most first, then the portals and what each system's manifest offers people."""

from django.urls import URLPattern, URLResolver, include, path

from baoji.config.health import livez, readyz
from baoji.config.trust import authority
from baoji.kernel.maps.views import city_tile
from baoji.kernel.registry.manifest import manifests
from baoji.kernel.wire.uploads import upload
from baoji.portals.openapi.api import api
from baoji.portals.openapi.document import document

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/openapi.json", document),
    path("api/v1/", api.urls),
    path("api/v1/uploads/", upload),
    path("api/v1/uploads/<str:name>", upload),
    path("livez", livez),
    path("readyz", readyz),
    path("ca.crt", authority),
    *(path("", include(one.interfaces)) for one in manifests() if one.interfaces),
    path("", include("baoji.portals.public.urls")),
    path("", include("baoji.portals.internal.urls")),
]
for _manifest in manifests():
    urlpatterns += [path("", include(urls)) for urls in (_manifest.pages, _manifest.public_pages) if urls]
urlpatterns += [path("tiles/<slug:name>/<int:z>/<int:x>/<int:y>", city_tile, name="city-tile")]

handler400 = "baoji.config.faults.bad_request"
handler403 = "baoji.config.faults.not_allowed"
handler404 = "baoji.config.faults.not_found"
handler500 = "baoji.config.faults.fault"
