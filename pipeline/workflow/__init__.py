"""The workflows that call this pipeline in CI: GitHub Actions syntax, for Depot CI and for GitHub from one template."""
