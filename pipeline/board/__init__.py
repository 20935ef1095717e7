"""The board: one page that shows where every service stands."""
