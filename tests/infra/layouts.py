"""Pin files as infra repositories have them: each with what it should become, line for line."""

from dataclasses import dataclass

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@dataclass(frozen=True)
class Layout:
    """A file that pins v0.3.0, and the lines that a move to v0.4.0 changes: old to new."""

    name: str
    text: str
    changes: dict[str, str]


LAYOUTS = [
    Layout(
        "nested keys with comments and odd spaces",
        """\
# Production. Changed by pull request only.
vault:
    image:
        repository:   ghcr.io/unkeyed/vault   # the registry
        tag:   "v0.3.0"      # pinned by release
        pullPolicy: 'IfNotPresent'

    replicas:   3
""",
        {'        tag:   "v0.3.0"      # pinned by release': '        tag:   "v0.4.0"      # pinned by release'},
    ),
    Layout(
        "tag and digest, single quotes",
        f"""\
image:
  repository: ghcr.io/unkeyed/vault
  tag: 'v0.3.0'
  digest: {OLD}
""",
        {"  tag: 'v0.3.0'": "  tag: 'v0.4.0'", f"  digest: {OLD}": f"  digest: {NEW}"},
    ),
    Layout(
        "digest only",
        f"image: {{ repository: ghcr.io/unkeyed/vault, digest: {OLD} }}\n",
        {
            f"image: {{ repository: ghcr.io/unkeyed/vault, digest: {OLD} }}": (
                f"image: {{ repository: ghcr.io/unkeyed/vault, digest: {NEW} }}"
            )
        },
    ),
    Layout(
        "one string in a list of containers",
        f"""\
spec:
  containers:
  - name: proxy
    image: ghcr.io/unkeyed/frontline:v0.3.0@{OLD}
  - name: vault
    image: ghcr.io/unkeyed/vault:v0.3.0@{OLD}   # ours
    args: [ "--listen",   ":8080" ]
""",
        {
            f"    image: ghcr.io/unkeyed/vault:v0.3.0@{OLD}   # ours": (
                f"    image: ghcr.io/unkeyed/vault:v0.4.0@{NEW}   # ours"
            )
        },
    ),
    Layout(
        "several images, the same version",
        """\
images:
- name: ghcr.io/unkeyed/vault-sidecar
  newTag: v0.3.0
- name: ghcr.io/unkeyed/vault
  newTag: v0.3.0
- name: vault-migrations
  newName: ghcr.io/unkeyed/vault
  newTag: v0.3.0
""",
        {"5:  newTag: v0.3.0": "  newTag: v0.4.0", "8:  newTag: v0.3.0": "  newTag: v0.4.0"},
    ),
    Layout(
        "an anchor and its aliases",
        """\
x-version: &version v0.3.0 # moved by pull request
vault:
  labels: { version: *version }
  image: { repository: ghcr.io/unkeyed/vault, tag: *version }
""",
        {"x-version: &version v0.3.0 # moved by pull request": "x-version: &version v0.4.0 # moved by pull request"},
    ),
    Layout(
        "a merge key",
        """\
defaults: &image
  repository: ghcr.io/unkeyed/vault
  tag: v0.1.0
web:
  image:
    <<: *image
    tag: v0.3.0
""",
        {"  tag: v0.1.0": "  tag: v0.4.0", "    tag: v0.3.0": "    tag: v0.4.0"},
    ),
    Layout("a lone version", "version: 0.3.0\nreplicas: 2\n", {"version: 0.3.0": "version: 0.4.0"}),
    Layout("the git tag", "targetRevision: HEAD\ntag: vault/v0.3.0\n", {"tag: vault/v0.3.0": "tag: vault/v0.4.0"}),
    Layout(
        "services side by side, none with an image's name",
        "services:\n  api: { tag: v0.3.0 }\n  vault: { tag: v0.3.0 }\n",
        {"  vault: { tag: v0.3.0 }": "  vault: { tag: v0.4.0 }"},
    ),
    Layout(
        "the registry's host apart",
        "image:\n  registry: ghcr.io\n  repository: unkeyed/vault\n  tag: v0.3.0\n",
        {"  tag: v0.3.0": "  tag: v0.4.0"},
    ),
    Layout(
        "not a version yet",
        "image:\n  repository: ghcr.io/unkeyed/vault\n  tag: main-4f2a\n",
        {"  tag: main-4f2a": "  tag: v0.4.0"},
    ),
    Layout(
        "several documents, and no line end at the last",
        "kind: Service\nname: vault\n---\n# second\nimage: ghcr.io/unkeyed/vault:v0.3.0",
        {"image: ghcr.io/unkeyed/vault:v0.3.0": "image: ghcr.io/unkeyed/vault:v0.4.0"},
    ),
    Layout(
        "line ends of another system, and letters beyond ASCII",
        "# für die Produktion 🚀\r\nimage:\r\n  repository: ghcr.io/unkeyed/vault\r\n  tag: v0.3.0\r\n",
        {"  tag: v0.3.0\r": "  tag: v0.4.0\r"},
    ),
]
