"""One module for each command; imports of libraries are inside the functions."""
