"""The exercise in CONTRIBUTING is done as it is written, in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = re.compile(r"^`([\w/.-]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("src", "prompts", "docs", "deploy"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests/handlers").mkdir(parents=True)
    return tmp_path


def run(copy: Path, *command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(copy / "src")}
    done = subprocess.run(
        [sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_feature_is_added_in_three_files(copy: Path):
    files = dict(FILES.findall((ROOT / "CONTRIBUTING.md").read_text()))
    assert sorted(files) == [
        "prompts/title.md",
        "src/triagebot/handlers/title.py",
        "tests/handlers/test_title.py",
    ]
    assert "`/bot title`" not in (copy / "README.md").read_text()
    for name, text in files.items():
        assert not (copy / name).exists()
        (copy / name).write_text(text)

    assert "3 passed" in run(copy, "-m", "pytest", "-q", "tests/handlers/test_title.py")
    run(copy, "-m", "triagebot.generate")
    assert (
        "| `/bot title` | Suggest a clearer title for this issue. | triage |"
        in (copy / "README.md").read_text()
    )
    assert "| title | `/bot title`" in (copy / "docs/powers.md").read_text()
    assert '"title"' in (copy / "docs/triagebot.schema.json").read_text()
    run(
        copy,
        "-m",
        "ruff",
        "check",
        "--config",
        str(ROOT / "pyproject.toml"),
        "src/triagebot/handlers/title.py",
    )
