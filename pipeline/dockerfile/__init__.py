"""The Dockerfile language, read without building: instructions, variables and stages. Imports nothing of the project."""
