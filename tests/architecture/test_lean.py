"""What every process of a running city would carry for nothing."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "cv2", "shapely", "pi_heif")
ASK = "import sys, django; django.setup(); import {module}; print(*(name for name in {heavy} if name in sys.modules))"


@pytest.mark.parametrize("module", ["baoji.config.web", "baoji.operate.tasks"])
def test_web_and_worker_start_without_what_few_jobs_need(module: str) -> None:
    words = [sys.executable, "-c", ASK.format(module=module, heavy=HEAVY)]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == []
