"""``docs/reference/``, made from the code: ``python -m tests.reference`` writes it, a test compares it."""
