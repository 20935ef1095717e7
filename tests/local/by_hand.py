"""The installed buildah, asked by itself what it can do: one version has more in one distribution than in another."""

from pathlib import Path

from pipeline import process
from pipeline.local import networks
from pipeline.local.features import HEREDOC

LINK = "COPY --link"

INSTRUCTIONS = {LINK: "COPY --link Dockerfile /", HEREDOC: "COPY <<EOF /a\nhello\nEOF"}


def has(feature: str, folder: Path) -> bool:
    """Whether it builds a Dockerfile that uses a feature; what it writes is in ``folder``."""
    context = folder / "by hand"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM scratch\n{INSTRUCTIONS[feature]}\n")
    storage = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
    build = ["buildah", *storage, "build", "--isolation", "chroot", str(context)]
    return process.run_sync(build, env=networks.none(folder / "helpers"), check=False, timeout=120).returncode == 0
