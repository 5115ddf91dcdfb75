"""What the case page says beside each photo, the evidence page, the download, originals; and who may not."""

import io
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.town import NOW, desk, report, walk, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.evidence.keys import fingerprint, signing_key
from baoji.kernel.evidence.verification.verify import verify
from baoji.kernel.flow.models import Attachment
from baoji.kernel.records import storage
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.tests.evidence_case import phone_of, picture, report_with

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


def shown(code: str, url: str) -> str:
    answer = desk(code).get(url)
    assert answer.status_code == 200, answer.content
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def number() -> str:
    made = report_with(phone_of("collector.01"), picture(10), picture(20), more=1)
    link_all(NOW)
    return made


def test_beside_each_photo_stands_what_is_proven_and_what_the_phone_says(number: str) -> None:
    page = shown("chief.1", f"/cases/{number}")
    assert "已证明 03-17 10:00–10:05" in page and "只是陈述，没有证明" in page
    assert "签名不早于 2026-03-17 10:00:00，不晚于 2026-03-17 10:05:00" in page
    assert "2026-03-17 10:04:00 拍摄" in page and "位置 34.36190, 107.23720、误差 12 米" in page
    assert "没有手机签名" in page and "看原件" in page and f"/cases/{number}/evidence" in page


def test_what_the_simulation_played_says_so_wherever_it_is_shown(client: Client, number: str) -> None:
    """The bulk and the played season alike: both mark the report."""
    now = timezone.now()
    played = walk(report(None, pictures=1, now=now), "dispatch/filed", now=now)
    id_ = public.load(played).case.pk
    sql.execute("UPDATE urban_report SET simulated = true WHERE case_id = %s", [id_])
    real = walk(report(None, pictures=1, now=now), "dispatch/filed", now=now)
    publish([id_, public.load(real).case.pk])
    link_all(now)
    for one, said in ((played, True), (real, False)):
        ours = public.load(one).case.case_number
        assert ("模拟演练产生，不是真人上报" in shown("chief.1", f"/cases/{one}")) is said
        assert ("模拟演练产生，不是真人上报" in shown("chief.1", f"/cases/{one}/print")) is said
        assert ("证明不了任何事" in shown("chief.1", f"/cases/{one}/evidence")) is said
        assert ("模拟演练产生的案卷" in client.get(f"/public/cases/{ours}/").content.decode()) is said


def test_the_reader_without_the_right_sees_the_window_and_neither_key_nor_place(number: str) -> None:
    page = shown("dispatcher.1", f"/cases/{number}")
    assert "已证明 03-17 10:00–10:05" in page
    assert "看原件" not in page and f"/cases/{number}/evidence" not in page
    seen = public.view(who("handler.D29"), public.load(number), NOW)["attachments"]
    assert all("kid" not in one and "position" not in one and one["original_url"] is None for one in seen)


def test_attachments_as_programs_read_them(number: str) -> None:
    proven, claimed = public.view(who("chief.1"), public.load(number), NOW)["attachments"]
    assert {
        "id",
        "kind",
        "act",
        "sha256",
        "captured_at",
        "received_at",
        "proof",
        "url",
        "original_url",
    } <= proven.keys()
    assert (proven["proof"], claimed["proof"], proven["act"], proven["kind"]) == (
        "proven",
        "claimed",
        "report",
        "photo",
    )
    assert proven["sha256"] == sha256(picture(10)).hexdigest()
    assert proven["not_before"] < proven["captured_at"] < proven["received_at"]
    assert (claimed["captured_at"], claimed["marks"]) == (None, ["no-envelope"])
    assert proven["original_url"] == f"/files/{proven['id']}/original"


def test_a_forked_or_failed_photo_says_so(own_folder: Path) -> None:
    phone = phone_of("collector.01")
    copy = phone.clone()
    forked = report_with(phone, picture(10))
    report_with(copy, picture(11))
    page = shown("chief.1", f"/cases/{forked}")
    assert "同一编号有两个不同的版本，钥匙可能被复制，请问清楚" in page and "有需要留意的地方" in page
    phone.sign = lambda data: b"\x01" * 64  # type: ignore[method-assign]
    failed = shown("chief.1", f"/cases/{report_with(phone, picture(12))}")
    assert "证明不成立" in failed and "签名对不上" in failed


def test_the_evidence_page_shows_the_whole_chain(number: str) -> None:
    page = shown("head.1", f"/cases/{number}/evidence")
    assert "已证明 1 件，只是陈述 1 件，不成立 0 件" in page
    assert "与写下时一致，没有被改过、删过或插过" in page and fingerprint() in page
    case = public.load(number).case
    last = Entry.objects.filter(subject="flow.case", subject_id=case.pk).latest("n")
    assert bytes(last.hash).hex()[:16] in page


