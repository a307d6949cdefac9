"""Images become predictions, and predictions are measured: inference only, nothing here trains.

May import: data, ink, network, errors, files.
"""
