"""Where releases stand: one tag, the newest of every service, and all that were left half done."""
