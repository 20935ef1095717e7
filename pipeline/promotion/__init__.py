"""Promotion: moving a released version into an environment, by a pull request in the infra repository."""
