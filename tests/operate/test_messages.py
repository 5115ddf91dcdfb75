import gettext
import io
import os
from pathlib import Path

import pytest

from baoji.operate.errors import Trouble
from baoji.operate.messages import binary, catalogue, compile_all

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: desks/list.html:3
msgid "待办"
msgstr "To do"

msgid ""
"第一行\n"
"第二行"
msgstr "first \"line\"\n"
"second line"

msgctxt "lamp"
msgid "绿"
msgstr "green"

#, python-format
msgid "%(n)s 件"
msgid_plural "%(n)s 件"
msgstr[0] "%(n)s case"
msgstr[1] "%(n)s cases"

#, fuzzy
msgid "旧"
msgstr "wrong guess"

msgid "未译"
msgstr ""

#~ msgid "gone"
#~ msgstr "gone"
"""


def test_what_we_compile_is_what_gettext_reads() -> None:
    read = gettext.GNUTranslations(io.BytesIO(binary(catalogue(PO))))
    assert read.gettext("待办") == "To do"
    assert read.gettext("第一行\n第二行") == 'first "line"\nsecond line'
    assert read.pgettext("lamp", "绿") == "green"
    assert read.ngettext("%(n)s 件", "%(n)s 件", 1) == "%(n)s case"
    assert read.ngettext("%(n)s 件", "%(n)s 件", 5) == "%(n)s cases"
    assert [read.gettext(word) for word in ("旧", "未译", "gone")] == ["旧", "未译", "gone"]


@pytest.mark.parametrize("line", ["msgid 待办", 'mgsid "待办"', '"nobody\'s"', 'msgstr "open'])
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(Trouble, match=r"django\.po:2: this "):
        catalogue(f"\n{line}\n", "django.po")


def test_only_what_changed_is_compiled(tmp_path: Path) -> None:
    source = tmp_path / "locale/en/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO)
    assert compile_all(tmp_path) == [source.with_suffix(".mo")]
    assert compile_all(tmp_path) == []
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compile_all(tmp_path) == [source.with_suffix(".mo")]
