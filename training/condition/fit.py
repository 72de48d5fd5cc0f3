"""Fit the condition network on samples, with checkpoints to go on from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from training.condition.collapse import CollapsedNetwork, alive_share
from training.condition.loss import masked_loss
from training.condition.network import Answers, ConditionNet
from training.condition.samples.sample import Epochs, Sample
from training.condition.settings import ConditionSettings

Log = Callable[[dict[str, float], int], None]

_WARM_UP_STEPS = 40
_AVERAGE_DECAY = 0.998
ALIVE_SHARE_MIN = 0.02


@dataclass
class Fit:
    """A run in progress: the network, its slow average (which is released), and the optimiser."""

    network: ConditionNet
    average: torch.optim.swa_utils.AveragedModel
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    step: int = 0


def fit(
    network: ConditionNet,
    epochs: Epochs,
    settings: ConditionSettings,
    *,
    checkpoint: Path,
    log: Log,
    workers: int = 1,
) -> ConditionNet:
    """Fit to all samples and return the averaged network; goes on from `checkpoint` if that file exists."""
    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = _start(_placed(network, device), settings, settings.steps(len(epochs)))
    if checkpoint.is_file():
        _restore(run, checkpoint)
    per_epoch = max(1, len(epochs) // settings.batch // settings.epochs)
    with _depthwise_in_float(run.network, device):
        for batch in _batches(epochs, settings, run, workers):
            placed = {name: value.to(device) for name, value in batch.items()}
            losses = _learn(run, placed, settings)
            if run.step % 10 == 0:
                log(losses, run.step)
            if run.step % per_epoch == 0:
                _require_alive(run, batch["photo"].to(device), log)
                _save(run, checkpoint)
    run.network.load_state_dict(run.average.module.state_dict())
    return run.network.eval()


def _placed(network: ConditionNet, device: torch.device) -> ConditionNet:
    """Move a network to its device, in the memory order in which convolutions are fastest."""
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


@contextmanager
def _depthwise_in_float(network: ConditionNet, device: torch.device) -> Iterator[None]:
    """Keep filters of one channel in float32 on a CPU while the rest learns in bfloat16.

    There their gradients were measured to take two to eight times longer in bfloat16; a step takes 1.3
    seconds instead of 1.8 on one core.
    """
    filters = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.groups == m.in_channels > 1]
    learnt = [module for module in filters if module.weight.requires_grad and device.type == "cpu"]
    for module in learnt:
        module.forward = partial(_in_float, module.forward)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for module in learnt:
            del module.forward


def _in_float(forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, enabled=False):
        return forward(x.float())


def _start(network: ConditionNet, settings: ConditionSettings, steps: int) -> Fit:
    optimiser = torch.optim.AdamW(_parameter_groups(network, settings), weight_decay=settings.weight_decay)
    rates = [settings.learning_rate * group["faster"] for group in optimiser.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=steps + 1, pct_start=min(0.3, _WARM_UP_STEPS / max(steps, 1) + 0.05)
    )
    decay = torch.optim.swa_utils.get_ema_multi_avg_fn(_AVERAGE_DECAY)  # type: ignore[no-untyped-call]
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=decay, use_buffers=True)
    return Fit(network, average, optimiser, schedule)


def _parameter_groups(network: ConditionNet, settings: ConditionSettings) -> list[dict[str, Any]]:
    old = [p for p in network.backbone.parameters() if p.requires_grad]
    known = {id(p) for p in network.backbone.parameters()}
    new = [p for p in network.parameters() if id(p) not in known]
    return [
        {"params": old, "lr": settings.learning_rate, "faster": 1.0},
        {"params": new, "lr": settings.learning_rate, "faster": settings.new_layers_faster},
    ]


def _batches(epochs: Epochs, settings: ConditionSettings, run: Fit, workers: int) -> Iterator[Sample]:
    rest = Subset(epochs, range(run.step * settings.batch, settings.steps(len(epochs)) * settings.batch))
    loader = DataLoader(rest, settings.batch, num_workers=workers, drop_last=True, worker_init_fn=_one_thread)
    yield from tqdm(loader, desc="condition", unit="batch", mininterval=5.0)


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def _learn(run: Fit, batch: Sample, settings: ConditionSettings) -> dict[str, float]:
    run.network.train()
    photos = batch["photo"]
    precision = quickest_precision(settings, photos.device)
    with torch.autocast(photos.device.type, precision, enabled=precision is not torch.float32):
        answers = run.network(photos)
    weight = settings.alike_weight if settings.in_pairs else 0.0
    parts = masked_loss(Answers(*(answer.float() for answer in answers)), batch, alike_weight=weight)
    loss = torch.stack(list(parts.values())).sum()
    run.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimiser.step()
    run.schedule.step()
    run.average.update_parameters(run.network)
    run.step += 1
    return {name: float(value.detach()) for name, value in parts.items()} | {"loss": float(loss.detach())}


def quickest_precision(settings: ConditionSettings, device: torch.device) -> torch.dtype:
    """Return the precision to learn in: that of the settings, or float32 where a CPU only imitates it.

    A step in imitated bfloat16 was measured to take ten times as long as one in float32.
    """
    is_imitated = device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    asked: torch.dtype = getattr(torch, settings.precision)
    return torch.float32 if asked is torch.bfloat16 and is_imitated else asked


def _require_alive(run: Fit, photos: Tensor, log: Log) -> None:
    share = alive_share(run.network, photos)
    log({"alive_share": share}, run.step)
    if share < ALIVE_SHARE_MIN:
        raise CollapsedNetwork(
            f"after {run.step} steps only {share:.1%} of the coarsest channels tell one photo from another, "
            f"at least {ALIVE_SHARE_MIN:.0%} should: lower learning_rate and start again"
        )


def _save(run: Fit, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {
        name: getattr(run, name).state_dict() for name in ("network", "average", "optimiser", "schedule")
    }
    torch.save(parts | {"step": run.step}, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _restore(run: Fit, path: Path) -> None:
    saved = torch.load(path, map_location="cpu", weights_only=True)
    for name in ("network", "average", "optimiser", "schedule"):
        getattr(run, name).load_state_dict(saved[name])
    run.step = int(saved["step"])
