"""What every stage runs on: asking a session, trying again, limits, several things at once; no word of releases."""
