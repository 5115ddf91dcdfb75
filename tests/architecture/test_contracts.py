"""The import contracts bite: planted violations are found in a house of two systems. Ours has one so far."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
HOUSE = {
    "kernel/flow/models.py": "",
    "systems/urban/models.py": "",
    "systems/urban/queries.py": "from baoji.systems.urban import models\n",
    "systems/urban/public.py": "from baoji.systems.urban import queries\n",
    "systems/urban/pages/views.py": "from baoji.systems.urban import public\n",
    "systems/urban/api/endpoints.py": "from baoji.systems.urban import public\n",
    "systems/documents/models.py": "",
    "systems/documents/public.py": "from baoji.systems.documents import models\n",
    "systems/documents/pages/views.py": "from baoji.systems.documents import public\n",
    "systems/documents/api/endpoints.py": "from baoji.systems.documents import public\n",
}


def lint(root: Path, house: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, text in house.items():
        path = root / "baoji" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in (root / "baoji").rglob("*"):
        if folder.is_dir():
            (folder / "__init__.py").touch()
    (root / "baoji/__init__.py").touch()
    argv = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    argv += ["--config", str(REPO / "pyproject.toml"), "--contract", "islands", "--contract", "views-ask"]
    env = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_a_house_that_keeps_them_passes(tmp_path: Path) -> None:
    done = lint(tmp_path, HOUSE)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 2 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("where", "planted"),
    [
        ("systems/documents/public.py", "from baoji.systems.urban import models"),
        ("systems/documents/public.py", "from baoji.systems.urban import public"),
        ("systems/urban/pages/views.py", "from baoji.systems.urban import models"),
        ("systems/urban/api/endpoints.py", "from baoji.systems.urban.models import Report"),
        ("systems/documents/pages/views.py", "from baoji.kernel.flow.models import Case"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, where: str, planted: str) -> None:
    done = lint(tmp_path, HOUSE | {where: f"{HOUSE[where]}{planted}\n"})
    assert done.returncode == 1
    assert "Contracts: 1 kept, 1 broken." in done.stdout, done.stdout
    assert planted.split()[1] in done.stdout
