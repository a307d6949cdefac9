"""A training as a folder and a process: started, watched, paused, resumed, compared, and taken further.

May import: training, reading, data, ink, network, errors, files, palette.
"""
