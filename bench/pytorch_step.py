#!/usr/bin/env python3
"""The networks of bench/step.cpp in PyTorch, one training step as its users write it: the peer of mueca_step.

pytorch_step.py NETWORK [--batch N] [--threads N] [--cpu-time] [--device cuda --precision P --mode M] runs N steps for
each line "N" on stdin and answers with one JSON line. Fair settings: channels_last, all threads, in-place ReLU,
gradients set to none; malloc and ATen are tuned by the environment that against_pytorch.py sets. On a GPU: cuDNN
searches without a limit, AdamW is fused, no number comes to the host within a block of steps, and what is timed is the
block, with the device drained at both ends.
"""
import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def conv_norm(inputs, outputs, size, stride=1, groups=1, epsilon=1e-5, momentum=0.1):
    conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs, eps=epsilon, momentum=momentum)]


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        hidden = max(4, channels // 16)
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x):
        scale = torch.sigmoid(self.expand(F.relu(self.reduce(x.mean((2, 3))))))
        return x * scale[:, :, None, None]


class FlattenChannelsLast(nn.Module):
    def forward(self, x):  # a view where x is channels_last
        return x.permute(0, 2, 3, 1).flatten(1)


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Replicate(nn.Module):
    def forward(self, x):
        return torch.cat((x, x, x), 1).contiguous(memory_format=torch.channels_last)


def plain_cnn(se):
    layers, channels = [], 1
    for widths in ((32, 64), (128, 128), (256, 256)):
        for width in widths:
            layers += conv_norm(channels, width, 3) + [nn.ReLU(inplace=True)]
            channels = width
        layers += ([SqueezeExcite(channels)] if se else []) + [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, FlattenChannelsLast(), nn.Linear(9216, 256), nn.ReLU(inplace=True), nn.Dropout(0.5),
                         nn.Linear(256, 7))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(*conv_norm(inputs, outputs, 3, stride), nn.ReLU(inplace=True),
                                  *conv_norm(outputs, outputs, 3), SqueezeExcite(outputs))
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(*conv_norm(inputs, outputs, 1, stride))

    def forward(self, x):
        return F.relu(self.body(x).add_(self.shortcut(x)), inplace=True)


def se_resnet(base):
    layers, channels = conv_norm(1, base, 3) + [nn.ReLU(inplace=True)], base
    for stage in range(4):
        for i in range(2):
            layers.append(ResidualBlock(channels, base << stage, 2 if stage and not i else 1))
            channels = base << stage
    return nn.Sequential(*layers, GlobalAveragePool(), nn.Dropout(0.5), nn.Linear(channels, 7))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        hidden, keras = inputs * expansion, {"epsilon": 1e-3, "momentum": 0.001}
        expand = conv_norm(inputs, hidden, 1, **keras) + [nn.ReLU6(inplace=True)] if expansion > 1 else []
        self.body = nn.Sequential(*expand, *conv_norm(hidden, hidden, 3, stride, hidden, **keras),
                                  nn.ReLU6(inplace=True), *conv_norm(hidden, outputs, 1, **keras))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def mobilenet_v2():
    # Stride-2 layers pad symmetrically here: the same work as Keras' padding, without PyTorch's extra copy for it.
    layers, channels = [Replicate(), *conv_norm(3, 32, 3, 2), nn.ReLU6(inplace=True)], 32
    for expansion, outputs, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                              (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(count):
            layers.append(InvertedResidual(channels, outputs, expansion, stride if i == 0 else 1))
            channels = outputs
    return nn.Sequential(*layers, *conv_norm(320, 1280, 1), nn.ReLU6(inplace=True), GlobalAveragePool(),
                         nn.Dropout(0.5), nn.Linear(1280, 7))


NETWORKS = {  # name: network, pixels
    "baseline_cnn": (lambda: plain_cnn(False), 48),
    "se_cnn": (lambda: plain_cnn(True), 48),
    "se_resnet": (lambda: se_resnet(32), 48),
    "mobilenet_v2_48": (mobilenet_v2, 48),
    "mobilenet_v2_96": (mobilenet_v2, 96),
}


COMPILE_MODES = {"compile": "default", "reduce-overhead": "reduce-overhead",
                 "max-autotune": "max-autotune-no-cudagraphs"}
MODES = ["eager", *COMPILE_MODES, "graph"]


def status_mib(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field + ":"))


class CpuSteps:
    """Each step timed by itself."""

    def __init__(self, args):
        self.now = time.process_time if args.cpu_time else time.perf_counter
        torch.set_num_threads(args.threads)
        make, size = NETWORKS[args.network]
        self.model = make().to(memory_format=torch.channels_last).train()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.01)
        self.x = torch.rand(args.batch, 1, size, size).contiguous(memory_format=torch.channels_last)
        self.labels = torch.randint(0, 7, (args.batch,))

    def step(self):
        begin = self.now()
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.model(self.x), self.labels)
        loss.backward()
        self.optimizer.step()
        assert torch.isfinite(loss).item()
        return (self.now() - begin) * 1000

    def run(self, count):
        return [round(self.step(), 3) for _ in range(count)]


class CudaSteps:
    """A block of steps between two events; every step of it is given the block's mean."""

    def __init__(self, args):
        torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = True, 0
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = args.precision != "float32"
        make, size = NETWORKS[args.network]
        self.model = make().to("cuda", memory_format=torch.channels_last).train()
        self.amp, graph = args.precision == "bf16", args.mode == "graph"
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.01, fused=True,
                                           capturable=graph)
        self.x = torch.rand(args.batch, 1, size, size, device="cuda").contiguous(memory_format=torch.channels_last)
        self.labels = torch.randint(0, 7, (args.batch,), device="cuda")
        if args.mode in COMPILE_MODES:
            self.forward = torch.compile(self.loss, mode=COMPILE_MODES[args.mode])
        else:
            self.forward = self.loss
        self.replay = self.recorded() if graph else None

    def loss(self, x, labels):
        with torch.autocast("cuda", torch.bfloat16, enabled=self.amp):
            logits = self.model(x)
        return F.cross_entropy(logits.float(), labels)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward(self.x, self.labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def recorded(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.last = self.step()
        return graph

    def run(self, count):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        begin.record()
        for _ in range(count):
            if self.replay:
                self.replay.replay()
            else:
                self.last = self.step()
        end.record()
        end.synchronize()
        assert torch.isfinite(self.last).item()
        return [round(begin.elapsed_time(end) / count, 4)] * count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["float32", "tf32", "bf16"], default="float32", help="on cuda")
    parser.add_argument("--mode", choices=MODES, default="eager", help="on cuda")
    args = parser.parse_args()
    torch.manual_seed(1)
    steps = (CudaSteps if args.device == "cuda" else CpuSteps)(args)
    parameters = sum(p.numel() for p in steps.model.parameters())
    idle = status_mib("VmRSS")
    for line in sys.stdin:
        answer = {"parameters": parameters, "ms": steps.run(int(line)), "peak_mib": round(status_mib("VmHWM"), 1),
                  "idle_mib": round(idle, 1), "version": torch.__version__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
