"""`python -m serving.image --bento NAME:VERSION`: a Bento as an OCI image that runs without a root user or a compiler.

The host fetches the packages, so that neither the address of a package index nor a certificate enters the build; the
build itself has no network. What runs inside the image or its build is in `inside/`, in the standard library alone.
"""
