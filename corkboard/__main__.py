"""`python -m corkboard`."""

from corkboard.main import main

main()
