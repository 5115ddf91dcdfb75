"""Sentences for what pydantic finds wrong: no quotes, no `or`, no regular expressions."""

from typing import Any, Literal

import pytest
from django.utils.translation import override
from pydantic import BaseModel, Field, ValidationError

from baoji.kernel.wire.words import sentences


class Given(BaseModel):
    crs: Literal["EPSG:4490", "GCJ-02", "BD-09"] = "BD-09"
    status: Literal["", "open", "closed"] = ""
    one: Literal["only"] = "only"
    v: Literal[1] = 1
    code: str = Field("", pattern=r"^([0-9]{4})?$")
    component: str | None = Field(None, pattern=r"^[0-9]{16}$")
    area: str = Field("", pattern=r"^[0-9]{0,15}$")
    step: str = Field("", pattern=r"^[a-z_]*$")


@pytest.mark.parametrize(
    ("name", "value", "chinese", "english"),
    [
        ("crs", "x", "可以是 EPSG:4490、GCJ-02、BD-09", "May be EPSG:4490, GCJ-02, BD-09"),
        ("status", "x", "可以是 open、closed", "May be open, closed"),
        ("one", "x", "可以是 only", "May be only"),
        ("v", 2, "可以是 1", "May be 1"),
        ("code", "x", "请写 4 位数字", "Please write 4 digits"),
        ("component", "x", "请写 16 位数字", "Please write 16 digits"),
        ("area", "x", "最多写 15 位数字", "Please write at most 15 digits"),
        ("step", "X", "格式不对，请检查", "This is not in the right form; please check it"),
    ],
)
def test_a_choice_or_a_form_in_plain_words(name: str, value: Any, chinese: str, english: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Given.model_validate({name: value})
    for language, sentence in (("zh-hans", chinese), ("en", english)):
        with override(language):
            assert sentences(caught.value.errors(), "body") == {name: [sentence]}
