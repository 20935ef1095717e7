"""``services.toml`` as a file: its tables, its rules, and how a mistake in it is told."""
