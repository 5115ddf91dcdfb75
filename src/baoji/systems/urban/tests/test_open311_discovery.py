"""Discovery and services by the rules of public validators (open311-validator: 19, 2; open311-api-tests: 4), in both formats."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from baoji.kernel.base.snapshot import bump
from baoji.systems.urban.models import CaseClass, Condition, Open311Changeset, Policy
from baoji.systems.urban.queries.book import book
from baoji.systems.urban.queries.open311_services import changeset
from baoji.systems.urban.tests.open311_reading import told

pytestmark = pytest.mark.django_db
KINDS = ("json", "xml")
MIMES = {"json": "application/json", "xml": "text/xml"}
DISCOVERY = "/open311/discovery"


def discovery(client: Client, kind: str) -> Any:
    answer = client.get(f"{DISCOVERY}.{kind}")
    assert answer.status_code == 200
    return told(answer)


def endpoints(client: Client) -> list[Any]:
    return [one for kind in KINDS for one in discovery(client, kind)["endpoints"]]


def instant(text: str) -> datetime:
    """ISO 8601 with its zone, as the specification wants every time."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", text), text
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mime_type(client: Client, kind: str) -> None:
    """The validator wants no charset, the specification wants one: the type itself is the same."""
    assert client.get(f"{DISCOVERY}.{kind}")["Content-Type"].partition(";")[0] == MIMES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_discovery_is_there(client: Client, kind: str) -> None:
    found = discovery(client, kind)
    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    assert found["contact"].strip() and found["key_service"].strip()
    for one in found["endpoints"]:
        assert list(one) == ["specification", "url", "changeset", "type", "formats"]


def test_both_formats_say_the_same(client: Client) -> None:
    assert discovery(client, "json") == discovery(client, "xml")


def test_changesets_are_times_of_the_past(client: Client) -> None:
    for one in [discovery(client, "xml"), discovery(client, "json"), *endpoints(client)]:
        assert instant(one["changeset"]) <= timezone.now()


def test_there_is_an_endpoint_and_it_answers(client: Client) -> None:
    found = endpoints(client)
    assert len(found) == 2 and {one["url"] for one in found} == {"http://testserver/open311/v2"}
    for kind in KINDS:
        assert client.get(f"{found[0]['url']}/services.{kind}").status_code == 200


def test_every_endpoint_is_a_georeport_v2_in_both_formats(client: Client) -> None:
    for one in endpoints(client):
        assert re.fullmatch(r".*_v2", one["specification"])
        assert one["formats"] == ["text/xml", "application/json"]
        assert one["type"] in {"production", "test"}


