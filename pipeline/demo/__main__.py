"""``python -m pipeline.demo``: see the product at work on this machine, with real parts and nothing left behind."""

import sys

from pipeline.demo.stage import stage
from pipeline.demo.story import tell
from pipeline.process import ProcessError


def main() -> int:
    """Set the stage, tell the story, and give back the exit code."""
    try:
        with stage() as set_up:
            return tell(set_up)
    except ProcessError as error:
        print(f"{error}\nNext: run `make demo`, which installs what is missing.", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
