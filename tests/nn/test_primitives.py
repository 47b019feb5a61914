"""What a layer computes stands in the library: it does not call torch's version of itself."""

import ast
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).resolve().parents[2] / "dlbook" / "nn"
# torch's functions that are a layer, a loss or an initialization of their own
FUSED = {name for name in dir(torch.nn.functional) if name[0] != "_"}
FUSED |= {name.rstrip("_") for name in dir(torch.nn.init) if name[0] != "_"}
FUSED |= {f"{kind}_norm" for kind in ("native_batch", "native_layer", "native_group", "rms")}
FUSED |= {"batch_norm_stats", "batch_norm_elemt", "native_dropout", "logsumexp", "prelu"}
FUSED |= {"logaddexp", "logsigmoid", "cross_entropy_loss", "addmm", "addmv", "baddbmm"}
# PyTorch's tensors have these as primitives, and so has the engine
PRIMITIVE = {"relu", "sigmoid", "tanh", "normal", "uniform", "zeros", "ones", "eye"}
PRIMITIVE |= {"Tensor", "math", "warnings"}
FUSED -= PRIMITIVE
ELSEWHERE = ("torch.nn.functional", "nn.functional", "torch.nn.init", "F.", "torch.special")
ELSEWHERE += ("torch.ops", "torch._C._nn", "torch._VF")


def offences(source: str) -> list[str]:
    """Return the calls and imports that leave the work to torch."""
    tree, found = ast.parse(source), []
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dlbook")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch"):
            names = {alias.name for alias in node.names}
            if "functional" in f"{node.module}" or names & {"functional", "init", "_C", "_VF"}:
                found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Import):
            if any(alias.name.startswith("torch.nn") for alias in node.names):
                found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            root = text.split(".")[0]
            fused = node.attr.rstrip("_") in FUSED and root not in ("self", "init", *own)
            if fused or text.startswith(ELSEWHERE):
                found.append(f"{node.lineno}: {text}")
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_layer_calls_torchs_version_of_itself(path):
    assert offences(path.read_text(encoding="utf8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import torch.nn.functional as F",
        "from torch.nn import functional as F",
        "from torch.nn.functional import relu",
        "import torch\ny = torch.nn.functional.relu(x)",
        "y = F.relu(x)",
        "y = torch.layer_norm(x, (3,))",
        "y = torch.native_layer_norm(x, (3,))",
        "y = torch.batch_norm(x)",
        "y = torch.softmax(x, 1)",
        "y = x.softmax(1)",
        "y = x.log_softmax(dim=1)",
        "y = x.logsumexp(1)",
        "y = torch.embedding(w, x)",
        "y = torch.dropout(x, 0.5, True)",
        "y = torch.dropout_(x, 0.5, True)",
        "y = torch.addmm(b, x, w.T)",
        "y = torch.ops.aten.gelu(x)",
        "y = torch._C._nn.gelu(x)",
        "y = torch.group_norm(x, 2)",
        "y = torch.rms_norm(x, (3,))",
        "from torch.nn import init",
    ],
)
def test_what_leaves_the_work_to_torch_is_found(line):
    assert offences(line) != []


def test_primitives_are_free():
    source = "y = torch.addcmul(b, x, w).exp().sum(dim=1).relu() @ torch.where(x > 0, x, 0)"
    assert offences(source) == []
