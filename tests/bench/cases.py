"""All cases, in the order of the report."""

from tests.bench import engine, growth, release, together, traffic
from tests.bench.case import PIPELINE, Case
from tests.bench.together import APART, TOGETHER
from tests.bench.traffic import CLONE

CASES = (
    Case(
        name="release",
        title="One release",
        about="A small monorepo, two platforms. Cold is with nothing cached, warm with what the run before has left.",
        of="caches",
        measure=release.measure,
    ),
    Case(
        name="memory",
        title="Memory",
        about="The largest resident set of the pipeline's own process, without git and buildah.",
        of="run",
        measure=release.measure_memory,
        compared=None,
    ),
    Case(
        name="growth.commits",
        title="A release in a longer history",
        about="The last commit of main, in a tree of up to 16,000 files. Nothing is cached, but for the runs called warm.",
        of="commits on main",
        measure=growth.measure_commits,
    ),
    Case(
        name="growth.bytes",
        title="Bytes from the git server",
        about="A release with nothing cached takes the tagged tree, and of the history what its ancestry check reads.",
        of="commits on main",
        measure=traffic.measure_bytes,
        compared=(CLONE, PIPELINE),
    ),
    Case(
        name="growth.tags",
        title="A release among more tags",
        about="Histories of one length; every tag has its GitHub release. Caches are warm. By hand nobody looks at other"
        " tags; the pipeline does, for the notes and for what is the latest release.",
        of="released tags",
        measure=growth.measure_tags,
    ),
    Case(
        name="growth.services",
        title="Several services",
        about="One call with a tag of each service, against a call for each. Both begin with nothing cached; calls one by"
        " one share a cache on the disk. Fetches are the requests for objects that the git server was sent: one for"
        " the history, one for the tree. With nothing shared, as in the jobs of a CI, every call sends both.",
        of="services",
        measure=together.measure,
        compared=(APART, TOGETHER),
    ),
    Case(
        name="growth.platforms",
        title="A release for more platforms",
        about="One cross-compiling Dockerfile, nothing cached: linux/amd64, and arm64, arm/v7 and s390x beside it.",
        of="platforms",
        measure=growth.measure_platforms,
    ),
    Case(
        name="engine",
        title="On a Dagger engine",
        about="The same release in the local session, by `pipeline --engine dagger`, and by `dagger call`. First is a"
        " repository and a Dockerfile that no engine has seen; the base image and the module may be there already, and"
        " where the module is not, the largest value of `dagger call` has its load in it.",
        of="release",
        measure=engine.measure,
        compared=None,
    ),
)
