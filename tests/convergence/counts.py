"""What the matrices came to, told at the end of the test run."""

told: list[str] = []


def tell(line: str) -> None:
    """Have a line printed below the results."""
    told.append(line)
