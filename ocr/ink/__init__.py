"""Ink becomes 28 x 28: a drawing's strokes, a picture, and where each of several digits is on them.

May import: errors, files.
"""
