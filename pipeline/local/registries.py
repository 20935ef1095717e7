"""How buildah and skopeo reach registries: containers-registries.conf(5)."""

import os
import re
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Registries of this machine, which speak plain HTTP."""


def conf(folder: Path) -> Path:
    """The person's registries.conf(5), but short names mean docker.io as in Docker, and loopback is plain HTTP."""
    written = folder / "registries.conf"
    if not written.exists():
        text = re.sub(r"(?m)^\s*unqualified-search-registries\s*=\s*\[[^\]]*\]", "", _personal_registries_conf())
        ours = "".join(
            f'\n[[registry]]\nprefix = "{host}"\nlocation = "{host}"\ninsecure = true\n' for host in LOOPBACK
        )
        written.write_text(f'unqualified-search-registries = ["docker.io"]\n{text}\n{ours}')
    return written


def _personal_registries_conf() -> str:
    explicit = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers/registries.conf"
    candidates = [Path(explicit)] if explicit else [own, Path("/etc/containers/registries.conf")]
    return next((path.read_text() for path in candidates if path.is_file()), "")
