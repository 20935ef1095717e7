"""The arrows: who may import whom, where programs are started, and what a quick answer must not load."""

import ast
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import process

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.joinpath("pipeline").rglob("*.py"))

ROOMS = ("cli", "demo", "local")
"""Everything else in `pipeline` is a stage, or what stages stand on."""

STARTERS = ("subprocess", "pty", "multiprocessing", "asyncio.subprocess")
STARTING_CALLS = (
    "os.system", "os.popen", "os.fork", "os.posix_spawn", "os.spawnv", "os.execv", "os.execvp", "anyio.open_process",
    "anyio.run_process", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "subprocess.Popen",
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.getoutput",
)  # fmt: skip

HEAVY = (
    "dagger",
    "github",
    "dulwich",
    "rich",
    "graphql",
    "gql",
    "httpx",
    "requests",
    "opentelemetry",
    "uvicorn",
    "starlette",
)


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    room = [*module.split("."), ""][1]
    return room if room in ROOMS else "main" if module == "pipeline.main" else "stage"


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in a file; ``from a import b`` counts as both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "spell imports whole"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


ALLOWED = {
    "stage": {"stage"},
    "main": {"stage"},
    "cli": {"cli", "main", "stage", "local", "demo"},
    "demo": {"demo", "stage", "local", "cli", "main"},
    "local": {"local"},
}
FOUNDATIONS = (
    # The language of Dockerfiles is neither a stage nor of one builder, and imports nothing of the project.
    "pipeline.dockerfile",
    "pipeline.process",
    "pipeline.programs",
    "pipeline.errors",
    "pipeline.runtime.limits",
    "pipeline.runtime.locks",
    "pipeline.runtime.once",
    "pipeline.runtime.concurrency",
)
MAIN_IS_FOR = ("pipeline",)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_arrows(file: Path) -> None:
    module = name_of(file)
    room = room_of(module)
    ours = {name for name in imports_of(parsed(file)) if name.split(".")[0] == "pipeline"}
    for imported in sorted(ours):
        if room == "local" and imported.startswith(FOUNDATIONS):
            continue
        if imported == "pipeline":
            continue
        if room_of(imported) == "main" and room == "stage":
            assert module in MAIN_IS_FOR, f"{module} imports {imported}"
            continue
        assert room_of(imported) in ALLOWED[room], f"{module} ({room}) imports {imported}"


@pytest.mark.parametrize("file", [f for f in FILES if "dockerfile" in f.parent.parts], ids=name_of)
def test_the_language_of_dockerfiles_is_a_leaf(file: Path) -> None:
    ours = {name for name in imports_of(parsed(file)) if name.split(".")[0] == "pipeline"}
    assert all(name.startswith("pipeline.dockerfile") for name in ours), ours


def left_in_circles(graph: dict[str, set[str]]) -> list[str]:
    while leaves := [name for name, imports in graph.items() if not imports]:
        graph = {name: imports - set(leaves) for name, imports in graph.items() if name not in leaves}
    return sorted(graph)


def arrows(files: list[Path], place_of: Callable[[str], str]) -> dict[str, set[str]]:
    """Who imports whom among the files, each counted as the place it is in."""
    modules = {name_of(file): file for file in files}
    graph: dict[str, set[str]] = {place_of(name): set() for name in modules}
    for name, file in modules.items():
        graph[place_of(name)] |= {place_of(i) for i in imports_of(parsed(file)) if i in modules} - {place_of(name)}
    return graph


def test_no_modules_import_each_other_in_a_circle() -> None:
    # A package's face hands on what is in it, and importing a module of it names the package too.
    modules = [file for file in FILES if file.name != "__init__.py"]
    assert not left_in_circles(arrows(modules, lambda name: name))


def test_no_packages_import_each_other_in_a_circle() -> None:
    # The face of the whole imports the Dagger object, when somebody asks for that.
    below = [file for file in FILES if file != FILES[0]]
    assert not left_in_circles(arrows(below, lambda name: ".".join(name.split(".")[:2])))


@pytest.mark.parametrize("file", [f for f in FILES if f.parent.name != "process"], ids=name_of)
def test_only_one_file_starts_programs(file: Path) -> None:
    tree = parsed(file)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & set(STARTING_CALLS)
    shell = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "shell"]
    assert not shell
    # A type for an annotation, or an exception to catch, starts nothing.
    used = {
        ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "subprocess"
    }
    assert used <= {"subprocess.Popen", "subprocess.TimeoutExpired"}
    assert not {i for i in imports_of(tree) if i.startswith(STARTERS)} - {"subprocess"}


def loaded_by(*arguments: str) -> set[str]:
    """The modules in memory once the terminal command has answered."""
    program = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: sys.stderr.write('\\n' + json.dumps(sorted(sys.modules))))\n"
        f"sys.argv = {['pipeline', *arguments]!r}\n"
        "from pipeline.cli import main\n"
        "main()\n"
    )
    done = process.run_sync([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=60)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("release", "--help"),
        ("--version",),
        ("release", "--tag", "vault"),
        ("build", "--tag", "nope/v1.0.0"),
    ],
    ids=" ".join,
)
def test_a_quick_answer_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)
    assert "pipeline.cli.app" in loaded
    assert not loaded & {*HEAVY, "asyncio", "anyio", "pipeline.main", "pipeline.local.server"}


def test_the_package_alone_loads_nothing() -> None:
    program = "import sys; before = set(sys.modules); import pipeline; print(*(set(sys.modules) - before))"
    loaded = process.run_sync([sys.executable, "-c", program], cwd=ROOT, timeout=60).text.split()
    assert {name for name in loaded if name.split(".")[0] in {*HEAVY, "msgspec", "typer"}} == set()


def test_the_dagger_object_is_the_packages_own() -> None:
    import pipeline
    from pipeline.main import Pipeline

    assert pipeline.Pipeline is Pipeline
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = pipeline.nothing_like_it


def test_the_module_needs_none_of_what_it_leaves_out() -> None:
    """A Dagger engine loads the module without the rooms that ``dagger.json`` excludes."""
    excluded = [e.removeprefix("!pipeline/") for e in json.loads(ROOT.joinpath("dagger.json").read_text())["include"]]
    assert set(ROOMS) <= set(excluded)
