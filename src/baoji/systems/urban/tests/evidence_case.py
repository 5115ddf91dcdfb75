"""A case whose photos came from a phone, and its export: for tests of evidence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from PIL import Image
from tests.town import COVER, NOW, do, player, report, walk, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence.tests.phone import Phone, Sealed
from baoji.kernel.records import uploads
from baoji.kernel.records.actions import keep
from baoji.systems.urban import public
from baoji.systems.urban.actions.evidence_export import export_case
from baoji.systems.urban.public import Draft

MINUTE = timedelta(minutes=1)


def picture(shade: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (32, 24), (shade, 120, 60)).save(made, "JPEG")
    return made.getvalue()


def phone_of(code: str, now: datetime = NOW) -> Phone:
    made = Phone(who(code)).enrol(now, by=who("chief.1"))
    made.contact(now)
    return made


def report_with(phone: Phone, *contents: bytes, now: datetime = NOW + 5 * MINUTE, more: int = 0) -> str:
    """A report whose photos this phone took a minute before; the last `more` of them come without an envelope."""
    uuid = str(uuid4())
    with transaction.atomic():
        files, taken = [], []
        for n, content in enumerate(contents):
            kept = keep(content, now=now)
            if n >= len(contents) - more:
                files.append((kept.id, "photo"))
                continue
            sealed = phone.shoot(now - MINUTE, content, report=uuid)
            taken.append(phone.send(sealed, now, content=kept))
            files.append((kept.id, "photo", taken[-1].id))
        draft = Draft(kind="component", component=COVER, condition=3, description="井盖松动异响")
        words = phone.says(now, kind="report", sha256=None, size=None, mime=None, role=None, report=uuid)
        taken.append(phone.send(phone.seal(words), now))
        number = public.take_report(by=phone.owner, draft=draft, now=now, files=files).number
        evidence.receipt([one.id for one in taken], number=number, report=uuid, now=now)
    return number


def answer_with(
    phone: Phone,
    number: str,
    content: bytes,
    signed: Sealed | None,
    *,
    name: UUID,
    now: datetime,
    words: Sealed | None = None,
) -> None:
    """What a phone delivers under `name`: the work is done, with a photo and what was signed about it."""
    uploads.put(phone.owner.id or 0, content, kind="photo", now=now)
    medium = public.Medium(sha256(content).hexdigest(), "photo", public.Signed(*signed) if signed else None)
    parcel = public.Parcel(name, "x", [medium], public.Signed(*words) if words else None)
    done = public.deliver_answer(
        by=phone.owner, parcel=parcel, number=number, act="answer", facts={"opinion": "已修好"}, now=now
    )
    assert done.status == 201, done.answer


def handled() -> tuple[str, Phone]:
    """A case that a department is working on, and the approved phone of whom it waits for."""
    number = walk(report(None, pictures=1), "handle/handling", now=NOW + MINUTE)
    return number, phone_of(player(number, "@body"), NOW + MINUTE)


@dataclass
class Exported:
    number: str
    path: Path


def a_long_story(folder: Path) -> Exported:
    """A whole loop: two proven photos and one from the gallery, a department's answer, a check; exported, all sealed."""
    number = report_with(phone_of("collector.01"), picture(10), picture(20), picture(30), more=1)
    walk(number, "dispatch/filed", now=NOW + 7 * MINUTE)
    walk(number, "evaluate/closed", now=NOW + 9 * MINUTE)
    do(number, "chief.1", "opinion", opinion="照片清楚，处置到位", now=NOW + 10 * MINUTE)
    link_all(NOW + 11 * MINUTE)
    return exported(number, folder)


def exported(number: str, folder: Path) -> Exported:
    return exported_at(number, folder, NOW + 20 * MINUTE)


def exported_at(number: str, folder: Path, now: datetime) -> Exported:
    path = folder / f"{number}.zip"
    with path.open("wb") as file:
        export_case(by=who("chief.1"), number=number, target=file, now=now)
    return Exported(number, path)
