"""The engine's Tensor: the walk back, what it keeps, what it shares, and what it refuses."""

import copy
import gc
import threading
import weakref

import numpy as np
import pytest
import torch

from dlbook.autograd import Tensor, cat, no_grad, stack, where


def leaf(*values: float, **options) -> Tensor:
    return Tensor(torch.tensor(values, dtype=torch.float64, **options), requires_grad=True)


def random_graph(leaves, seed: int):
    """Return a scalar from many operations on tensors drawn at random: most have many consumers."""
    random, made = np.random.default_rng(seed), list(leaves)
    for _ in range(60):
        a, b = (made[i] for i in random.integers(len(made), size=2))
        kind = random.integers(6)
        made.append(
            (
                lambda a, b: a + b,
                lambda a, b: a * b,
                lambda a, b: (a - b).tanh(),
                lambda a, b: a.maximum(b),
                lambda a, b: a.reshape(2, 3).transpose(0, 1).reshape(6) * b,
                lambda a, b: a.softmax(0) + b.sum(),
            )[kind](a, b).tanh()
        )
    return sum(made[1:], made[0]).sum()


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_have_torchs_gradients(seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    arrays = [torch.randn(6, generator=draw, dtype=torch.float64) for _ in range(3)]
    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [a.clone().requires_grad_() for a in arrays]
    with torch.no_grad():
        random_graph(ours, seed).backward()
    random_graph(theirs, seed).backward()
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x.grad, y.grad, rtol=1e-9, atol=1e-9)


def test_a_second_backward_adds_the_same_again() -> None:
    def run(x, y, keep):
        z = (x * y + x.exp()) * x
        total = z.sum()
        total.backward(**keep)
        total.backward(**keep)
        (z * 2).sum().backward(**keep)  # another end of the same graph
        return x.grad, y.grad

    x, y = torch.rand(2, 4, dtype=torch.float64)
    ours = run(Tensor(x, requires_grad=True), Tensor(y, requires_grad=True), {})
    theirs = run(x.clone().requires_grad_(), y.clone().requires_grad_(), {"retain_graph": True})
    torch.testing.assert_close(ours, theirs)


def test_backward_from_a_leaf_and_from_the_middle() -> None:
    x = leaf(1.0, 2.0)
    g = torch.tensor([3.0, 4.0], dtype=torch.float64)
    x.backward(g)
    assert x.grad.tolist() == [3, 4] and x.grad is not g
    x.grad += 1
    assert g.tolist() == [3, 4]
    y = x * 2
    z = y.exp()
    y.backward(np.ones(2))
    assert x.grad.tolist() == [6, 7] and z.grad is None and y.grad is None


def test_grad_is_updated_in_place_as_torchs() -> None:
    x = leaf(1.0)
    (x * 2).backward()
    held = x.grad
    (x * 3).backward()
    assert held is x.grad and held.tolist() == [5]


SHARING = {
    "add": lambda a, b: a + b,
    "add and reshape": lambda a, b: (a + b).reshape(2, 1).reshape(2),
    "sums": lambda a, b: (a + b).sum(),
    "views": lambda a, b: cat([a, b]).reshape(2, 2)[0],
    "stack": lambda a, b: stack([a, b]).sum(0),
    "twice": lambda a, b: a + b + a,
    "expand": lambda a, b: a.unsqueeze(0).expand(1, 2).squeeze(0) + b,
    "sums of leaves": lambda a, b: a.sum() * 2 + b.sum() * 3,
    "pieces of a view": lambda a, b: cat([a, b]).reshape(2, 2).transpose(0, 1).transpose(0, 1),
    "addmm of a transpose": lambda a, b: a.addmm(
        torch.eye(2, dtype=torch.float64), b.reshape(1, 2).expand(2, 2).transpose(0, 1)
    ),
    "addmm": lambda a, b: a.addmm(b.reshape(1, 2), torch.eye(2, dtype=torch.float64)).reshape(2),
}


