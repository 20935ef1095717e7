"""The wheel: it has all that it needs, and works where only it is installed."""

import ast
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline import __version__
from tests.conftest import need

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline"
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

OWNERS = packages_distributions()
"""Which distributions a module comes from."""

CATALOGUE = 'repository = "acme/shop"\nregistry = "ghcr.io/acme"\n[services.shop]\n'


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, that sees this one's dependencies but not this one's pipeline."""
    root = tmp_path_factory.mktemp("installed")
    venv.create(root, with_pip=False)
    python = root / "bin" / "python"
    subprocess.run([*PIP, "--python", python, "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    (packages,) = root.glob("lib/python*/site-packages")
    packages.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return root


def run(installed: Path, folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": str(folder), "LANG": "C.UTF-8"}
    program, *rest = arguments
    done = subprocess.run(
        [installed / "bin" / program, *rest], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_package_is_in_it(wheel: Path) -> None:
    files = {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert files - set(zipfile.ZipFile(wheel).namelist()) == set()
    assert {path for path in files if not path.endswith(".py")} >= {
        "pipeline/services.schema.json", "pipeline/cli/commands.json", "pipeline/local/schema.graphql",
        "pipeline/workflow/templates/release.yaml.j2",
    }  # fmt: skip


def test_nothing_else_is_in_it(wheel: Path) -> None:
    roots = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert roots == {"pipeline", f"pipeline-{__version__}.dist-info"}


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "python", "-c", "import pipeline; print(pipeline.__file__)")
    assert Path(where).is_relative_to(installed)


def _in_shell(installed: Path, home: Path, script: str) -> str:
    environment = {"PATH": f"{installed / 'bin'}:{os.environ['PATH']}", "HOME": str(home)}
    return subprocess.run(["sh", "-c", script], env=environment, text=True, capture_output=True, check=False).stdout


def test_version_help_and_completion(installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "pipeline", "--version") == f"{__version__}\n"
    assert "release" in run(installed, tmp_path, "pipeline", "--help")
    # What --show-completion prints, without asking which shell this is.
    assert "_PIPELINE_COMPLETE=complete_bash" in _in_shell(
        installed, tmp_path, "_PIPELINE_COMPLETE=source_bash exec pipeline"
    )


def test_completion_knows_the_verbs(installed: Path, tmp_path: Path) -> None:
    script = 'COMP_WORDS="pipeline rel" COMP_CWORD=1 _PIPELINE_COMPLETE=complete_bash exec pipeline'
    assert _in_shell(installed, tmp_path, script).split() == ["release"]


def test_the_local_session_the_templates_and_the_demo_are_there(installed: Path, tmp_path: Path) -> None:
    need("git", "buildah", "skopeo")
    tmp_path.joinpath("services.toml").write_text(CATALOGUE)
    assert "ghcr.io/acme/shop" in run(installed, tmp_path, "pipeline", "services", "--engine", "local")
    assert "shop/v[0-9]+" in run(installed, tmp_path, "pipeline", "workflow", "--for", "github", "--engine", "local")
    assert run(installed, tmp_path, "python", "-c", "import pipeline.demo.story, pipeline.demo.stage") == ""


def test_the_module_s_entry_point_is_there(wheel: Path) -> None:
    text = zipfile.ZipFile(wheel).read(f"pipeline-{__version__}.dist-info/entry_points.txt").decode()
    assert "[dagger.mod]\nmain_object = pipeline:Pipeline" in text


EXTRAS = {"cli": ["cli"], "local": ["cli"], "demo": ["cli", "demo"]}
"""The extras that a part of the package may take from; every other part has the core's dependencies only."""


@pytest.mark.parametrize("part", ["core", *EXTRAS])
def test_what_is_imported_is_declared(part: str) -> None:
    declared = [*PROJECT["dependencies"]]
    for extra in EXTRAS.get(part, []):
        declared += PROJECT["optional-dependencies"][extra]
    available = closure([requirement for requirement in declared if not requirement.startswith("pipeline")])
    missing = {
        (str(file.relative_to(ROOT)), module)
        for file in files_of(part)
        for module in imports_of(file)
        if not available & {canonicalize_name(name) for name in OWNERS.get(module, [])}
    }
    assert missing == set()


def files_of(part: str) -> Iterator[Path]:
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0]
        if (room if room in EXTRAS else "core") == part:
            yield file


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            root = name.partition(".")[0]
            if root not in sys.stdlib_module_names and root != "pipeline":
                yield root


def closure(declared: list[str]) -> set[str]:
    """The distributions that these requirements bring, with all that they need themselves."""
    found: set[tuple[str, str]] = set()
    left = [(canonicalize_name(r.name), extra) for r in map(Requirement, declared) for extra in ("", *r.extras)]
    while left:
        name, extra = left.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            left += [(canonicalize_name(r.name), wanted) for r in needs(name, extra) for wanted in ("", *r.extras)]
    return {name for name, _ in found}


def needs(name: str, extra: str) -> Iterator[Requirement]:
    try:
        listed = requires(name) or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, listed):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement
