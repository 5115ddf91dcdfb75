"""What the web process makes of a request's headers before Django sees it."""

from types import SimpleNamespace

from baoji.config.gateway import UNREADABLE, environ_of


class Headers:
    """As granian's: all names, and the values of those that are ASCII."""

    def __init__(self, *pairs: tuple[str, str], unreadable: tuple[str, ...] = ()) -> None:
        self.pairs, self.unreadable = pairs, unreadable

    def items(self) -> list[tuple[str, str]]:
        return list(self.pairs)

    def keys(self) -> list[str]:
        return [*dict(self.pairs), *self.unreadable]


def environ(*pairs: tuple[str, str], unreadable: tuple[str, ...] = ()) -> dict[str, object]:
    headers = Headers(*pairs, unreadable=unreadable)
    scope = SimpleNamespace(
        method="GET",
        path="/",
        query_string="",
        server="127.0.0.1:80",
        client="127.0.0.1:1",
        scheme="http",
        headers=headers,
        authority=None,
    )
    return environ_of(scope)


def test_a_header_that_cannot_be_read_is_there_all_the_same() -> None:
    found = environ(("host", "baoji"), unreadable=("idempotency-key", "if-match"))
    assert found["HTTP_IDEMPOTENCY_KEY"] == found["HTTP_IF_MATCH"] == UNREADABLE


def test_repeated_headers_are_joined_and_those_with_an_underscore_left_out() -> None:
    found = environ(
        ("accept", "a"), ("accept", "b"), ("cookie", "a=1"), ("cookie", "b=2"), ("if_match", "x"),
        unreadable=("idempotency_key",),
    )  # fmt: skip
    assert (found["HTTP_ACCEPT"], found["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")
    assert "HTTP_IF_MATCH" not in found
    assert "HTTP_IDEMPOTENCY_KEY" not in found
