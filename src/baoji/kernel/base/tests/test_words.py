"""Declared texts come in the language of the request, each looked up once."""

from django.utils.translation import override

from baoji.kernel.base.words import words


def test_the_words_follow_the_language() -> None:
    with override("zh-hans"):
        assert words()["受理"] == "受理"
    with override("en"):
        assert words()["受理"] == "Accept"
        assert words()["没有这句话"] == "没有这句话"
