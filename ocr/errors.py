"""The one error that people get to read."""


class OCRError(Exception):
    """Something the user can mend. The message is one or two sentences: what was wrong, and what to do."""