def test_a_demonstration_says_that_it_is_a_test(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoints(client)[0]["type"] == "test"
    monkeypatch.setattr(settings, "DEMO", False)
    assert endpoints(client)[0]["type"] == "production"


@pytest.mark.parametrize("address", ["/open311/", "/open311", "/open311/v2/", "/open311/v2", DISCOVERY])
def test_the_roots_lead_to_discovery(client: Client, address: str) -> None:
    assert told(client.get(address)) == discovery(client, "xml")
    assert told(client.get(address, headers={"Accept": "application/json"})) == discovery(client, "json")


def test_the_changeset_moves_with_the_class_table_alone(client: Client) -> None:
    first = discovery(client, "json")["changeset"]
    Open311Changeset.objects.update(changed_at=instant(first) - timedelta(days=3))
    changeset.forget()
    bump("people")
    kept = discovery(client, "json")["changeset"]
    assert instant(kept) == instant(first) - timedelta(days=3)
    bump("classes")
    assert instant(discovery(client, "json")["changeset"]) >= instant(first)


@pytest.mark.parametrize("kind", KINDS)
def test_the_class_table_is_the_service_list(client: Client, kind: str) -> None:
    found = told(client.get(f"/open311/v2/services.{kind}?jurisdiction_id=baoji.gov.cn"))
    assert [one["service_code"] for one in found] == [
        row.kind[0] + row.code for row in book().classes.values()
    ]
    assert len({one["service_code"] for one in found}) == len(found) > 100
    for one in found:
        assert list(one) == [
            "service_code",
            "service_name",
            "description",
            "metadata",
            "type",
            "keywords",
            "group",
        ]
        assert all(one.values()) and one["type"] == "realtime" and one["metadata"] in (True, "true")
    cover = next(one for one in found if one["service_code"] == "c0102")
    assert (cover["service_name"], cover["group"]) == ("污水井盖", "公用设施")
    assert "部件" in cover["keywords"].split(",") and "sewage manhole cover" in cover["keywords"].split(",")


@pytest.mark.parametrize(
    ("query", "header", "name", "group"),
    [
        ("", "", "污水井盖", "公用设施"),
        ("?locale=en", "zh-CN", "sewage manhole cover", "Public utilities"),
        ("?locale=en_US", "", "sewage manhole cover", "Public utilities"),
        ("?locale=zh_CN", "en", "污水井盖", "公用设施"),
        ("?locale=xx", "en", "sewage manhole cover", "Public utilities"),
        ("", "en", "sewage manhole cover", "Public utilities"),
    ],
)
def test_services_in_two_languages(client: Client, query: str, header: str, name: str, group: str) -> None:
    answer = client.get(
        f"/open311/v2/services.json{query}", headers={"Accept-Language": header} if header else {}
    )
    cover = next(one for one in answer.json() if one["service_code"] == "c0102")
    assert (cover["service_name"], cover["group"]) == (name, group)
    assert answer["Content-Language"] == ("en" if name.isascii() else "zh-hans")


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_well_formed(client: Client, kind: str) -> None:
    for code in ("c0102", "e0110", "e0301"):
        found = told(client.get(f"/open311/v2/services/{code}.{kind}"))
        assert found["service_code"] == code
        orders = [int(one["order"]) for one in found["attributes"]]
        assert orders == list(range(1, len(orders) + 1)) != []
        for one in found["attributes"]:
            assert list(one) == [
                "variable",
                "code",
                "datatype",
                "required",
                "datatype_description",
                "order",
                "description",
                "values",
            ]
            assert one["datatype"] in {
                "string",
                "number",
                "datetime",
                "text",
                "singlevaluelist",
                "multivaluelist",
            }
            assert bool(one["values"]) == one["datatype"].endswith("list")


def test_the_conditions_are_a_list_to_choose_from_and_the_component_is_a_string(client: Client) -> None:
    found = told(client.get("/open311/v2/services/c0102.json"))["attributes"]
    by_code = {one["code"]: one for one in found}
    conditions = book().conditions["component", "0102"]
    assert by_code["condition"]["values"] == [{"key": str(one.n), "name": one.text} for one in conditions]
    assert (by_code["component"]["datatype"], by_code["found_at"]["datatype"]) == ("string", "datetime")
    assert "component" not in {
        one["code"] for one in told(client.get("/open311/v2/services/e0110.json"))["attributes"]
    }
    english = told(client.get("/open311/v2/services/c0102.json?locale=en"))["attributes"]
    assert (
        next(one for one in english if one["code"] == "condition")["values"][0]["name"]
        == conditions[0].text_en
    )


def test_what_the_city_demands_is_required(client: Client) -> None:
    Policy.objects.filter(name="open311").update(value={"required": ["condition", "nonsense"]})
    bump("policies")
    found = told(client.get("/open311/v2/services/c0102.json"))["attributes"]
    assert [one["code"] for one in found if one["required"]] == ["condition"]


def test_a_new_class_is_a_service_within_a_second(client: Client) -> None:
    edition = CaseClass.objects.get(kind="event", code="0110").edition
    CaseClass.objects.create(
        edition=edition, kind="event", code="0155", major_name="市容环境", name="乱扔,乱倒", name_en="litter"
    )
    Condition.objects.create(
        kind="event",
        class_code="0155",
        n=1,
        text="地上有",
        limit_value=1,
        limit_unit="work_hour",
        closing="扫净",
    )
    bump("classes")
    (found,) = [
        one for one in told(client.get("/open311/v2/services.json")) if one["service_code"] == "e0155"
    ]
    assert (found["description"], found["keywords"].split(",")) == (
        "地上有",
        ["乱扔 乱倒", "市容环境", "事件", "litter", "0155"],
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", ["nosuch", "0102", "x0102", "c9999", "%00", "c0102%20"])
def test_an_unknown_service_is_not_found(client: Client, kind: str, code: str) -> None:
    answer = client.get(f"/open311/v2/services/{code}.{kind}")
    assert answer.status_code == 404
    (one,) = told(answer)
    assert int(one["code"]) == 404 and one["description"]