@pytest.mark.parametrize("inference", [False, True], ids=["plain", "inference mode"])
@pytest.mark.parametrize("name", SHARING)
def test_no_two_gradients_share_memory(name: str, inference: bool) -> None:
    """A gradient that is scaled in place, as clipping does, changes no other."""
    with torch.inference_mode(inference):
        a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
        y = SHARING[name](a, b)
        cotangent = torch.ones(y.shape, dtype=torch.float64)
        y.backward(cotangent)
        expected = a.grad.clone(), b.grad.clone()
        a.grad.mul_(100)
        assert torch.equal(b.grad, expected[1])
        b.grad.mul_(0)
        assert torch.equal(a.grad, 100 * expected[0])
        assert torch.equal(cotangent, torch.ones_like(cotangent))
        y.backward(cotangent)
        assert torch.equal(b.grad, expected[1])


def test_a_cotangent_with_many_takers_is_not_changed_on_the_way() -> None:
    """In y + y·x + x each piece goes to two takers; adding must not write into a shared one."""
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    ours = Tensor(x, requires_grad=True)

    def function(x):
        y = x * 1
        z = y + x
        return ((z + y) + (z + x) + z + y * z).sum()

    function(ours).backward()
    function(x).backward()
    assert torch.equal(ours.grad, x.grad)


# Size


def test_a_chain_of_50_000_operations() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + 0.5
    y.backward()
    assert x.grad.tolist() == [1]
    probe = weakref.ref(y)
    gc.disable()
    try:
        del y  # 50,000 tensors inside one another are freed without deep recursion in C
        assert probe() is None
    finally:
        gc.enable()


def test_many_consumers_cost_one_visit_each() -> None:
    """A ladder in which each tensor is used twice has 2⁵⁰⁰ paths and 500 tensors."""
    x = leaf(1.0)
    y = x
    for _ in range(500):
        y = y * 0.25 + y * 0.75
    y.backward()
    assert x.grad.item() == pytest.approx(1)
    fan = leaf(1.0)
    total = sum((fan * i for i in range(1000)), Tensor(torch.zeros(1, dtype=torch.float64)))
    total.backward()
    assert fan.grad.item() == sum(range(1000))


# Memory


def test_no_cycle_keeps_a_graph_alive() -> None:
    gc.collect()
    gc.disable()
    try:
        x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
        h = cat([(x * w).exp(), x.log()]).reshape(2, 2)[0]
        loss = where(h > 0, h, h * 2).logsumexp(0) + h.softmax(0)[torch.tensor([0, 0])].sum()
        loss.backward()
        loss.backward()
        probes = [weakref.ref(t) for t in (loss, h)] + [weakref.ref(h.data)]
        del h
        assert probes[1]() is not None  # the result holds it
        del loss
        assert [probe() for probe in probes] == [None, None, None]
    finally:
        gc.enable()


def test_the_graph_holds_only_what_needs_a_gradient() -> None:
    x, w = Tensor(torch.ones(3)), Tensor(torch.ones(3), requires_grad=True)
    a = x.exp() * 2  # no graph: nothing here needs a gradient
    assert a.parents == () and not a.requires_grad and a.op == "mul"
    probe = weakref.ref(a)
    b = a * w
    assert b.parents == (w,)
    del a
    assert probe() is None


def test_what_nobody_needs_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlbook.autograd import ops

    def mul(a, b):
        def never(g):
            raise AssertionError("this gradient was not asked for")

        return a * b, never, lambda g: g * a

    monkeypatch.setattr(ops, "mul", mul)
    x = leaf(2.0)
    (torch.ones(1, dtype=torch.float64) * x).backward()
    assert x.grad.tolist() == [1]


# Threads and no_grad


def test_no_grad_records_nothing_and_nests() -> None:
    x = leaf(1.0)
    with no_grad():
        with no_grad():
            assert not (x * 2).requires_grad
        assert not (x * 2).requires_grad
        assert not cat([x, x]).requires_grad and not x.exp().requires_grad
    assert (x * 2).requires_grad
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0  # noqa: B018
    assert (x * 2).requires_grad

    @no_grad()
    def double(x, *, factor=2):
        """Double it."""
        return double(x * 1, factor=1) * factor if factor == 2 else x

    @no_grad
    def triple(x):
        return x * 3

    assert not double(x).requires_grad and double.__doc__ == "Double it."
    assert not triple(x).requires_grad and (x * 2).requires_grad


