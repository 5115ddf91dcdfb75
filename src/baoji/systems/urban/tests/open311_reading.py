"""Reading Open311 answers in tests: both formats as the same Python."""

from typing import Any
from xml.etree import ElementTree

from django.test import Client
from django.utils import timezone

from baoji.systems.urban.actions.open311_keys import create_key

PLACE = {"lat": "34.3605", "long": "107.1485"}  # in the town's first row of unit grids
SERVICE = "e0110"
LISTS = frozenset(
    [
        "service_requests",
        "services",
        "attributes",
        "values",
        "errors",
        "endpoints",
        "formats",
        "notes",
        "updates",
        "photos",
        "service_request_updates",
    ]
)


def spark(element: ElementTree.Element) -> Any:
    """An element as JSON by the Spark convention; text stays text, an empty element is None."""
    if element.tag in LISTS and len(element):
        return [spark(child) for child in element]
    if len(element):
        return {child.tag: spark(child) for child in element}
    return element.text


def told(answer: Any) -> Any:
    """The body of an answer in either format."""
    if answer["Content-Type"].startswith("text/xml"):
        return spark(ElementTree.fromstring(answer.content)) or []
    return answer.json()


def errors(answer: Any) -> list[tuple[int, str]]:
    return [(int(one["code"]), one["description"]) for one in told(answer)]


def key(name: str = "Street App", **quotas: int) -> str:
    return create_key(name, timezone.now(), quotas)


def post(client: Client, api_key: str, *, kind: str = "json", headers: Any = None, **given: Any) -> Any:
    """Posts a request; `attribute` is a dict, a parameter that is None is left out."""
    body: dict[str, Any] = {
        "api_key": api_key,
        "service_code": SERVICE,
        "description": "垃圾散落一地",
        **PLACE,
    }
    for name, value in (given.pop("attribute", None) or {}).items():
        body[f"attribute[{name}]"] = value
    body = {name: value for name, value in (body | given).items() if value is not None}
    return client.post(f"/open311/v2/requests.{kind}", body, headers=headers or {})


def number_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content.decode()
    (one,) = told(answer)
    return str(one["service_request_id"])
