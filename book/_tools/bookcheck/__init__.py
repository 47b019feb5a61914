"""What the tools and the tests of the book share: reading its pages, and judging them."""