def test_threads_do_not_disturb_each_other() -> None:
    """One thread computes without recording while two others take gradients."""
    inside, failures = threading.Barrier(3, timeout=60), []

    def quiet():
        with no_grad():
            inside.wait()
            for _ in range(200):
                if (leaf(1.0) * 2).requires_grad:
                    failures.append("recorded under no_grad")
            inside.wait()

    def train(seed):
        inside.wait()
        for round_ in range(15):
            arrays = torch.randn(3, 6, dtype=torch.float64, generator=torch.Generator())
            results = []
            for _ in range(2):
                leaves = [Tensor(a * (seed + 1), requires_grad=True) for a in arrays]
                random_graph(leaves, seed + round_).backward()
                results.append(torch.stack([x.grad for x in leaves]))
            if not torch.equal(*results):
                failures.append("gradients differ")
        inside.wait()

    threads = [threading.Thread(target=quiet)]
    threads += [threading.Thread(target=train, args=(seed,)) for seed in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and not inside.broken


# Changes in place


def test_a_change_of_what_the_graph_needs_is_refused_where_torch_refuses() -> None:
    """Each of the operations, with each of its arrays changed afterwards, against torch."""
    operations = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "matmul": lambda a, b: a @ b,
        "exp": lambda a, b: a.exp(),
        "log": lambda a, b: a.log(),
        "relu": lambda a, b: a.relu(),
        "sum": lambda a, b: a.sum(),
        "softmax": lambda a, b: b.softmax(1),
        "transpose": lambda a, b: b.transpose(0, 1),
        "pow": lambda a, b: a**3,
        "maximum": lambda a, b: a.maximum(b),
    }
    start = torch.rand(2, 2, 2, dtype=torch.float64) + 1
    only_torch = set()
    for name, operation in operations.items():
        unchanged = [s.clone().requires_grad_() for s in start]
        operation(*unchanged).sum().backward()
        for place in range(2):
            ours = [Tensor(s.clone(), requires_grad=True) for s in start]
            theirs = [s.clone().requires_grad_() for s in start]
            y, z = operation(*ours).sum(), operation(*theirs).sum()
            ours[place].data += 1
            with torch.no_grad():
                theirs[place] += 1
            refused = [refuses(y), refuses(z)]
            if refused == [False, True]:
                only_torch.add((name, place))
            assert refused != [True, False], name
            if not refused[0]:
                for a, b in zip(ours, unchanged, strict=True):
                    assert (a.grad is None) == (b.grad is None), name
                    assert a.grad is None or torch.allclose(a.grad, b.grad, atol=1e-12), name
    assert only_torch == {("div", 0)}  # torch keeps a, the engine a / b


@pytest.mark.parametrize("index", [lambda i: i, lambda i: (i, i), lambda i: (slice(None), i)])
def test_a_change_of_an_index_is_noticed_wherever_it_is_kept(index) -> None:
    places = torch.tensor([0, 2])
    x = Tensor(torch.arange(16.0).reshape(4, 4), requires_grad=True)
    y = x[index(places)].sum()
    places[0] = 3
    with pytest.raises(RuntimeError, match="getitem needs for its gradient was changed in place"):
        y.backward()


def refuses(result) -> bool:
    """Tell whether backward is refused, since something was changed in place."""
    try:
        result.backward()
    except RuntimeError as error:
        assert "in place" in str(error) or "inplace" in str(error)
        return True
    return False


def test_a_result_that_the_graph_needs_may_not_change_either() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    y.data *= 2
    with pytest.raises(RuntimeError, match="exp needs for its gradient was changed in place"):
        y.sum().backward()
    assert x.grad is None


def test_a_step_between_two_backwards_is_refused() -> None:
    w = leaf(1.0, 2.0)
    loss = (w * w).sum()
    loss.backward()
    w.data -= 0.1 * w.grad
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()
    w.grad = None
    (w * w).sum().backward()
    torch.testing.assert_close(w.grad, 2 * w.data)


def test_new_data_leave_the_recorded_graph_as_it_was() -> None:
    w = leaf(3.0)
    y = w * w
    w.data = torch.tensor([100.0], dtype=torch.float64)
    y.backward()
    assert w.grad.tolist() == [6]


