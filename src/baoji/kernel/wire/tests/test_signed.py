"""Signed calls in themselves; what they are used for is tested where they are used."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from baoji.kernel.base.errors import Refused
from baoji.kernel.wire.signed import Signed, signature, signed, take_once

SECRETS = {"a": "one", "b": ""}


def call(
    key: str = "a", secret: str = "one", path: str = "/x?y=1", body: bytes = b"{}", drift: int = 0
) -> Signed:
    now = timezone.now()
    at = int(now.timestamp()) + drift
    headers = {
        "HTTP_BAOJI_KEY": key,
        "HTTP_BAOJI_TIMESTAMP": str(at),
        "HTTP_BAOJI_SIGNATURE": signature(secret, at, "POST", path, body),
    }
    return signed(RequestFactory().post(path, body, content_type="application/json", **headers), SECRETS, now)


def test_a_right_signature_names_its_key_and_body() -> None:
    found = call()
    assert (found.key, found.body) == ("a", b"{}") and len(found.mark) == 64


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"key": "b", "secret": ""}, "bad-signature"),
        ({"key": "c"}, "bad-signature"),
        ({"secret": "two"}, "bad-signature"),
        ({"drift": -301}, "bad-timestamp"),
        ({"drift": 302}, "bad-timestamp"),
    ],
)
def test_anything_else_is_refused(given: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as fault:
        call(**given)  # type: ignore[arg-type]
    assert fault.value.code == code


@pytest.mark.django_db
def test_the_same_call_counts_once_for_each_key() -> None:
    found = call()
    take_once(found)
    with pytest.raises(Refused) as fault:
        take_once(found)
    assert fault.value.code == "replayed"
    take_once(Signed("other", found.mark, found.body))
