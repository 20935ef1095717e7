"""The files of an image, as a folder."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pipeline.local import oci, tools
from pipeline.local.context import Context
from pipeline.local.failure import Failure


async def unpack(context: Context, image: Callable[[], Awaitable[oci.Image]], platform: str) -> Path:
    """Write the files of an image to a new folder, which is given."""
    folder = context.workspace.fresh("rootfs")
    layout, files, nothing = folder / "layout", folder / "files", folder / "nothing"
    nothing.mkdir()
    oci.write_image(oci.create(layout), await image(), "image")
    (folder / "Dockerfile").write_text(f"FROM {context.workspace.layout(layout)}\n")
    build = [
        "build",
        "--isolation=chroot",
        "--no-cache",
        "--force-rm",
        f"--platform={platform}",
        f"--output={files.relative_to(context.workspace.session)}",
    ]
    completed = await context.builder.run([*build, f"--file={folder / 'Dockerfile'}", str(nothing)])
    if completed.returncode:
        raise Failure(f"the files of the image could not be written: {tools.last_line(completed)}")
    return files
