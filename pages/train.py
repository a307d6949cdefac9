from pages.ui.frame import page

with page("pages/train.py"):
    pass
