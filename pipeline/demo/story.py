"""The demo's story: what is done, in order, and what is to be seen."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from pipeline.demo.history import OFF_MAIN_TAG
from pipeline.demo.images import run_image
from pipeline.demo.stage import Stage
from pipeline.process import run_attached, run_sync

PIPELINE = Path(sys.executable).with_name("pipeline")


@dataclass(frozen=True, slots=True)
class Scene:
    """One call: what it shows, its arguments, the exit code it must have, and what is done just before it."""

    title: str
    arguments: tuple[str, ...]
    exit_code: int = 0
    before: Callable[[Stage], None] = lambda stage: None


def _tag(name: str) -> Callable[[Stage], None]:
    def push(stage: Stage) -> None:
        stage.monorepo.tag(name)

    return push


def _squat(stage: Stage) -> None:
    """Put somebody else's image where heimdall/v0.2.0 would go."""
    stage.monorepo.tag("heimdall/v0.2.0")
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"]
    source = f"docker://{stage.registry.address}/busybox:1"
    run_sync([*copy, source, f"docker://{stage.registry.address}/unkeyed/heimdall:v0.2.0"])


SCENES = (
    Scene(
        "Rehearse a release before its tag is spent", ("release", "--tag", "vault/v0.4.0", "--dry-run", "--ref", "main")
    ),
    Scene("Release it", ("release", "--tag", "vault/v0.4.0"), before=_tag("vault/v0.4.0")),
    Scene(
        "Release a candidate: a pre-release, never Latest",
        ("release", "--tag", "api/v1.4.0-rc.1"),
        before=_tag("api/v1.4.0-rc.1"),
    ),
    Scene("The same call again: nothing to do", ("release", "--tag", "vault/v0.4.0")),
    Scene("Refused: the tag is not on main", ("release", "--tag", OFF_MAIN_TAG), exit_code=3),
    Scene(
        "Refused: the image tag holds something else",
        ("release", "--tag", "heimdall/v0.2.0"),
        exit_code=3,
        before=_squat,
    ),
)


def tell(stage: Stage) -> int:
    """Play all scenes, pull the released image back and run it; give back 0 when all went as it must."""
    console = Console(highlight=False)
    began = time.monotonic()
    for number, scene in enumerate(SCENES, start=1):
        if not _play(console, stage, scene, number):
            return 1
    _rule(console, len(SCENES) + 1, "Pull the image back and run it")
    reference = f"{stage.registry.address}/unkeyed/vault:v0.4.0"
    console.print(f"{reference} prints:", soft_wrap=True)
    console.print(run_image(reference), soft_wrap=True)
    console.print(f"\nAll as it must be, in {time.monotonic() - began:.1f} s. Everything is taken down again.")
    return 0


def _play(console: Console, stage: Stage, scene: Scene, number: int) -> bool:
    _rule(console, number, scene.title)
    scene.before(stage)
    console.print(Text(f"$ pipeline {' '.join(scene.arguments)}", style="bold"))
    arguments = [str(PIPELINE), *scene.arguments, "--engine", "local"]
    code = run_attached(arguments, cwd=stage.folder, env=stage.environment)
    if code == scene.exit_code:
        console.print(f"[dim]exit code {code}[/]")
        return True
    console.print(f"[red]exit code {code}, but it must be {scene.exit_code}[/]")
    return False


def _rule(console: Console, number: int, title: str) -> None:
    console.print()
    console.rule(f"[bold]{number}. {title}", align="left")
