"""Images built from Dockerfiles through the session: real buildah, a real registry."""

import re
from pathlib import Path

import anyio
import dagger
import pytest
from dagger import dag

from pipeline.demo.images import run_image
from pipeline.demo.registry import Registry
from pipeline.local.features import HEREDOC
from tests.local import by_hand
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio

EPOCH = dagger.BuildArg("SOURCE_DATE_EPOCH", "1700000000")

TWO_STAGES = """\
ARG BASE
FROM --platform=$BUILDPLATFORM $BASE AS build
ARG TARGETARCH
ARG VERSION
WORKDIR /work
COPY . .
RUN mkdir -p /out/deep && echo "$VERSION for $TARGETARCH" > /out/deep/version && date > /dev/null
FROM ${BASE}
COPY --from=build /out /out
COPY program.txt /program.txt
LABEL own=1
ENV MODE=fast
WORKDIR /out
USER nobody
ENTRYPOINT ["/bin/cat", "/out/deep/version"]
"""


def two_stages(base: str, platform: str, version: str = "1.0.0") -> dagger.Container:
    tree = dag.directory().with_new_file("Dockerfile", TWO_STAGES).with_new_file("program.txt", "hello\n")
    arguments = [dagger.BuildArg("BASE", base), dagger.BuildArg("VERSION", version), EPOCH]
    built = tree.docker_build(platform=dagger.Platform(platform), build_args=arguments)
    return built.with_label("org.opencontainers.image.revision", "abc")


async def published(base: str, reference: str) -> str:
    variants = [two_stages(base, platform) for platform in ("linux/amd64", "linux/arm64")]
    async with anyio.create_task_group() as tasks:
        for variant in variants:
            tasks.start_soon(variant.sync)
    return await dag.container().publish(reference, platform_variants=variants)


async def test_two_platforms_become_one_index(
    connected: list[str], registry: Registry, base_image: str, namespace: str
) -> None:
    reference = f"{registry.address}/{namespace}:1"
    answer = await published(base_image, reference)
    assert answer == f"{reference}@{registry.digest(namespace, '1')}"
    assert sorted(registry.platforms(namespace, "1")) == ["linux/amd64", "linux/arm64"]
    for platform in ("linux/amd64", "linux/arm64"):
        config = registry.config(namespace, "1", platform)
        assert f"{config['os']}/{config['architecture']}" == platform
        assert config["config"] == {
            "User": "nobody",
            "Env": ["PATH=/usr/local/bin:/bin", "MODE=fast"],
            "Entrypoint": ["/bin/cat", "/out/deep/version"],
            "WorkingDir": "/out",
            "Labels": {"own": "1", "org.opencontainers.image.revision": "abc"},
        }
    assert run_image(reference) == "1.0.0 for amd64"
    assert await dag.container().from_(reference).image_ref() == answer
    arm = dag.container(platform=dagger.Platform("linux/arm64")).from_(reference)
    assert await arm.label("org.opencontainers.image.revision") == "abc"
    assert await arm.file("/out/deep/version").contents() == "1.0.0 for arm64\n"


async def test_an_image_is_copied_from_for_the_platform_of_the_target(connected: list[str], base_image: str) -> None:
    dockerfile = f"""\
FROM --platform=linux/amd64 {base_image} AS build
COPY --from={base_image} /bin /copied
FROM {base_image}
COPY --from=build /copied /copied
"""
    tree = dag.directory().with_new_file("Dockerfile", dockerfile)
    for platform, has_programs in (("linux/amd64", True), ("linux/arm64", False)):
        built = tree.docker_build(platform=dagger.Platform(platform)).rootfs()
        assert [await built.exists(f"{folder}/sh") for folder in ("bin", "copied")] == [has_programs] * 2


async def test_rebuilds_are_the_same_bytes(
    connect: Connect, registry: Registry, base_image: str, namespace: str, tmp_path: Path
) -> None:
    caches = {"cold": tmp_path / "a", "cold-again": tmp_path / "b", "warm": tmp_path / "b"}
    digests = set()
    for name, cache in caches.items():
        async with connect(cache):
            answer = await published(base_image, f"{registry.address}/{namespace}:{name}")
            digests.add(answer.rpartition("@")[2])
    assert len(digests) == 1
    assert not list((tmp_path / "a/sessions").iterdir())


