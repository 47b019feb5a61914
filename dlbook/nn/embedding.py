"""Embedding: a table with one row of learned numbers for each word, or other thing, of a list.

Chapter: book/back/api/nn.md
"""

from typing import Self

import torch
from torch.nn import Module, Parameter

from dlbook.nn import functional, init
from dlbook.nn._checks import flag, refuse, sizes, whole
from dlbook.nn._transforms import transformed

__all__ = ["Embedding"]

_RENORM = "the forward pass would change the weights"
_FREQ = "each occurrence of an index counts once"
_SPARSE = "the gradient is a dense tensor, which every optimizer takes"


class Embedding(Module):
    r"""A table of vectors: index i is answered by row i of the weight.

    Parameters
    ----------
    num_embeddings : int
        Rows of the table.
    embedding_dim : int
        D, the length of a row.
    padding_idx : int, optional
        A row that starts at zero and gets no gradient; a negative one counts from the end.
    max_norm : None
    norm_type : 2.0
    scale_grad_by_freq : False
    sparse : False
        Other values of these four are not supported.
    device : torch.device, optional
    dtype : torch.dtype, optional
        Of the weight.

    Attributes
    ----------
    weight : Parameter, shape (num_embeddings, embedding_dim)
        Starts standard normal.

    Raises
    ------
    ValueError
        If an argument is not supported, a size is no whole number, or ``padding_idx`` is no row.
    IndexError
        For an input with an index that is no row.
    TypeError
        If ``padding_idx`` is no whole number; for an input that is neither int32 nor int64.

    Examples
    --------
    >>> Embedding(10, 3)(torch.tensor([[0, 9], [4, 4]])).shape
    torch.Size([2, 2, 3])
    """

    weight: torch.Tensor

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes(self, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        refuse(self, _RENORM, max_norm=(max_norm, None), norm_type=(norm_type, 2.0))
        refuse(self, _FREQ, scale_grad_by_freq=(scale_grad_by_freq, False))
        refuse(self, _SPARSE, sparse=(sparse, False))
        if padding_idx is not None:
            whole(self, padding_idx=padding_idx)
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(
                    f"Embedding: padding_idx={padding_idx} is none of the {num_embeddings} rows"
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        shape = (num_embeddings, embedding_dim)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.reset_parameters()

    @classmethod
    def from_pretrained(
        cls, embeddings: torch.Tensor, freeze: bool = True, padding_idx: int | None = None
    ) -> Self:
        """Return a layer with a given table.

        Parameters
        ----------
        embeddings : Tensor, float, shape (num_embeddings, embedding_dim)
        freeze : bool
            Whether the table stays as it is in training.
        padding_idx : int, optional

        Returns
        -------
        Embedding

        Raises
        ------
        ValueError
            If the table is no matrix.

        Examples
        --------
        >>> Embedding.from_pretrained(torch.eye(3))(torch.tensor(1))
        tensor([0., 1., 0.])
        """
        flag(cls.__name__, freeze=freeze)
        if embeddings.ndim != 2:
            raise ValueError(
                "Embedding.from_pretrained: expected a table (num_embeddings, embedding_dim), got "
                f"shape {tuple(embeddings.shape)}"
            )
        num_embeddings, embedding_dim = embeddings.shape
        # no memory and no random numbers for a table that is replaced
        layer = cls(num_embeddings, embedding_dim, padding_idx, device="meta")
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def reset_parameters(self) -> None:
        """Draw the weight anew; the padding becomes zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with torch.no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # (*)
        """Return the rows that the indices name."""
        if input.dtype not in (torch.int32, torch.int64):
            raise TypeError(
                f"Embedding({self.extra_repr()}): indices must be int32 or int64, got {input.dtype}"
            )
        # A negative index would silently count from the end.
        if transformed():  # no value can be looked at; one too large is refused by itself
            input = torch.where(input < 0, self.num_embeddings, input)
        elif input.numel() and not 0 <= int(input.min()) <= int(input.max()) < self.num_embeddings:
            wrong = input[(input < 0) | (input >= self.num_embeddings)][:4].tolist()
            raise IndexError(
                f"Embedding({self.extra_repr()}): indices must be in [0, {self.num_embeddings}), "
                f"got {wrong} in an input of shape {tuple(input.shape)}"
            )
        return functional.embedding(input, self.weight, self.padding_idx)  # (*, D)

    def extra_repr(self) -> str:
        """Return what stands between the brackets."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
