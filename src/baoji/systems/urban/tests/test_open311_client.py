"""The PyPI client `georeport` against the live server, in both of its formats."""

from typing import Any

import pytest
import requests
from georeport import GeoReport
from tests.town import event, walk

from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.queries.cases import load
from baoji.systems.urban.tests.open311_reading import PLACE, SERVICE, key

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def sent(url: str, api_key: str) -> str:
    body = {"api_key": api_key, "service_code": SERVICE, "description": "垃圾散落", **PLACE}
    answer = requests.post(f"{url}/requests.json", data=body, timeout=20)
    assert answer.status_code == 200, answer.text
    return str(answer.json()[0]["service_request_id"])


def discovered(root: str) -> str:
    """The endpoint, found as a stranger finds it."""
    found = requests.get(f"{root}/open311/discovery.json", timeout=20).json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"].startswith(root)
    return str(endpoint["url"])


def look(client: Any, number: str, public: str) -> None:
    services = client.get_service_list()
    assert SERVICE in {one["service_code"] for one in services} and len(services) > 100
    definition = client.get_service_definition("c0102")
    assert definition["service_code"] == "c0102"
    attributes = definition["attributes"]
    listed = attributes if isinstance(attributes, list) else attributes["attribute"]
    assert [one["code"] for one in listed] == ["condition", "component", "found_at"]
    assert client.get_service_request(number)["status"] == "open"
    both = client.get_service_requests(service_request_id=f"{number},{public}")
    assert [one["service_request_id"] for one in both] == [number, public]
    march = client.get_service_requests(
        service_code=f"{SERVICE},e0112",
        start_date="2026-03-01T00:00:00+08:00",
        end_date="2026-04-01T00:00:00Z",
        status="open",
    )
    assert public in str(march) and number not in str(march)


def test_georeport_reads_what_was_sent_and_what_is_public(live_server: Any) -> None:
    url = discovered(live_server.url)
    number = sent(url, key())
    public = walk(event(), "dispatch/filed")
    publish([load(public).case.pk])
    for output_format in ("json", "xml"):
        look(GeoReport(url, jurisdiction="baoji.gov.cn", output_format=output_format), number, public)
    with pytest.raises(requests.HTTPError, match="404"):
        GeoReport(url, jurisdiction="sfgov.org").get_service_list()
    with pytest.raises(requests.HTTPError, match="404"):
        GeoReport(url).get_service_request("T000000-0000000")