def test_in_place_operators_are_torchs() -> None:
    w = leaf(1.0, 2.0)
    for change in ("w += 1", "w -= 1", "w *= 2", "w /= 2"):
        with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
            exec(change, {"w": w})
    same, data = w, w.data
    with no_grad():
        w += 1
        w *= 4
        w -= Tensor(torch.ones(2, dtype=torch.float64))
        w /= 2
    assert w is same and w.data is data and w.data.tolist() == [3.5, 5.5] and w.requires_grad
    y = w * 2
    y += w  # not a leaf: the name gets a new tensor
    y.sum().backward()
    assert w.grad.tolist() == [3, 3]
    constant = Tensor(torch.zeros(2, dtype=torch.float64))
    with pytest.raises(RuntimeError, match="not recorded"):
        constant += w


# What it takes, and what it refuses


def test_data_are_shared_or_copied_as_documented() -> None:
    tensor = torch.zeros(2, requires_grad=True)
    shared = Tensor(tensor)
    shared.data += 1
    assert tensor.tolist() == [1, 1] and not shared.data.requires_grad
    array = np.zeros(2)
    copied = Tensor(array)
    copied.data += 1
    assert array.tolist() == [0, 0] and copied.dtype == torch.float64
    assert Tensor([[1, 2]]).dtype == torch.int64 and Tensor(1.5).dtype == torch.float32
    x = leaf(1.0)
    assert x.detach().data.data_ptr() == x.data.data_ptr() and not x.detach().requires_grad
    assert not (x * 2).detach().parents
    assert Tensor(x).data.data_ptr() == x.data.data_ptr()


def test_what_it_says_about_itself() -> None:
    x = Tensor(torch.zeros(2, 3), requires_grad=True)
    assert (x.shape, x.size(), x.size(1), x.ndim, x.dim(), x.numel()) == (
        *(torch.Size([2, 3]), torch.Size([2, 3]), 3, 2, 2, 6),
    )
    assert x.device == torch.device("cpu") and x.is_leaf and not (x * 1).is_leaf
    assert Tensor(2.5).item() == 2.5 == float(Tensor(2.5))
    assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.])"
    assert repr(Tensor([1.0], requires_grad=True).exp()) == (
        "Tensor([2.7183], requires_grad=True, op=exp)"
    )
    assert repr(Tensor(1.0, requires_grad=True)) == "Tensor(1., requires_grad=True)"
    assert len({x, x, Tensor(0.0)}) == 2
    assert (Tensor([1, 2]) == torch.tensor([1, 3])).tolist() == [True, False]
    assert (Tensor([1, 2]) != Tensor([1, 3])).tolist() == [False, True]
    assert (Tensor([1, 2]) <= 1).tolist() == [True, False]
    assert (np.array([1, 2]) >= Tensor([2, 2])).tolist() == [False, True]
    assert np.asarray(Tensor([1.0, 2.0])).tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="keeps no gradient"):
        np.asarray(x)
    deep = copy.deepcopy(x)
    assert deep.requires_grad and deep.data.data_ptr() != x.data.data_ptr()


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_whole_numbers_have_no_gradient(dtype: torch.dtype) -> None:
    with pytest.raises(TypeError, match=f"floating point data, got {dtype}"):
        Tensor(torch.ones(2, dtype=dtype), requires_grad=True)
    x = Tensor(torch.ones(2, dtype=dtype))
    assert ((x * leaf(2.0, 3.0)).sum()).item() == 5
    assert x.sum().item() == 2


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match="real numbers, got dtype"):
        Tensor([1j])


def test_backward_refuses_what_has_no_answer() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"shape \(2,\) has no single derivative"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match=r"tensor's shape \(2,\), got \(3,\)"):
        (x * 2).backward(torch.ones(3))
    with pytest.raises(RuntimeError, match=r"tensor's shape \(\), got \(1,\)"):
        (x * 2).sum().backward([1.0])
    for nothing in (Tensor(1.0) * 2, x.detach().sum()):
        with pytest.raises(RuntimeError, match="needs no gradient"):
            nothing.backward()
    with no_grad():
        hidden = (x * 2).sum()
    with pytest.raises(RuntimeError, match="computed under no_grad"):
        hidden.backward()
    assert x.grad is None


