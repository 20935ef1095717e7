"""Text from outside as GitHub-flavoured Markdown that says what the text says, and does nothing
(https://github.github.com/gfm/).

GitHub looks for mentions, references and bare addresses in what has been rendered already, where a backslash is gone.
A space of no width keeps those apart.
"""

import re

GAP = "&#8203;"

_MARKUP = re.compile(r"[\\`*_\[\]#~$]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LINKING = re.compile(r"(?<=@)|(?<=#)|(?<=GH)(?=-)|(?<=www)(?=\.)|(?<=:)(?=//)", re.IGNORECASE)


def inline(text: str, *, limit: int = 200) -> str:
    """One line of text that cannot end its line, start markup or HTML, link, mention or refer; cut at ``limit``."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    cut = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return _without_block(GAP.join(_escaped(part) for part in _LINKING.split(cut)))


def code(text: str) -> str:
    """One line of text as code, whatever backticks are in it (https://github.github.com/gfm/#code-spans)."""
    line = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _escaped(text: str) -> str:
    plain = "".join(_ENTITIES.get(character, character) for character in text)
    return _MARKUP.sub(r"\\\g<0>", plain)


def _without_block(line: str) -> str:
    """The line without what would begin a list or a rule in it."""
    numbered = re.sub(r"^([0-9]+)([.)])", r"\1\\\2", line)
    return re.sub(r"^[-+=|]", r"\\\g<0>", numbered)
