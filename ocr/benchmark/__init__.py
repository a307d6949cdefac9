"""How fast it trains and reads on this machine, beside the published recipes that it is compared with.

May import: training, reading, data, network, errors, files.
"""
