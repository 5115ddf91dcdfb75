"""ERROR in the log is a fault of ours with its trace; what was refused with 503 is a warning."""

import logging
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import path
from tests.town import program

from baoji.kernel.records.tests.pictures import picture
from baoji.kernel.wire.logs import Refusals


def broken(request: object) -> None:
    raise ZeroDivisionError


urlpatterns = [path("broken", broken)]
handler500 = "baoji.config.faults.fault"


@pytest.mark.django_db
@pytest.mark.usefixtures("own_folder")
def test_a_scanner_that_is_down_is_a_warning(
    settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CLAMD, settings.CLAMD_DOWN = str(tmp_path / "nobody"), "refuse"
    photo = SimpleUploadedFile("1.jpg", picture(), "image/jpeg")
    answer = program("acceptor.1").post("/api/v1/reports", {"report": "{}", "photo": photo})
    assert (answer.status_code, answer.json()["code"]) == (503, "scanner-down")
    told = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "django.request"]
    assert told == [("WARNING", "Service Unavailable: /api/v1/reports")]


@pytest.mark.urls(__name__)
def test_a_fault_stays_an_error_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    assert Client(raise_request_exception=False).get("/broken").status_code == 500
    told = [one for one in caplog.records if one.name == "django.request"]
    assert [(one.levelname, bool(one.exc_info)) for one in told] == [("ERROR", True)]


@pytest.mark.parametrize(("status", "level"), [(500, "ERROR"), (503, "WARNING"), (507, "WARNING")])
def test_without_a_trace_the_status_decides(status: int, level: str) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "said", (), None)
    record.status_code = status
    assert Refusals().filter(record) and record.levelname == level


def test_the_installation_has_the_filter() -> None:
    assert configured.LOGGING["loggers"]["django.request"]["filters"] == ["refusals"]
