"""The same release by either engine is the same image, the same release and the same report."""

from dataclasses import dataclass, field, replace

import pytest

from tests.conformance.conftest import Session
from tests.conformance.pictures import Json, differences, picture
from tests.site import Site

pytestmark = pytest.mark.anyio

SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH of an image that starts from nothing, as every builder sets it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A Dockerfile, what the catalogue says about it, and the environment the image must have."""

    dockerfile: str
    env: dict[str, str] = field(default_factory=dict)
    catalogue: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    path: str = "Dockerfile"


CROSS = """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE VERSION REVISION CREATED TARGETARCH TARGETPLATFORM BUILDPLATFORM
WORKDIR /src
COPY . .
RUN mkdir -p /out/sub && echo "$SERVICE $VERSION $REVISION $CREATED $TARGETARCH $TARGETPLATFORM $BUILDPLATFORM" > /out/sub/stamp \\
    && cp svc/vault/README.md /out/ && ln -s sub/stamp /out/link && chmod 700 /out/sub && chmod 4755 /out/README.md
FROM {base}
COPY --from=build /out /opt/out
COPY --chown=65534:65534 --chmod=640 README.md /etc/readme
ENV MODE=fast PATH=/opt:$PATH
EXPOSE 7070/tcp 8080/udp
WORKDIR /opt/out
USER 65534:65534
LABEL team=secrets
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/cat"]
CMD ["link"]
"""

CASES = {
    "cross-compiled": Case(dockerfile=CROSS, env={"MODE": "fast", "PATH": "/opt:/usr/local/bin:/bin"}),
    "ARG then RUN": Case(dockerfile="FROM {base}\nARG VERSION\nARG EXTRA=x\nRUN echo $VERSION$EXTRA > /v\n"),
    "ARG and ENV of one name": Case(
        dockerfile="FROM {base}\nARG VERSION\nENV VERSION=$VERSION-env\nRUN echo $VERSION > /v\n",
        env={"VERSION": "0.4.0-env"},
    ),
    "ENV of the base with an ARG's name": Case(
        dockerfile="FROM {base}\nARG PATH\nRUN /bin/true\n", env={"PATH": "/usr/local/bin:/bin"}
    ),
    "ARG in a stage below": Case(dockerfile="FROM {base} AS below\nARG VERSION\nRUN true\nFROM below\nRUN true\n"),
    "ARG in another stage": Case(
        dockerfile="FROM {base} AS other\nARG VERSION\nRUN echo $VERSION > /v\nFROM {base}\nCOPY --from=other /v /v\n"
    ),
    "ARG above all stages": Case(
        dockerfile="ARG BASE={base}\nFROM $BASE\nARG BASE\nRUN echo $BASE > /v\n",
    ),
    "target": Case(
        dockerfile="FROM {base} AS one\nARG VERSION\nRUN echo 1 > /v\nFROM {base} AS two\nENV TWO=2\nRUN false\n",
        catalogue=('target = "one"',),
    ),
    "build_args and labels": Case(
        dockerfile="FROM {base}\nARG FLAVOUR=plain\nARG OTHER\nRUN echo $FLAVOUR $OTHER > /v\nENV TASTE=$FLAVOUR\n",
        catalogue=('build_args = {{ FLAVOUR = "sweet and $sour" }}', 'labels = {{ "dev.unkey.team" = "a \\"b\\"" }}'),
        env={"TASTE": "sweet and $sour"},
    ),
    "context in a sub-folder": Case(
        path="svc/vault/Dockerfile",
        dockerfile="FROM {base}\nARG SERVICE\nCOPY . /src\nRUN echo $SERVICE > /v\n",
        catalogue=('context = "svc/vault"', 'dockerfile = "svc/vault/Dockerfile"'),
    ),
    "Dockerfile outside its context": Case(
        path="docker/vault.Dockerfile",
        dockerfile="FROM {base}\nCOPY README.md /src/\n",
        catalogue=('context = "svc/vault"', 'dockerfile = "docker/vault.Dockerfile"'),
    ),
    "ignored files": Case(
        dockerfile="FROM {base}\nCOPY . /src\n",
        files={".dockerignore": "**\n!svc/vault\nsvc/vault/changes/1*\n"},
    ),
    "from nothing": Case(
        dockerfile="FROM --platform=$BUILDPLATFORM {base} AS build\nARG TARGETARCH\nRUN mkdir /out && echo $TARGETARCH > /out/a\n"
        "FROM scratch\nCOPY --from=build /out /\nCOPY svc/vault /vault/\nENV MODE=fast\nEXPOSE 7070 53/udp\n"
        'WORKDIR /vault\nUSER 65534\nLABEL team=secrets\nENTRYPOINT ["/a", "-v"]\nCMD ["x", "y"]\n',
        env={"MODE": "fast"},
    ),
}


OUTSIDE = {"docker/Dockerfile": "FROM scratch\nCOPY . /\n", "web/secret.txt": "sekrit\n", "web/kept.txt": "kept\n"}

IGNORED = {
    "by the file beside the Dockerfile": (
        {"docker/Dockerfile.dockerignore": "secret.txt\n", "web/.dockerignore": "kept.txt"},
        {".dockerignore", "kept.txt"},
    ),
    "by the context's own": ({"web/.dockerignore": "*\n!.*\n!kept.txt"}, {".dockerignore", "kept.txt"}),
    "by none": ({}, {"kept.txt", "secret.txt"}),
}
"""Files that keep others out of the context, and what is left of it."""


async def released(site: Site, new_session: Session, tag: str, engine: str) -> tuple[Json, Json]:
    """A release by one engine into a place of its own: the picture of the image, and the report."""
    place = replace(site, settings={**site.settings, "registry": f"{site.prefix}/{engine}"}).with_tokens()
    async with new_session():
        run = await place.release(tag, dry_run=True)
        assert run.exit_code == 0, run.report
        variants = await place.pipeline().push(tag)
    assert variants.startswith(f"{site.prefix}/{engine}/vault:")
    pictures = {
        platform: picture(site.registry, f"{site.namespace}/{engine}/vault", tag.partition("/")[2], platform)
        for platform in run.report["image"]["platforms"]
    }
    return pictures, run.report


def prepared(site: Site, case: Case, base: str) -> Site:
    """The site with a case's Dockerfile, tagged."""
    site.monorepo.commit({case.path: case.dockerfile.format(base=base), **case.files}, message="chore: another build")
    site.monorepo.tag("vault/v0.4.0")
    lines = [line.format() for line in case.catalogue]
    site = site.with_platforms("linux/amd64", "linux/arm64") if "BUILDPLATFORM" in case.dockerfile else site
    return site.with_catalogue(*lines, service="vault") if lines else site


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_no_build_argument_is_left_in_the_environment(
    site: Site, engine: str, new_session: Session, base_image: str, case: Case
) -> None:
    pictures, _ = await released(prepared(site, case, base_image), new_session, "vault/v0.4.0", engine)
    for found in pictures.values():
        path = SEARCHED if "FROM scratch" in case.dockerfile else "/usr/local/bin:/bin"
        assert found["config"]["Env"] == {"PATH": path, **case.env}
        assert found["config"]["Labels"]["org.opencontainers.image.version"] == "0.4.0"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_both_engines_make_the_same_image(
    site: Site, both_engines: dict[str, Session], base_image: str, case: Case
) -> None:
    place = prepared(site, case, base_image)
    made = {name: await released(place, new, "vault/v0.4.0", name) for name, new in both_engines.items()}
    (local, local_report), (engine, engine_report) = made.values()
    assert not differences(local, engine)
    for report in (local_report, engine_report):
        for stage in report["stages"]:
            del stage["seconds"]
        report["image"]["reference"] = report["image"]["reference"].replace("/local/", "/").replace("/dagger/", "/")
    text = str(local_report).replace("/local/", "/"), str(engine_report).replace("/dagger/", "/")
    assert text[0] == text[1]


@pytest.mark.parametrize(("files", "left"), IGNORED.values(), ids=IGNORED)
async def test_what_a_dockerfile_outside_its_context_ignores(
    site: Site, engine: str, new_session: Session, files: dict[str, str], left: set[str]
) -> None:
    site.monorepo.commit({**OUTSIDE, **files}, message="feat: leave the secret out")
    site.monorepo.tag("vault/v0.4.0")
    place = site.with_catalogue('context = "web"', 'dockerfile = "docker/Dockerfile"', service="vault")
    pictures, _ = await released(place, new_session, "vault/v0.4.0", engine)
    assert [set(found["tree"]) for found in pictures.values()] == [left]
