"""``pipeline init``: look at somebody's monorepo, and write what this pipeline needs to release it."""
