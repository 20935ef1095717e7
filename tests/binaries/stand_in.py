"""A program that leaves what GoReleaser would, in no time: for what is about anything but building."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline import process
from pipeline.demo import images
from pipeline.demo.oci_layout import Entry, Image, write_layout

PLATFORMS = {"linux_amd64": "linux-x64", "darwin_arm64": "darwin-arm64"}
"""What it builds for, in Go's words and in npm's."""

_SCRIPT = """#!/bin/sh
set -e
{first}
mkdir dist
cd dist
version=${{GORELEASER_CURRENT_TAG#v}}
for platform in {platforms}; do
    echo "unkey $version for $platform, of $SOURCE_DATE_EPOCH" | tee unkey_$platform > unkey_${{version}}_$platform.tar.gz
done
sha256sum *.tar.gz > checksums.txt
sed "s/VERSION/$version/g" > artifacts.json <<'END'
{listed}
END
"""


def files(version: str) -> list[str]:
    """What a GitHub release carries of it, by name."""
    return ["checksums.txt", *sorted(f"unkey_{version}_{platform}.tar.gz" for platform in PLATFORMS)]


def push(registry_address: str, name: str = "goreleaser-stand-in", *, first: str = ":") -> str:
    """Push an image of it to a registry on this machine; gives its reference. ``first`` is what it does before all."""
    script = _SCRIPT.format(first=first, platforms=" ".join(PLATFORMS), listed=json.dumps(_listed()))
    made = [_image(images._base_image(architecture), script) for architecture in images.ARCHITECTURES]
    reference = f"{registry_address}/{name}:v2"
    copy = ["skopeo", "--insecure-policy", "copy", "--all", "--quiet", "--dest-tls-verify=false"]
    with TemporaryDirectory(prefix="stand-in-") as folder:
        digest = write_layout(Path(folder, "layout"), "v2", made)
        process.run_sync([*copy, f"oci:{folder}/layout:v2", f"docker://{reference}"], timeout=120)
    return f"{reference}@{digest}"


def _image(base: Image, script: str) -> Image:
    return Image(base.architecture, [*base.entries, Entry("bin/goreleaser", script.encode())], base.run)


def _listed() -> list[dict[str, object]]:
    binaries = [_made(f"unkey_{platform}", "Binary", 4, platform) for platform in PLATFORMS]
    archives = [_made(f"unkey_VERSION_{platform}.tar.gz", "Archive", 1, platform) for platform in PLATFORMS]
    return [*binaries, *archives, _made("checksums.txt", "Checksum", 12, "_")]


def _made(name: str, kind: str, number: int, platform: str) -> dict[str, object]:
    os, _, architecture = platform.partition("_")
    command = {"extra": {"Binary": "unkey"}} if kind == "Binary" else {}
    about = {"goos": os, "goarch": architecture, **command}
    return {"name": name, "path": f"dist/{name}", "type": kind, "internal_type": number, **about}
