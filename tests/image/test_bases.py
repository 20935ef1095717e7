"""The base images of a build: seen before it and after it, and told by a label."""

import pytest

from pipeline.errors import BuildFailed
from pipeline.image import bases

OLD, NEW = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def test_base_images_that_stayed() -> None:
    bases.check_unmoved({"busybox:1": OLD}, {"busybox:1": OLD})


def test_a_base_image_that_was_replaced_during_the_build_is_not_tried_again_in_the_same_session() -> None:
    with pytest.raises(BuildFailed, match=rf"busybox:1 moved from {OLD} to {NEW}") as raised:
        bases.check_unmoved({"golang:1.26": OLD, "busybox:1": OLD}, {"golang:1.26": OLD, "busybox:1": NEW})
    assert not raised.value.passing


def test_the_label_is_read_as_it_was_written() -> None:
    seen = {"busybox:1": OLD, f"127.0.0.1:5000/golang:1.26@{NEW}": NEW}
    label = bases.as_label(seen)
    assert label == f"127.0.0.1:5000/golang:1.26@{NEW} busybox:1@{OLD}"
    assert bases.from_label(label) == {"busybox:1": OLD, "127.0.0.1:5000/golang:1.26": NEW}
    assert bases.from_label(None) == {}
