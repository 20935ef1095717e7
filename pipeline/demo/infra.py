"""A throwaway infra repository: helm values and production pins, written the different ways that people write them."""

from pathlib import Path

from pipeline.demo.monorepo import Monorepo

SERVICES = ("api", "frontline", "vault", "heimdall", "krane", "control-api", "control-worker")
PINS = "eks-cluster/promotions/production001"
VALUES = "eks-cluster/helm-chart"

_NOWHERE = "sha256:" + "0" * 64

_LAYOUTS = (
    """\
# What production runs. Changed by pull request only.
{service}:
    image:
        repository: {image}
        tag: "{tag}"   # moved by `pipeline promote`

    replicas:   3
""",
    """\
image: {image}:{tag}@{digest}
env:
  - {{ name: REGION, value: us-east-1 }}
""",
    """\
x-release: &release {tag}
labels: {{ version: *release }}
image:
  repository: '{image}'
  tag: *release
""",
    """\
images:
- name: ghcr.io/example/proxy
  newTag: 1.29.0
- name: {image}
  newTag: {tag}
  digest: {digest}
""",
)


def create_infra(git_dir: Path, *, registry: str, running: dict[str, str], digests: dict[str, str]) -> Monorepo:
    """Make the repository, with every service's image under ``registry``.

    ``running`` is the version that production pins by service (``v0.3.0``), ``digests`` the image's digest, which
    some of the files pin as well. A service that is not in ``running`` has a chart, but no pin yet.
    """
    infra = Monorepo.create_empty(git_dir)
    files = {f"{VALUES}/{service}/values.yaml": _values(service, f"{registry}/{service}") for service in SERVICES}
    for number, service in enumerate(SERVICES):
        if tag := running.get(service):
            layout = _LAYOUTS[number % len(_LAYOUTS)]
            digest = digests.get(service, _NOWHERE)
            pin = layout.format(service=service, image=f"{registry}/{service}", tag=tag, digest=digest)
            files[f"{PINS}/{service}.yaml"] = pin
    infra.commit(files, message="chore: begin")
    return infra


def _values(service: str, image: str) -> str:
    return f"""\
# Chart of {service}.
nameOverride: {service}
image:
  repository: {image}
  pullPolicy: IfNotPresent
  tag: ""   # pinned per environment
resources: {{ requests: {{ cpu: 100m }} }}
"""