CHAIN = """\
FROM {base} AS common
COPY program.txt /program.txt
FROM common AS other
FROM common
COPY program.txt /again.txt
"""


async def test_a_cache_of_another_commit_changes_nothing(
    connect: Connect, registry: Registry, base_image: str, namespace: str, tmp_path: Path
) -> None:
    async def released(cache: str, seconds: int) -> str:
        tree = dag.directory().with_new_file("Dockerfile", CHAIN.format(base=base_image))
        tree = tree.with_new_file("program.txt", "hello\n")
        async with connect(tmp_path / cache):
            epoch = dagger.BuildArg("SOURCE_DATE_EPOCH", str(seconds))
            answer = await tree.docker_build(build_args=[epoch]).publish(
                f"{registry.address}/{namespace}:{cache}-{seconds}"
            )
        return answer.rpartition("@")[2]

    first = await released("used", 1_700_000_000)
    assert await released("used", 1_700_000_060) == await released("fresh", 1_700_000_060) != first
    config = registry.config(namespace, "used-1700000060", "linux/amd64")
    assert not config["config"].get("Labels")
    assert [entry["created_by"].split()[3] for entry in config["history"][-2:]] == ["COPY", "COPY"]


ONE_LAYER = """\
FROM {base} AS build
RUN echo built > /built
RUN true
FROM {base}
{instruction}
ENV MODE=fast
ENTRYPOINT ["/bin/cat", "/built"]
"""


@pytest.mark.parametrize(
    "instruction", ["COPY --from=build /built /built", "RUN --mount=from=build,target=/from cp /from/built /built"]
)
async def test_a_layer_is_told_of_the_instruction_that_wrote_it(
    connected: list[str], registry: Registry, base_image: str, namespace: str, instruction: str
) -> None:
    text = ONE_LAYER.format(base=base_image, instruction=instruction)
    image = dag.directory().with_new_file("Dockerfile", text).docker_build(build_args=[EPOCH])
    await image.publish(f"{registry.address}/{namespace}:1")
    config = registry.config(namespace, "1", "linux/amd64")
    assert len(config["rootfs"]["diff_ids"]) == 2
    assert [entry.get("empty_layer", False) for entry in config["history"][-3:]] == [False, True, True]
    assert run_image(f"{registry.address}/{namespace}:1") == "built"


CHAINED = """\
FROM {base} AS common
COPY program.txt /program.txt
FROM common
USER nobody
"""


MOUNTED = """\
FROM {base} AS build
RUN --mount=target=/src cp /src/program.txt /program.txt
FROM {base}
COPY --from=build /program.txt /program.txt
RUN --mount=target=/src cp /src/program.txt /again.txt
RUN --mount=from=build,target=/from cp /from/program.txt /third.txt
"""


async def test_files_that_are_mounted_are_those_of_the_commit(connected: list[str], base_image: str) -> None:
    for text in ("old\n", "new\n"):
        tree = dag.directory().with_new_file("Dockerfile", MOUNTED.format(base=base_image))
        image = tree.with_new_file("program.txt", text).docker_build(build_args=[EPOCH])
        for path in ("/program.txt", "/again.txt", "/third.txt"):
            assert await image.file(path).contents() == text


async def test_a_stage_that_only_configures_another_adds_no_layer(
    connected: list[str], registry: Registry, base_image: str, namespace: str
) -> None:
    tree = dag.directory().with_new_file("Dockerfile", CHAINED.format(base=base_image))
    image = tree.with_new_file("program.txt", "hello\n").docker_build(build_args=[EPOCH])
    await image.publish(f"{registry.address}/{namespace}:1")
    config = registry.config(namespace, "1", "linux/amd64")
    assert len(config["rootfs"]["diff_ids"]) == 2
    assert [entry.get("empty_layer", False) for entry in config["history"][-2:]] == [False, True]


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("FROM {base}\n", 0),
        ("FROM {base} AS made\nCOPY program.txt /\nFROM made\n", 1),
        ("FROM {base} AS made\nCOPY program.txt /\nFROM made\nARG VERSION\n", 1),
    ],
    ids=["nothing else", "a stage", "an argument"],
)
async def test_a_last_stage_that_says_only_what_it_starts_from(  # noqa: PLR0917 - fixtures
    connected: list[str], registry: Registry, base_image: str, namespace: str, text: str, added: int
) -> None:
    tree = dag.directory().with_new_file("Dockerfile", text.format(base=base_image)).with_new_file("program.txt", "1\n")
    await tree.docker_build(build_args=[EPOCH]).publish(f"{registry.address}/{namespace}:1")
    layers = registry.manifest(namespace, "1")["layers"]
    assert {layer["mediaType"] for layer in layers} == {"application/vnd.oci.image.layer.v1.tar+gzip"}
    name, _, tag = base_image.removeprefix(f"{registry.address}/").partition(":")
    base = registry.config(name, tag, "linux/amd64")["rootfs"]["diff_ids"]
    assert registry.config(namespace, "1", "linux/amd64")["rootfs"]["diff_ids"][: len(base)] == base
    assert len(layers) == len(base) + added


