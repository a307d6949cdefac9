"""Digits and other ink that nobody wrote: templates, deformed as hands do, and inked.

May import: what `ocr.data` may.
"""
