"""What the tools and the tests of the book share: reading its pages, and judging them."""

import sys
from pathlib import Path

# The pages are read with the same code as in the build.
sys.path.append(str(Path(__file__).parents[2] / "_ext"))
