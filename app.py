"""Home: a real digit flows through the network."""

from pages.ui.frame import page

with page("app.py"):
    pass
