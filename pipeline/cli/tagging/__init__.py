"""``pipeline tag``: plan release tags in a person's clone, and push them one by one."""
