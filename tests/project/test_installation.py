"""What a user installs: one name beside everybody else's, and nothing of a stranger's that breaks it."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests import ROOT

FOLDERS = ("model", "scenarios", "calibration", "displacement", "experiments", "views")

IMPORT_ALL = """
import importlib, pkgutil, corridor
names = [found.name for found in pkgutil.walk_packages(corridor.__path__, "corridor.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from a copy of what git knows, so that no earlier build is in it."""
    folder = tmp_path_factory.mktemp("wheel")
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "source" / name).write_bytes((ROOT / name).read_bytes())
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
    ]
    subprocess.run([*build, folder / "source"], check=True, timeout=300)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """Return a Python that has the wheel, and the packages of this one that it depends on."""
    environment = wheel.parent / "environment"
    venv.create(environment, with_pip=False)
    packages = next(environment.glob("lib/python*/site-packages"))
    with ZipFile(wheel) as archive:
        archive.extractall(packages)
    # Directories named in a .pth file have their own .pth files ignored: an editable installation stays out.
    ours = [place for place in sys.path if Path(place).name == "site-packages"]
    (packages / "dependencies.pth").write_text("\n".join(ours), encoding="utf-8")
    return environment / "bin" / "python"


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """Return the working directory of a researcher who has modules of our folders' names, and a folder of our own."""
    for name in (*FOLDERS, "app"):
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name}.py of somebody else')\n", encoding="utf-8")
    (tmp_path / "corridor").mkdir()
    (tmp_path / "corridor" / "places.csv").write_text("name\n", encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_an_installed_wheel_puts_model_and_app_into_everybodys_site_packages(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"corridor"}
    inside = {name.removeprefix("corridor/") for name in names if name.startswith("corridor/")}
    known = subprocess.run(["git", "ls-files", *FOLDERS], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert inside >= {name for name in known.splitlines() if (ROOT / name).is_file()}, "a file is left out"
    assert {name for name in inside if "/" not in name} == {"app.py"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["-c", IMPORT_ALL], ["-m", "corridor.experiments.commands.shell", "list", "policies"]]
)
def test_a_researchers_own_model_py_breaks_an_installed_corridor(
    installed: Path, strangers: Path, arguments: list[str]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [installed, *arguments], cwd=strangers, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_researchers_own_model_py_breaks_a_corridor_installed_for_editing(strangers: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from corridor.scenarios import load; print(len(load('tutorial').places))"],
        cwd=strangers, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