async def test_a_stage_that_the_target_does_not_need_may_start_from_anything(
    connected: list[str], base_image: str
) -> None:
    text = f"FROM 127.0.0.1:1/nothing:1 AS test\nRUN make test\nFROM {base_image}\nCOPY Dockerfile /here\n"
    image = dag.directory().with_new_file("Dockerfile", text).docker_build(build_args=[EPOCH])
    assert await image.file("/here").contents() == text


async def test_what_a_built_container_tells(connected: list[str], base_image: str) -> None:
    container = two_stages(base_image, "linux/amd64")
    assert await container.entrypoint() == ["/bin/cat", "/out/deep/version"]
    assert await container.default_args() == []
    assert await container.user() == "nobody"
    assert await container.workdir() == "/out"
    assert await container.env_variable("MODE") == "fast"
    assert await container.env_variable("VERSION") is None
    assert await container.platform() == "linux/amd64"
    assert [await v.name() for v in await container.env_variables()] == ["PATH", "MODE"]
    changed = container.without_label("own").with_env_variable("A", "1").without_env_variable("MODE")
    assert {await v.name(): await v.value() for v in await changed.labels()} == {
        "org.opencontainers.image.revision": "abc"
    }
    assert [await v.name() for v in await changed.env_variables()] == ["PATH", "A"]
    with pytest.raises(dagger.QueryError, match=r"immediately after the 'Container.From' call"):
        await container.image_ref()


@pytest.mark.parametrize("copies", [1, 2], ids=["one layer", "several"])
async def test_only_what_a_person_can_read_is_told(connected: list[str], base_image: str, copies: int) -> None:
    text = f"FROM {base_image}\n" + "COPY Dockerfile /\n" * copies
    await dag.directory().with_new_file("Dockerfile", text).docker_build(build_args=[EPOCH]).sync()
    assert [line for line in connected if not re.match(r"linux/amd64 STEP \d/\d: [A-Z]+ \S", line)] == []
    assert len(connected) == copies + 1


async def test_a_recipe_is_built_once(connected: list[str], base_image: str) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(two_stages(base_image, "linux/amd64", "2.0.0").sync)
    await two_stages(base_image, "linux/amd64", "2.0.0").with_label("a", "b").label("a")
    assert len([line for line in connected if "STEP 1/6" in line]) == 1


async def test_failed_command(connected: list[str], base_image: str) -> None:
    dockerfile = f"FROM {base_image}\nRUN echo so much && echo it broke >&2 && exit 3\n"
    with pytest.raises(dagger.ExecError) as caught:
        await dag.directory().with_new_file("Dockerfile", dockerfile).docker_build().sync()
    assert caught.value.exit_code == 3
    assert caught.value.command == ["/bin/sh", "-c", "echo so much && echo it broke >&2 && exit 3"]
    # The two come through pipes of their own, and either may be first.
    assert sorted(caught.value.stderr.splitlines()) == ["it broke", "so much"]


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("", "Dockerfile"),
        ("FROM scratch\nNONSENSE x\n", 'Unknown instruction: "NONSENSE"$'),
        ("FROM scratch\nCOPY nothing /\n", 'under ".": .*nothing": no such file or directory'),
        ("FROM 127.0.0.1:1/nobody/base:1\n", "base image of Dockerfile: 127.0.0.1:1/nobody/base:1: .*refused"),
        ("FROM {registry}/nobody/base:1\n", "base image of Dockerfile: {registry}/nobody/base:1: not found$"),
    ],
)
async def test_bad_dockerfiles(connected: list[str], registry: Registry, dockerfile: str, said: str) -> None:
    tree = dag.directory().with_new_file("Dockerfile", dockerfile.replace("{registry}", registry.address))
    with pytest.raises(dagger.QueryError, match=said.replace("{registry}", registry.address)) as caught:
        await tree.docker_build().sync()
    assert not isinstance(caught.value, dagger.ExecError)
    assert "\n" not in str(caught.value)


