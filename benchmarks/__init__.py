"""Speed of the library beside PyTorch and its peers, as ratios taken in one run."""
