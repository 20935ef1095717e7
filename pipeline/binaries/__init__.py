"""Command-line tools: archives built by GoReleaser for the GitHub release, and npm packages."""
