"""The labelled equations of book/network/linearity.md, each checked by another route."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from dlbook.exercises.linearity import fold, matrix_of

RANDOM = np.random.default_rng(4)


@pytest.mark.eq("eq-additive")
@pytest.mark.eq("eq-homogeneous")
def test_a_matrix_keeps_both_conditions_and_a_constant_breaks_both():
    layer = torch.nn.Linear(4, 3, dtype=torch.float64)
    x, z = torch.from_numpy(RANDOM.normal(size=(2, 4)))
    with torch.no_grad():
        for keeps in (True, False):
            if keeps:
                bias = layer.bias.clone()
                layer.bias.zero_()
            else:
                layer.bias.copy_(bias)
            additive = torch.allclose(layer(x + z), layer(x) + layer(z), atol=1e-12)
            homogeneous = torch.allclose(layer(-2.5 * x), -2.5 * layer(x), atol=1e-12)
            assert additive is keeps
            assert homogeneous is keeps


@pytest.mark.eq("eq-matrix")
def test_a_linear_function_is_known_from_its_values_at_the_unit_vectors():
    W = RANDOM.normal(size=(3, 5))
    x = RANDOM.normal(size=5)
    found = matrix_of(lambda v: W @ v, 5)
    np.testing.assert_allclose(found, W)
    np.testing.assert_allclose(sum(x[j] * found[:, j] for j in range(5)), W @ x)


@pytest.mark.eq("eq-residual")
def test_the_residual_is_zero_for_affine_functions_and_one_for_the_opposite_of_additive():
    def residual(f, x, z):
        def g(v):
            return f(v) - f(np.zeros(1))

        gap = np.abs(g(x + z) - g(x) - g(z)).sum()
        return gap / (np.abs(g(x)) + np.abs(g(z))).sum()

    x = RANDOM.normal(size=50)
    assert residual(lambda v: 3 * v - 2, x, RANDOM.normal(size=50)) == pytest.approx(0, abs=1e-12)
    assert residual(np.abs, x, -x) == pytest.approx(1)
    # for squares it is |2xz| / (x² + z²), which is 1 at x = z
    assert residual(np.square, x, x) == pytest.approx(1)


@pytest.mark.eq("eq-fold")
def test_a_stack_of_torch_layers_is_its_folded_pair():
    layers = [torch.nn.Linear(i, o, dtype=torch.float64) for i, o in ((3, 5), (5, 2), (2, 4))]
    pairs = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in layers]
    A, c = fold([W for W, _ in pairs], [b for _, b in pairs])
    x = RANDOM.normal(size=(10, 3))
    with torch.no_grad():
        expected = torch.nn.Sequential(*layers)(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(x @ A.T + c, expected, rtol=1e-12)


@pytest.mark.eq("eq-hidden")
def test_two_relu_units_are_the_absolute_value():
    x = np.linspace(-2, 2, 21)
    units = [np.maximum(0, w * x + 0.0) for w in (1, -1)]
    np.testing.assert_allclose(1 * units[0] + 1 * units[1] + 0.0, np.abs(x))


@pytest.mark.eq("eq-normal")
def test_at_the_best_weights_the_errors_are_perpendicular_to_each_column():
    phi, y = RANDOM.normal(size=(40, 6)), RANDOM.normal(size=40)
    v = np.linalg.lstsq(phi, y, rcond=None)[0]
    np.testing.assert_allclose(phi.T @ (y - phi @ v), 0, atol=1e-12)
    theirs = LinearRegression(fit_intercept=False).fit(phi, y).coef_
    np.testing.assert_allclose(v, theirs, rtol=1e-9)
