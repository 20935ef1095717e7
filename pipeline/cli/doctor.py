"""``pipeline doctor``: what this machine can do, and the one command that mends each gap."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from pipeline.catalogue import Catalogue
from pipeline.cli.needs import builders
from pipeline.cli.settings import constructor_arguments, read_catalogue
from pipeline.cli.table import Table
from pipeline.errors import PipelineError
from pipeline.local import rootless
from pipeline.process import ProcessError, run_sync
from pipeline.programs import install_command, missing
from pipeline.report import document

State = Literal["ok", "missing", "optional"]

ENGINE = "0.21"
"""The Dagger engine that this pipeline is held to, see dagger.json."""

RANGES = "user IDs"
"""The check for what rootless builds need beside programs."""

BINFMT = {"amd64": "x86_64", "arm64": "aarch64", "arm": "arm", "386": "i386"}
"""Architectures as OCI and as the kernel's binfmt entries of qemu-user-static spell them."""

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: how it is, what was found, and the command that mends it."""

    name: str
    state: State
    found: str
    mend: str = ""


def examine(table: Table, constructor: Mapping[str, str | None]) -> list[Check]:
    """Look at everything, without changing anything or asking the network."""
    return [
        *_python(),
        *_local_session(),
        *_dagger(),
        *_catalogue(constructor.get("config")),
        *_secrets(table, constructor),
    ]


def can_release(checks: list[Check]) -> bool:
    """Whether at least one engine is ready: the local session or Dagger."""
    local = [check.state for check in checks if check.name in (*builders(), RANGES)]
    return "missing" not in local or any(check.name == "dagger" and check.state == "ok" for check in checks)


def as_text(checks: list[Check]) -> str:
    """A line per check, the mending command below what is missing, and the verdict last."""
    marks: dict[State, str] = {"ok": "✔", "missing": "✘", "optional": "·"}
    width = max(len(check.name) for check in checks)
    lines = []
    for position, check in enumerate(checks):
        # What mends several things is told once, below the last of them.
        later = [other.mend for other in checks[position + 1 :]]
        lines.append(f"{marks[check.state]} {check.name:<{width}}  {check.found}")
        if check.mend and check.mend not in later:
            lines.append(f"  {'':<{width}}  → {check.mend}")
    verdict = "This machine can release." if can_release(checks) else "This machine cannot release yet: see ✘ above."
    return "\n".join([*lines, "", verdict])


def as_json(checks: list[Check]) -> str:
    """All checks, as one JSON document."""
    return document({"ready": can_release(checks), "checks": checks})


def _python() -> Iterator[Check]:
    yield Check(name="python", state="ok", found=f"{platform.python_version()}, {sys.executable}")


def _local_session() -> Iterator[Check]:
    lacking = missing(builders())
    for program in builders():
        if program in lacking:
            yield Check(name=program, state="missing", found="not on the PATH", mend=install_command(*lacking))
        else:
            yield Check(name=program, state="ok", found=_found(program))
    if os.geteuid() != 0:
        yield _ranges()
    yield from _emulation()


def _ranges() -> Check:
    if rootless.files_without_range():
        found, mend = rootless.lack_of_ranges(), rootless.add_ranges_command()
        return Check(name=RANGES, state="missing", found=found, mend=mend)
    if _has_no_namespace():
        found, mend = rootless.lack_of_namespaces(), rootless.NAMESPACE_ADVICE
        return Check(name=RANGES, state="missing", found=found, mend=mend)
    return Check(name=RANGES, state="ok", found=f"{rootless.user()} has subordinate IDs, to build without root")


def _has_no_namespace() -> bool:
    try:
        said = run_sync(["buildah", "unshare", "true"], timeout=10, check=False).stderr
    except ProcessError:
        return False
    return said.startswith(rootless.NO_NAMESPACE)


def _emulation() -> Iterator[Check]:
    own = MACHINES.get(platform.machine(), platform.machine())
    foreign = [name for name in ("amd64", "arm64") if name != own]
    for architecture in foreign:
        entry = Path("/proc/sys/fs/binfmt_misc") / f"qemu-{BINFMT[architecture]}"
        if entry.exists():
            yield Check(name=f"linux/{architecture}", state="ok", found="emulated: RUN steps of that platform work")
        else:
            found = "not emulated: only Dockerfiles that cross-compile build for it (FROM --platform=$BUILDPLATFORM)"
            mend = install_command("qemu-user-static", "binfmt-support")
            yield Check(name=f"linux/{architecture}", state="optional", found=found, mend=mend)


def _dagger() -> Iterator[Check]:
    if port := os.environ.get("DAGGER_SESSION_PORT"):
        yield Check(name="dagger", state="ok", found=f"a session on port {port}")
        return
    path = shutil.which("dagger")
    if path is None:
        yield Check(name="dagger", state="optional", found="not installed", mend="see https://docs.dagger.io/install")
        return
    version = _version("dagger")
    if version.startswith(ENGINE + "."):
        yield Check(name="dagger", state="ok", found=f"{version}, {path}")
    else:
        found = f"{version}, {path}; this pipeline is held to {ENGINE}"
        yield Check(name="dagger", state="optional", found=found, mend=f"install Dagger {ENGINE}")


def _catalogue(path: str | None) -> Iterator[Check]:
    try:
        name, text = read_catalogue(path)
        services = Catalogue.parse(text, name=name).services
    except PipelineError as error:
        yield Check(name="catalogue", state="optional", found=error.message, mend=error.next)
    else:
        yield Check(name="catalogue", state="ok", found=f"{name}: {', '.join(services)}")


def _secrets(table: Table, constructor: Mapping[str, str | None]) -> Iterator[Check]:
    given = constructor_arguments(table.constructor, constructor)
    for parameter in table.constructor:
        if parameter.kind != "secret":
            continue
        reference = given.get(parameter.name)
        name = parameter.flag.removeprefix("--").replace("-", " ")
        if reference is None:
            yield Check(name=name, state="optional", found="not passed", mend=f"pass {parameter.flag} env://NAME")
        elif _is_unset(reference):
            variable = reference.removeprefix("env://")
            yield Check(name=name, state="optional", found=f"{variable} is not set", mend=f"export {variable}=…")
        elif _is_no_file(reference):
            found, mend = f"{reference} is not there", f"pass {parameter.flag} file://PATH"
            yield Check(name=name, state="optional", found=found, mend=mend)
        else:
            # A command may have the secret itself in its arguments.
            source = "cmd://" if reference.startswith("cmd://") else reference
            yield Check(name=name, state="ok", found=f"from {source}")


def _is_unset(reference: str) -> bool:
    return reference.startswith("env://") and not os.environ.get(reference.removeprefix("env://"))


def _is_no_file(reference: str) -> bool:
    return reference.startswith("file://") and not Path(reference.removeprefix("file://")).expanduser().is_file()


def _found(program: str) -> str:
    path = str(shutil.which(program))
    # That one has no flag to ask for its version.
    return path if program == rootless.PROGRAM else f"{_version(program)}, {path}"


def _version(program: str) -> str:
    argument = "version" if program == "dagger" else "--version"
    try:
        said = run_sync([program, argument], timeout=10).text
    except ProcessError as error:
        return f"does not start ({error})"
    found = re.search(r"\d+\.\d+\.\d+", said)
    return found[0] if found else said.partition("\n")[0]
