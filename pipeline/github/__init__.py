"""GitHub, through PyGithub and off the event loop: access, releases, history."""