ALTERED = {
    "does not follow from the one before": "replace(payload, 'report', 'recall')",
    "with note besides": """replace(payload, '"facts": {', '"facts": {"note": 1, ')""",
    "its payload is no JSON": "left(payload, 9)",
}


@pytest.mark.parametrize("said", ALTERED)
def test_an_altered_journal_shows_on_the_evidence_page(number: str, said: str) -> None:
    case = public.load(number).case
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE audit_entry SET payload = {ALTERED[said]} WHERE subject = 'flow.case' AND subject_id = %s",
            [case.pk],
        )
    page = shown("head.1", f"/cases/{number}/evidence")
    assert said in page and "与写下时一致" not in page


def test_the_download_is_the_export_and_is_journalled(number: str, tmp_path: Path) -> None:
    answer = desk("chief.1").post(f"/cases/{number}/evidence")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    path = tmp_path / "taken.zip"
    path.write_bytes(b"".join(answer.streaming_content))
    assert verify(path, [signing_key("server").kid]).holds
    line = Entry.objects.get(subject="evidence.looked", verb="export")
    assert line.actor_id == who("chief.1").id and number in line.payload


def test_what_is_not_sealed_yet_is_told_and_not_exported(own_folder: Path) -> None:
    number = report_with(phone_of("collector.01"), picture(10))
    answer = desk("chief.1").post(f"/cases/{number}/evidence")
    assert answer.status_code == 409 and "没有封存，请稍后再导出" in answer.content.decode()
    assert "等下一次封存" in shown("chief.1", f"/cases/{number}/evidence")


@pytest.mark.parametrize(
    ("code", "status"), [("dispatcher.1", 403), ("collector.01", 403), ("handler.D38", 404)]
)
def test_others_get_neither_page_nor_export_nor_original(number: str, code: str, status: int) -> None:
    client, file = desk(code), Attachment.objects.filter(case__number=number).first()
    assert file is not None
    assert client.get(f"/cases/{number}/evidence").status_code == status
    assert client.post(f"/cases/{number}/evidence").status_code == status
    assert client.get(f"/files/{file.pk}/original").status_code == status
    assert not Entry.objects.filter(subject="evidence.looked").exists()


@pytest.mark.parametrize("state", ["erased", "infected"])
def test_what_became_of_an_original_is_told_to_who_may_have_it(
    number: str, state: str, settings: Any
) -> None:
    file = Attachment.objects.select_related("file").filter(case__number=number).first()
    assert file is not None
    if state == "erased":
        storage.original_path(file.file.sha256).unlink()
    else:
        settings.CLAMD = "unix:/nowhere"
        sql.execute("UPDATE records_media SET scan = 'infected' WHERE file_id = %s", [file.file_id])
    address, absent = f"/files/{file.pk}/original", "/files/99999999999/original"
    for code, status in (("dispatcher.1", 403), ("handler.D38", 404)):
        answer = desk(code).get(address)
        assert answer.status_code == desk(code).head(address).status_code == status
        assert "病毒" not in answer.content.decode() and "已按期限删除" not in answer.content.decode()
    unknown, hidden = (desk("handler.D38").get(one).content.decode() for one in (absent, address))
    assert ("没有这个文件" in unknown, "没有这个文件" in hidden) == (True, True)
    told = desk("chief.1").get(address).content.decode()
    assert ("病毒" if state == "infected" else "已按期限删除") in told
    assert not Entry.objects.filter(subject="evidence.looked").exists(), "nothing was looked at"


def test_an_original_is_given_as_it_came_and_each_look_is_journalled(number: str) -> None:
    file = Attachment.objects.filter(case__number=number).first()
    assert file is not None
    client = desk("acceptor.1")
    answer = client.get(f"/files/{file.pk}/original")
    assert io.BytesIO(b"".join(answer.streaming_content)).getvalue() == picture(10)
    assert answer["Content-Disposition"].startswith("attachment") and "no-store" in answer["Cache-Control"]
    line = Entry.objects.get(subject="evidence.looked", verb="original")
    assert line.actor_id == who("acceptor.1").id and sha256(picture(10)).hexdigest() in line.payload
    assert client.head(f"/files/{file.pk}/original").status_code == 200
    assert client.get("/files/99999999999/original").status_code == 404
    assert Entry.objects.filter(subject="evidence.looked").count() == 1


def test_the_printed_case_names_the_servers_key(number: str) -> None:
    page = shown("chief.1", f"/cases/{number}/print?full=1")
    assert fingerprint() in page and "已证明 03-17 10:00–10:05" in page


def test_a_case_of_an_old_report_has_a_page_too(own_folder: Path) -> None:
    number = report(pictures=1)
    link_all(NOW)
    page = shown("chief.1", f"/cases/{number}/evidence")
    assert "已证明 0 件，只是陈述 1 件，不成立 0 件" in page
