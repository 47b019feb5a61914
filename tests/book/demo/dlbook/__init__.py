"""The demo's library."""
