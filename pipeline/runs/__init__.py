"""What one call sets going: several releases at once, or the rehearsal of a change."""
