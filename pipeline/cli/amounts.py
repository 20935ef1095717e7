"""Sizes and times as a person writes and reads them."""

import re
import time
from collections.abc import Mapping

from pipeline.errors import BadFlag, shown

KILOBYTE, MEGABYTE, GIGABYTE, TERABYTE = 10**3, 10**6, 10**9, 10**12
SIZES = {"": 1, "b": 1, "kb": KILOBYTE, "mb": MEGABYTE, "gb": GIGABYTE, "tb": TERABYTE}

HOUR, DAY = 3600, 86400
TIMES = {"h": HOUR, "d": DAY, "w": 7 * DAY}


def bytes_of(flag: str, text: str) -> float:
    """The bytes that a flag names, as ``10GB``. Raises `BadFlag`."""
    return _amount(flag, text, SIZES, "Write it like 10GB or 500MB.")


def seconds_of(flag: str, text: str) -> float:
    """The seconds that a flag names, as ``30d``. Raises `BadFlag`."""
    return _amount(flag, text, TIMES, "Write it like 30d, 12h or 2w.")


def size(count: float) -> str:
    """Bytes in the unit that suits them."""
    for unit, worth in (("TB", TERABYTE), ("GB", GIGABYTE), ("MB", MEGABYTE), ("kB", KILOBYTE)):
        if count >= worth:
            return f"{count / worth:.1f} {unit}"
    return f"{count:.0f} B"


def ago(when: float) -> str:
    """How many days ago a time was."""
    days = int((time.time() - when) // DAY)
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"


def _amount(flag: str, text: str, units: Mapping[str, int], right: str) -> float:
    form = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([a-z]*)", text.strip().lower())
    if form is None or form[2] not in units:
        raise BadFlag(f"{flag} {shown(text)} is not an amount.", next=right)
    return float(form[1]) * units[form[2]]
