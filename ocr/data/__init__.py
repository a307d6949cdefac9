"""Images with their labels: MNIST, what stands in for it, the user's own digits, and digits that are drawn here.

May import: ink, errors, files.
"""
