"""What happens inside a network for one image, and what its filters do; and figures of all that.

May import: reading, data, ink, network, errors, files, palette; and `ocr.training.report` for the learning curves.
"""
