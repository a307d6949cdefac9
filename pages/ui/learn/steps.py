"""The steps of the lesson in their order."""

from __future__ import annotations

from pages.ui.learn.answers import ANSWERS
from pages.ui.learn.picture import PICTURE
from pages.ui.learn.pooling import POOLING
from pages.ui.learn.update import UPDATE
from pages.ui.learn.window import WINDOW

STEPS = (PICTURE, WINDOW, POOLING, ANSWERS, UPDATE)
