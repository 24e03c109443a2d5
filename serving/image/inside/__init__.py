"""What runs inside the image or its build, where there is Python's standard library and nothing else of ours."""
