"""The calls that people make by hand, each a process of its own: `pipeline` on either engine, and `dagger call`."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.cli.engine import CLI, PORT, TOKEN
from tests.cli.terminal import Ended, Terminal
from tests.conformance.engines import DAGGER, LOCAL
from tests.site import Site

Json = dict[str, Any]

MODULE = Path(__file__).parents[2]
RUNNER = "_EXPERIMENTAL_DAGGER_RUNNER_HOST"
WITHIN = 300.0
"""Seconds for one call: the first builds the module, or all of Go's standard library."""

TIMES = ("seconds", "published_at")

Way = Callable[..., Json]
"""Makes a call at a site, from a folder with the site's catalogue and a home, and gives its JSON."""


def flags(site: Site, catalogue: Path) -> list[str]:
    """The constructor's flags for the site; its tokens are in variables."""
    settings = {f"--{name.replace('_', '-')}": value for name, value in site.settings.items()}
    tokens = {f"--{name.replace('_', '-')}": f"env://{name.upper()}" for name in site.tokens}
    return [word for pair in {"--config": str(catalogue), **tokens, **settings}.items() for word in pair]


def variables(site: Site) -> dict[str, str]:
    """The variables that `flags` names."""
    return {name.upper(): token for name, token in site.tokens.items()}


def dagger_call(site: Site, folder: Path, *arguments: str) -> process.Completed:
    """`dagger call`, as it ended."""
    argv = ["dagger", "-m", str(MODULE), "--progress=plain", "call", *flags(site, folder / "services.toml"), *arguments]
    return process.run_sync(argv, cwd=folder, env=variables(site), check=False, timeout=WITHIN)


def on_dagger(terminal: Terminal, site: Site) -> Terminal:
    """The terminal with what a person has who works with a Dagger engine."""
    kept = {name: os.environ[name] for name in (RUNNER, CLI, PORT, TOKEN) if name in os.environ}
    return replace(terminal, variables={**variables(site), **kept})


def without_times(answer: Any) -> Any:
    """An answer as far as it has to be the same every time."""
    if isinstance(answer, dict):
        return {key: without_times(value) for key, value in answer.items() if key not in TIMES}
    return [without_times(value) for value in answer] if isinstance(answer, list) else answer


def _through_dagger_call(site: Site, folder: Path, home: Path, *arguments: str) -> Json:
    done = dagger_call(site, folder, *arguments, "--as-json")
    return _answer(site, Ended(exit_code=done.returncode, stdout=done.text, stderr=done.stderr))


def _through_pipeline(site: Site, folder: Path, home: Path, *arguments: str, engine: str) -> Json:
    terminal = on_dagger(Terminal(folder=folder, home=home), site)
    told = flags(site, folder / "services.toml")
    return _answer(site, terminal.run(*arguments, *told, "--engine", engine, "--json", within=WITHIN))


def _answer(site: Site, ended: Ended) -> Json:
    assert ended.exit_code == 0, ended.said[-3000:]
    assert not [token for token in site.tokens.values() if token in ended.said]
    answer: Json = ended.json
    return answer


BY_LOCAL_SESSION = "pipeline --engine local"
BY_DAGGER_ENGINE = "pipeline --engine dagger"
BY_DAGGER_CALL = "dagger call"

WAYS: dict[str, Way] = {
    BY_LOCAL_SESSION: lambda *call: _through_pipeline(*call, engine=LOCAL),
    BY_DAGGER_ENGINE: lambda *call: _through_pipeline(*call, engine=DAGGER),
    BY_DAGGER_CALL: _through_dagger_call,
}
