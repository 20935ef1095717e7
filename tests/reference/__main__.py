"""Write ``docs/reference/``."""

from tests.reference.pages import FOLDER, pages


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        FOLDER.joinpath(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