M = Tensor(torch.zeros(2, 3))
MISMATCHES = {
    "add": lambda: M + torch.zeros(4),
    "sub": lambda: torch.zeros(4) - M,
    "mul": lambda: M * np.zeros(4),
    "div": lambda: np.zeros(4) / M,
    "pow": lambda: M ** torch.zeros(4),
    "maximum": lambda: M.maximum(Tensor(torch.zeros(4))),
    "matmul": lambda: M @ torch.zeros(4),
}


@pytest.mark.parametrize("op", MISMATCHES)
def test_shapes_that_do_not_fit_are_both_named(op: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        MISMATCHES[op]()
    text = str(caught.value)
    assert text.startswith(f"{op}: ") and "(2, 3)" in text and "(4,)" in text


OTHERS = {
    "addmm: .*(2, 3).*(2, 3)": lambda: M.addmm(M, M),
    r"cat: .*\(2, 3\).*\(2, 4\).*dim=0.*equal shapes": lambda: cat([M, torch.zeros(2, 4)]),
    r"stack: .*\(2, 3\).*\(4,\)": lambda: stack([M, torch.zeros(4)]),
    r"where: .*\(4,\).*\(2, 3\).*0\.5": lambda: where(torch.zeros(4) > 0, M, 0.5),
    r"cat: .*non-empty": lambda: cat([]),
    r"reshape: .*\(2, 3\).*shape=\(4, 2\).*as many numbers": lambda: M.reshape(4, 2),
    r"expand: .*\(2, 3\).*shape=\(4, 3\).*length 1": lambda: M.expand(4, 3),
    r"permute: .*\(2, 3\).*dims=\(0, 0\)": lambda: M.permute(0, 0),
    r"getitem: .*\(2, 3\).*index=5": lambda: M[5],
    r"sum: .*\(2, 3\).*dim=2": lambda: M.sum(2),
    r"amax: .*\(2, 3\).*dim=-3": lambda: M.amax(-3),
    r"softmax: .*\(2, 3\).*dim=7": lambda: M.softmax(7),
    r"transpose: .*dim1=2": lambda: M.transpose(0, 2),
    r"mean: .*\(2,\).*Long": lambda: Tensor([1, 2]).mean(),
    r"\.T is for matrices, got shape \(2,\)": lambda: Tensor([1.0, 2.0]).T,
    "got str": lambda: M + "a",
    "got complex": lambda: M * 1j,
    "got NoneType": lambda: M / None,
    "requires_grad=True met an engine Tensor": lambda: M + torch.zeros(3, requires_grad=True),
    "met an engine": lambda: torch.zeros(3, requires_grad=True) @ M.T,
    "torch's cumsum does not know": lambda: torch.cumsum(M, 0),
    "torch's add_ does not know": lambda: torch.zeros(2, 3).add_(M),
    "unexpected keyword argument 'dtype'": lambda: M.sum(dtype=torch.float64),
    "clamp: .*min=None.*max=None": lambda: M.clamp(),
}


@pytest.mark.parametrize("message", OTHERS)
def test_bad_input_is_refused_with_a_reason(message: str) -> None:
    with pytest.raises((RuntimeError, IndexError, TypeError, ValueError), match=message):
        OTHERS[message]()


def test_elements_are_not_assigned() -> None:
    with pytest.raises(TypeError, match="does not support item assignment"):
        M[0] = 1


def test_a_parameter_of_torch_may_be_used_where_torch_records_nothing() -> None:
    with torch.no_grad():
        assert (M + torch.nn.Parameter(torch.ones(3))).sum().item() == 6


DEVICES = [
    pytest.param(kind, marks=pytest.mark.skipif(not there, reason=f"no {kind} here"))
    for kind, there in (
        ("cuda", torch.cuda.is_available()),
        ("mps", torch.backends.mps.is_available()),
    )
]


@pytest.mark.parametrize("device", [*DEVICES, "meta"])
def test_the_device_follows_the_data(device: str) -> None:
    x = Tensor(torch.ones(3, 4, device=device), requires_grad=True)
    w = Tensor(torch.ones(4, 2, device=device), requires_grad=True)
    y = ((x @ w + np.ones(2, dtype=np.float32)).relu() * 2).log_softmax(1)
    loss = -y[torch.arange(3, device=device), torch.tensor([0, 1, 1], device=device)].mean()
    loss.backward()
    assert {t.device.type for t in (y, loss, x.grad, w.grad)} == {device}
    assert x.grad.shape == (3, 4)
