"""Walking a case by its page alone: a program that knows no table, only the acts a case offers."""

import json
from typing import Any

import httpx

from tests.cities import RunningCity


def offered(client: httpx.Client, number: str) -> dict[str, dict[str, Any]]:
    case = client.get(f"/api/v1/cases/{number}").raise_for_status().json()
    return {offer["act"]: offer for offer in case["acts"]}


def act(city: RunningCity, code: str, number: str, name: str, **facts: Any) -> dict[str, Any]:
    """Does an act with what the system proposes, and photos where it wants them; the case afterwards."""
    with city.client(code) as client:
        offer = offered(client, number)[name]
        proposed = {
            field: schema["default"]
            for field, schema in offer["schema"]["properties"].items()
            if "default" in schema
        }
        body = proposed | facts
        url = f"/api/v1/cases/{number}/acts/{name}"
        photos = [("photo", (f"{n}.jpg", city.jpeg(), "image/jpeg")) for n in range(offer["photos"]["min"])]
        answer = (
            client.post(url, data={"facts": json.dumps(body)}, files=photos)
            if photos
            else client.post(url, json=body)
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def report(city: RunningCity, code: str = "collector.01", photos: int = 1, **body: Any) -> str:
    with city.client(code) as client:
        files = [("photo", ("a.jpg", city.jpeg(), "image/jpeg")) for _n in range(photos)]
        answer = (
            client.post("/api/v1/reports", data={"report": json.dumps(body)}, files=files)
            if files
            else client.post("/api/v1/reports", json=body)
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])


def manhole(city: RunningCity) -> dict[str, Any]:
    """A sewage manhole of the ledger."""
    with city.client("collector.01") as client:
        found: dict[str, Any] = client.get("/api/v1/components", params={"class": "0102", "limit": 1}).json()[
            "items"
        ][0]
        return found


def asked_to_verify(city: RunningCity, **body: Any) -> tuple[str, str]:
    """A report by the hotline that a collector is asked to look at: its number, and who is asked."""
    number = report(city, "hotline.1", photos=0, **body)
    act(city, "acceptor.1", number, "accept")
    return number, str(act(city, "acceptor.1", number, "verify_request")["holder"])
