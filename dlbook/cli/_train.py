"""``dlbook train``."""

from pathlib import Path

from dlbook.cli._trouble import WRONG_USE, Trouble, unknown

CLASSIFICATION = ("breast_cancer", "digits", "iris", "wine")
HIDDEN, BATCH_SIZE, MOMENTUM = 64, 32, 0.9


def train_network(
    name: str, epochs: int, lr: float, seed: int | None, checkpoint: Path | None, resume: bool
) -> None:
    """Train a network with one hidden layer on a bundled data set, and print its record."""
    if name not in CLASSIFICATION:
        raise unknown("bundled data set with classes", name, CLASSIFICATION)
    if resume and checkpoint is None:
        raise Trouble("--resume needs --checkpoint PATH, the file to go on from", WRONG_USE)
    if checkpoint is not None and checkpoint.is_file() and not resume:
        raise Trouble(
            f"there is a checkpoint at {checkpoint} already; pass --resume to go on from it, or "
            "give another name",
            WRONG_USE,
        )
    from dlbook.training import TrainingDiverged

    try:
        _train(name, epochs, lr, seed, checkpoint, resume)
    except (TrainingDiverged, ValueError, OSError) as error:
        raise Trouble(str(error)) from None


def _train(
    name: str, epochs: int, lr: float, seed: int | None, checkpoint: Path | None, resume: bool
) -> None:
    """Prepare the data and the network, train, and print."""
    from dlbook import nn, optim
    from dlbook.data import bundled
    from dlbook.data.loaders import batches, split, standardize
    from dlbook.device import device
    from dlbook.metrics import accuracy
    from dlbook.models import MLP
    from dlbook.seed import seed_everything
    from dlbook.training import fit

    seed = seed_everything(seed)
    table = getattr(bundled, name)()
    x_train, x_kept, y_train, y_kept = split(table.x, table.y, seed=seed)
    x_train, x_kept = standardize(x_train, x_kept)
    num_features, num_classes = x_train.shape[1], len(table.target_names)
    model = MLP(num_features, [HIDDEN], num_classes, layers=nn)
    print(
        f"{name}: {len(x_train)} examples to train on, {len(x_kept)} kept aside; "
        f"network {num_features}-{HIDDEN}-{num_classes}, seed {seed}, on {device()}"
    )
    history = fit(
        model,
        batches(x_train, y_train, BATCH_SIZE, seed=seed),
        nn.CrossEntropyLoss(),
        optim.SGD(model.parameters(), lr=lr, momentum=MOMENTUM),
        epochs=epochs,
        device=device(),
        validation=batches(x_kept, y_kept, 256, shuffle=False),
        metrics={"accuracy": lambda logits, y: accuracy(y, logits.argmax(dim=1))},
        checkpoint=checkpoint,
        resume=resume,
    )
    print(history)
    if checkpoint is not None:
        print(f"checkpoint: {checkpoint}")
