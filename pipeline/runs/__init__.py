"""What one call sets going: a release, several at once, or the rehearsal of a change."""
