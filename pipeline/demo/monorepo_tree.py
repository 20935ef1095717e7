"""The files of the throwaway monorepo: seven services behind one cross-compiling Dockerfile, and a CLI."""

import json
from string import Template

SERVICES = ("api", "frontline", "vault", "heimdall", "krane", "control-api", "control-worker")

_DOCKERFILE = Template(
    """\
# One Dockerfile for every service: the build runs on the builder's own platform and writes for the target's.
FROM --platform=$$BUILDPLATFORM $base AS build
ARG SERVICE
ARG VERSION
ARG REVISION
ARG CREATED
ARG TARGETARCH
WORKDIR /src
COPY pkg/service pkg/service
COPY svc/$${SERVICE} svc
RUN mkdir /out && sed \\
    -e "s|@SERVICE@|$${SERVICE}|" -e "s|@VERSION@|$${VERSION}|" -e "s|@REVISION@|$${REVISION}|" \\
    -e "s|@CREATED@|$${CREATED}|" -e "s|@ARCH@|$${TARGETARCH}|" \\
    pkg/service/main.sh > /out/service && chmod 755 /out/service

FROM $base
COPY --from=build /out/service /usr/local/bin/service
ENV UNKEY_LISTEN=:7070
EXPOSE 7070
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/service"]
"""
)

_PROGRAM = """\
#!/bin/sh
echo "@SERVICE@ @VERSION@"
echo "revision @REVISION@ of @CREATED@ for @ARCH@"
"""

_GORELEASER = """\
version: 2
project_name: unkey
builds:
  - dir: cli
    binary: unkey
    env: [CGO_ENABLED=0]
    goos: [linux, darwin, windows]
    goarch: [amd64, arm64]
    ldflags: -s -w -X main.version={{ .Version }}
    mod_timestamp: "{{ .CommitTimestamp }}"
archives:
  - name_template: "unkey_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
checksum:
  name_template: checksums.txt
"""

_CLI = """\
package main

import "fmt"

var version = "dev"

func main() {
	fmt.Println("unkey", version)
}
"""


def initial_files(base_image: str) -> dict[str, str]:
    """Lay out the first commit; images are built on ``base_image``, which needs a shell and sed."""
    files = {
        "README.md": "# Monorepo\n\nServices live in `svc/`, what they share in `pkg/`, the command line in `cli/`.\n",
        "Dockerfile": _DOCKERFILE.substitute(base=base_image),
        ".dockerignore": ".git\ncli\n",
        "pkg/service/main.sh": _PROGRAM,
        ".goreleaser.yaml": _GORELEASER,
        "cli/go.mod": "module example.com/unkey/cli\n\ngo 1.21\n",
        "cli/main.go": _CLI,
        "cli/npm/package.json": json.dumps({"name": "unkey", "version": "0.0.0", "license": "MIT"}, indent=2) + "\n",
    }
    return files | {f"svc/{service}/README.md": f"# {service}\n" for service in SERVICES}
