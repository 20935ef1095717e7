"""A throwaway world to release into: a monorepo, its git server, an image registry, base images."""
