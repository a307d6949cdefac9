"""What computes: the networks layer by layer, their weights on disk, and the device they run on.

May import: errors, files.
"""
