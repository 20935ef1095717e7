"""``pipeline doctor``: what this machine can do, and the one command that mends each gap."""

import os
import platform
import pwd
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from pipeline.catalogue import Catalogue
from pipeline.cli.settings import constructor_arguments, read_catalogue
from pipeline.cli.table import Table
from pipeline.errors import PipelineError
from pipeline.process import ProcessError, run_sync
from pipeline.report import document

State = Literal["ok", "missing", "optional"]

ENGINE = "0.21"
"""The Dagger engine that this pipeline is held to, see dagger.json."""

LOCAL_PROGRAMS = {"git": "git", "buildah": "buildah", "skopeo": "skopeo"}
"""What the local session starts, and the Debian packages that have it."""

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
    local = [check.state for check in checks if check.name in (*LOCAL_PROGRAMS, "rootless builds")]
    return "missing" not in local or any(check.name == "dagger" and check.state == "ok" for check in checks)


def as_text(checks: list[Check]) -> str:
    """A line per check, the mending command below what is missing, and the verdict last."""
    marks: dict[State, str] = {"ok": "✔", "missing": "✘", "optional": "·"}
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{marks[check.state]} {check.name:<{width}}  {check.found}")
        if check.mend:
            lines.append(f"  {'':<{width}}  → {check.mend}")
    verdict = "This machine can release." if can_release(checks) else "This machine cannot release yet: see ✘ above."
    return "\n".join([*lines, "", verdict])


def as_json(checks: list[Check]) -> str:
    """All checks, as one JSON document."""
    return document({"ready": can_release(checks), "checks": checks})


def _python() -> Iterator[Check]:
    yield Check(name="python", state="ok", found=f"{platform.python_version()}, {sys.executable}")


def _local_session() -> Iterator[Check]:
    for program, package in LOCAL_PROGRAMS.items():
        path = shutil.which(program)
        if path:
            yield Check(name=program, state="ok", found=f"{_version(program)}, {path}")
        else:
            yield Check(name=program, state="missing", found="not on the PATH", mend=_install(package))
    if os.geteuid() != 0:
        yield _rootless()
    yield from _emulation()


def _rootless() -> Check:
    user = pwd.getpwuid(os.geteuid()).pw_name
    if shutil.which("newuidmap") is None:
        return Check(name="rootless builds", state="missing", found="newuidmap is missing", mend=_install("uidmap"))
    for file in ("/etc/subuid", "/etc/subgid"):
        if not _has_range(Path(file), user):
            mend = f"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
            return Check(name="rootless builds", state="missing", found=f"{user} has no range in {file}", mend=mend)
    return Check(name="rootless builds", state="ok", found=f"{user} has subordinate IDs")


def _has_range(file: Path, user: str) -> bool:
    names = (user, str(os.geteuid()))
    return file.is_file() and any(line.split(":")[0] in names for line in file.read_text().splitlines())


def _emulation() -> Iterator[Check]:
    own = MACHINES.get(platform.machine(), platform.machine())
    foreign = [name for name in ("amd64", "arm64") if name != own]
    for architecture in foreign:
        entry = Path("/proc/sys/fs/binfmt_misc") / f"qemu-{BINFMT[architecture]}"
        if entry.exists():
            yield Check(name=f"linux/{architecture}", state="ok", found="emulated: RUN steps of that platform work")
        else:
            found = "not emulated: only Dockerfiles that cross-compile build for it (FROM --platform=$BUILDPLATFORM)"
            mend = _install("qemu-user-static binfmt-support")
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


def _version(program: str) -> str:
    argument = "version" if program == "dagger" else "--version"
    try:
        said = run_sync([program, argument], timeout=10).text
    except ProcessError as error:
        return f"does not start ({error})"
    found = re.search(r"\d+\.\d+\.\d+", said)
    return found[0] if found else said.partition("\n")[0]


def _install(packages: str) -> str:
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install --no-install-recommends {packages}"
