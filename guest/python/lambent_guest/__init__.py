# The parts of the Python runtime; bootstrap.py puts them together. In a package, so that no function's module is hidden by one of ours.
