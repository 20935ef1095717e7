"""The variables of a Dockerfile: what its ``ARG`` and ``ENV`` instructions set, and what its ``FROM`` lines may use."""

from collections.abc import Iterable, Mapping

from pipeline.dockerfile.instruction import Instruction
from pipeline.dockerfile.words import expand


def automatic(prefix: str, platform: str) -> dict[str, str]:
    """The arguments that tell of a platform; ``prefix`` is ``TARGET`` or ``BUILD``
    (https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope).
    """
    system, architecture, variant, *_ = (*platform.split("/"), "", "")
    parts = {"PLATFORM": platform, "OS": system, "ARCH": architecture, "VARIANT": variant}
    return {f"{prefix}{part}": value for part, value in parts.items()}


AUTOMATIC = frozenset({*automatic("TARGET", ""), *automatic("BUILD", "")})
"""Names of arguments that ``FROM`` may use without an ``ARG``."""


def assigned(instruction: Instruction) -> dict[str, str | None]:
    """The names that an ``ARG`` or ``ENV`` sets, and what each is set to, as written; None where an ``ARG`` only names.

    ``ENV NAME=value …`` sets several names, the old ``ENV NAME value`` one.
    """
    words = [word.text for word in instruction.words()]
    if instruction.keyword == "ENV" and words and "=" not in words[0]:
        return {words[0]: instruction.rest.text.removeprefix(words[0]).lstrip()}
    pairs = [word.partition("=") for word in words]
    return {name: value if equals else None for name, equals, value in pairs}


def before_stages(head: Iterable[Instruction], given: Mapping[str, str]) -> dict[str, str]:
    """What ``FROM`` lines may use: the automatic arguments, and what the ``ARG`` lines above the first stage name, with
    the values that a build is given, or else their defaults
    (https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact).
    """
    known = {name: value for name, value in given.items() if name in AUTOMATIC}
    for instruction in head:
        for name, default in assigned(instruction).items() if instruction.keyword == "ARG" else ():
            if name in given:
                known[name] = given[name]
            elif default is not None:
                known[name] = expand(default, known, instruction.escape)
    return known
