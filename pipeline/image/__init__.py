"""Images: built from a Dockerfile, found and pushed in a registry."""
