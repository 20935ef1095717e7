"""The layers of images."""

import pytest

from pipeline.dockerfile.stages import Dockerfile
from pipeline.local.layers import are_several, attributed

ONE_LAYER = 'FROM golang AS build\nRUN make\nRUN make\nFROM busybox\nCOPY --from=build /a /a\nENTRYPOINT ["/a"]\n'


@pytest.mark.parametrize(
    ("text", "target", "several"),
    [
        (ONE_LAYER, "", False),
        ("FROM busybox\nENV A=b\n", "", True),
        ("FROM busybox\nCOPY a /a\nRUN /a\n", "", True),
        ("FROM busybox\nWORKDIR /a\nCOPY a .\n", "", False),
        ("FROM busybox AS common\nCOPY a /a\nFROM common\nCOPY b /b\n", "", True),
        ("FROM busybox AS common\nCOPY a /a\nFROM common\nUSER nobody\n", "", True),
        ("FROM busybox AS one\nCOPY a /a\nFROM busybox\nCOPY a /a\nCOPY b /b\n", "one", False),
    ],
)
def test_how_many_layers_an_image_has(text: str, target: str, several: bool) -> None:
    assert are_several(Dockerfile.parse(text, {}), target) is several


NOP = "/bin/sh -c #(nop) "


@pytest.mark.parametrize(
    ("history", "layers"),
    [
        ([], []),
        (["base", (f"{NOP}COPY file:1 in /a",), f"{NOP}USER nobody"], [0, 1]),
        (["base", (f"{NOP}CMD a",), ("|1 A=b\nc /bin/sh -c make",), (f"{NOP}ENV A=b",), f"{NOP}CMD a"], [0, 2]),
        (["base", "/bin/sh -c make", f"{NOP}USER nobody"], [0, 1, 2]),
        (["base", f"{NOP}ADD dir:1 in /"], [0, 1]),
        (["/bin/sh -c make", (f"{NOP}CMD a",)], [0]),
        ([(f"{NOP}CMD a",)], []),
    ],
)
def test_a_layer_is_told_of_the_instruction_that_wrote_it(history: list[str | tuple[str]], layers: list[int]) -> None:
    """An entry in a tuple has no layer."""
    entries = [
        {"created_by": entry} if isinstance(entry, str) else {"created_by": entry[0], "empty_layer": True}
        for entry in history
    ]
    told = attributed(entries)
    assert [number for number, entry in enumerate(told) if not entry.get("empty_layer")] == layers
    assert [entry["created_by"] for entry in told] == [entry["created_by"] for entry in entries]