async def test_a_missing_dockerfile(connected: list[str]) -> None:
    with pytest.raises(dagger.QueryError, match="open /deploy/Dockerfile: no such file or directory"):
        await dag.directory().docker_build(dockerfile="deploy/Dockerfile").sync()


@pytest.mark.parametrize(
    ("instruction", "feature"),
    [("COPY --link a /a", by_hand.LINK), ("COPY <<EOF /a\nhello\nEOF", HEREDOC)],
)
async def test_what_an_old_buildah_lacks(connected: list[str], tmp_path: Path, instruction: str, feature: str) -> None:
    tree = dag.directory().with_new_file("a", "a").with_new_file("Dockerfile", f"FROM scratch\n{instruction}\n")
    said = ""
    try:
        await tree.docker_build().sync()
    except dagger.QueryError as error:
        said = str(error)
    if by_hand.has(feature, tmp_path):
        assert not said
    else:
        assert re.search(rf"Dockerfile:2 uses {re.escape(feature)}, which buildah .*--engine dagger", said)


async def test_ignored_files_stay_out(connected: list[str]) -> None:
    tree = (
        dag.directory()
        .with_new_file("sub/Dockerfile", "FROM scratch\nCOPY . /\n")
        .with_new_file(".dockerignore", "secret.txt\nsub\n")
        .with_new_file("secret.txt", "x")
        .with_new_file("kept.txt", "x")
    )
    assert await tree.docker_build(dockerfile="sub/Dockerfile").rootfs().entries() == [".dockerignore", "kept.txt"]
    beside = tree.with_new_file("sub/Dockerfile.dockerignore", "kept.txt\nsub\n.dockerignore\n")
    assert await beside.docker_build(dockerfile="sub/Dockerfile").rootfs().entries() == ["secret.txt"]


async def test_a_target_and_a_secret(connected: list[str], base_image: str) -> None:
    dockerfile = f"""\
FROM {base_image} AS first
RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /size
FROM first AS second
RUN false
"""
    tree = dag.directory().with_new_file("Dockerfile", dockerfile)
    token = dag.set_secret("token", "a-plain-token")
    built = tree.docker_build(target="first", secrets=[token])
    assert await built.file("/size").contents() == "13\n"


@pytest.mark.parametrize(
    "last", ["FROM BUILD AS Last", 'FROM "${PART}"ld AS Last', "FROM scratch AS Last\nCOPY --from=bUILD /a /a"]
)
async def test_a_stage_is_found_by_whatever_comes_to_its_name(connected: list[str], last: str) -> None:
    dockerfile = f"ARG PART=bui\nFROM scratch AS Build\nCOPY a /a\n{last}\nFROM scratch\n"
    tree = dag.directory().with_new_file("a", "a").with_new_file("Dockerfile", dockerfile)
    assert await tree.docker_build(target="last").rootfs().entries() == ["a"]


async def test_a_target_that_is_not_there(connected: list[str]) -> None:
    tree = dag.directory().with_new_file("Dockerfile", "FROM scratch AS a\nFROM scratch\n")
    with pytest.raises(dagger.QueryError, match='target stage "0" could not be found'):
        await tree.docker_build(target="0").sync()


async def test_commands_in_containers(connected: list[str], base_image: str) -> None:
    container = dag.container().from_(base_image).with_env_variable("WHO", "me")
    ran = container.with_exec(["sh", "-c", "echo $WHO > /made"])
    assert await ran.exit_code() == 0
    assert await ran.with_exec(["cp", "/made", "/again"]).file("/again").contents() == "me\n"
    failed = container.with_exec(["sh", "-c", "echo broken >&2; exit 4"])
    with pytest.raises(dagger.ExecError) as caught:
        await failed.sync()
    assert (caught.value.exit_code, caught.value.stderr) == (4, "broken")
    anyway = container.with_exec(["sh", "-c", "exit 4"], expect=dagger.ReturnType.ANY)
    assert await anyway.exit_code() == 4
