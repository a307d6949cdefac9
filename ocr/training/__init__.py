"""A recipe becomes weights: the loop, its batches, optimizer and reports, in one process or in several.

May import: reading, data, ink, network, errors, files.
"""
