import pytest

from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.numbers import whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("042", 42),
        ("9" * 18, int("9" * 18)),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        (" 1", None),
        ("1.0", None),
        ("²", None),
        ("１２", None),
    ],
)
def test_only_plain_digits_spell_a_number(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_a_form_may_know_how_long_its_numbers_are() -> None:
    assert whole("999", most_digits=3) == 999
    assert whole("1000", most_digits=3) is None


def test_a_refusal_says_one_sentence() -> None:
    refused = Invalid("有内容需要改正", errors={"phone": ["请填写", "太短"], "name": []})
    assert refused.sentence == "请填写"
    assert refused.by_field == {"phone": "请填写"}
    assert Refused("现在不能这样做").sentence == "现在不能这样做"
