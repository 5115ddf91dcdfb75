"""schemathesis against the OpenAPI document: no 5xx and no undocumented answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cities import REPO, RunningCity

pytestmark = [pytest.mark.slow]


def test_the_document_is_kept(city: RunningCity, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{city.url}/api/v1/openapi.json",
            "-H",
            f"Authorization: Bearer {city.token('hotline.1')}",
            "--max-examples",
            "25",
            "--phases",
            "examples,coverage,fuzzing",
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance",
            "--generation-deterministic",
            "--request-timeout",
            "20",
        ],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.journeys.media_types", "PYTHONPATH": str(REPO)},
    )
    assert done.returncode == 0, done.stdout[-6000:]
