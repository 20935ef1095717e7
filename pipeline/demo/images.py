"""Base images that need no network, and running what was built on them."""

import base64
import json
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from pipeline import process
from pipeline.demo.oci_layout import Entry, Image, write_layout
from pipeline.local import networks, ulimits

ARCHITECTURES = ("amd64", "arm64")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
PRINTED = "/printed"
TIMEOUT = 60.0

Login = tuple[str, str]


def push_base_image(registry_address: str, name: str = "busybox", tag: str = "1", creds: Login | None = None) -> str:
    """Push a two-platform image with a shell to a registry on this machine; returns its reference.

    The shell is this machine's own static busybox, so only the image of this machine's architecture can run
    something; the other one has the same folders and files, and is there to copy into.
    Raises `pipeline.process.ProcessError`.
    """
    reference = f"{registry_address}/{name}:{tag}"
    with TemporaryDirectory(prefix="base-image-") as folder, _auth_file(registry_address, creds) as auth_file:
        write_layout(Path(folder, "layout"), tag, [_base_image(architecture) for architecture in ARCHITECTURES])
        process.run_sync(
            [
                *("skopeo", "--insecure-policy", "copy", "--all", "--quiet"),
                *("--dest-tls-verify=false", "--dest-authfile", str(auth_file)),
                *(f"oci:{folder}/layout:{tag}", f"docker://{reference}"),
            ],
            timeout=TIMEOUT,
        )
    return reference


def run_image(reference: str, argv: Sequence[str] = (), *, creds: Login | None = None) -> str:
    """Pull an image from a registry on this machine and run its entry point with ``argv``; returns what it printed.

    The image must have a shell, which writes that to a file: `buildah run` itself can lose a command's last words.
    Nothing stays behind: image and container live in temporary storage. Raises `pipeline.process.ProcessError`.
    """
    with (
        _temporary_buildah() as buildah,
        _auth_file(reference.partition("/")[0], creds) as auth_file,
        TemporaryDirectory(prefix="printed-") as folder,
    ):
        printed = Path(folder, "printed")
        printed.touch()
        printed.chmod(0o666)
        pull = ("--quiet", "--tls-verify=false", "--authfile", str(auth_file))
        container = buildah("from", *pull, *ulimits.own(), f"docker://{reference}").text
        config = cast("dict[str, Any]", json.loads(buildah("inspect", container).stdout)["OCIv1"]["config"])
        command = [*config.get("Entrypoint", ()), *(argv or config.get("Cmd", ()))]
        to_file = ("/bin/sh", "-c", f'exec "$@" > {PRINTED}', "sh")
        buildah("run", "--isolation", "chroot", f"--volume={printed}:{PRINTED}", container, "--", *to_file, *command)
        return printed.read_text().rstrip("\n")


def _base_image(architecture: str) -> Image:
    folders = [Entry(path) for path in ("bin", "etc", "usr", "usr/local", "usr/local/bin", "var")]
    folders.append(Entry("tmp", mode=0o1777))
    files = [
        Entry("etc/passwd", b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", mode=0o644),
        Entry("etc/group", b"root:x:0:\nnogroup:x:65534:\n", mode=0o644),
    ]
    run = {"Env": ["PATH=/usr/local/bin:/bin"], "Cmd": ["/bin/sh"]}
    shell = _shell() if architecture == MACHINES.get(platform.machine()) else []
    return Image(architecture, [*folders, *files, *shell], run)


def _shell() -> list[Entry]:
    busybox = shutil.which("busybox")
    if busybox is None:
        raise process.ProgramMissing("busybox")
    names = process.run_sync([busybox, "--list"], timeout=TIMEOUT).text.split()
    links = [Entry(f"bin/{name}", target="busybox") for name in names if name != "busybox"]
    return [Entry("bin/busybox", Path(busybox).read_bytes()), *links]


@contextmanager
def _auth_file(registry_address: str, creds: Login | None) -> Iterator[Path]:
    """Write a file as in containers-auth.json(5): a password in an argument list could be read by anyone."""
    auths = {}
    if creds:
        auths[registry_address] = {"auth": base64.b64encode(":".join(creds).encode()).decode()}
    with TemporaryDirectory(prefix="auth-") as folder:
        path = Path(folder, "auth.json")
        path.write_text(json.dumps({"auths": auths}))
        yield path


@contextmanager
def _temporary_buildah() -> Iterator[Callable[..., process.Completed]]:
    """Give buildah a storage of its own; ``vfs`` works everywhere and leaves no mounts behind."""
    with TemporaryDirectory(prefix="run-image-") as folder:
        storage = ("--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs")
        no_network = networks.none(Path(folder, "helpers"))

        def buildah(*arguments: str) -> process.Completed:
            return process.run_sync(["buildah", *storage, *arguments], timeout=TIMEOUT, env=no_network)

        try:
            yield buildah
        finally:
            with suppress(process.ProcessError):
                buildah("rmi", "--all", "--force")
