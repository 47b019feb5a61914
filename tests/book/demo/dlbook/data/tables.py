"""Tables that travel with the book.

Chapter: book/network/linearity.md
"""
