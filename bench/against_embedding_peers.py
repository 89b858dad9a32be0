#!/usr/bin/env python3
"""PCA, nearest neighbours and t-SNE: mueca beside scikit-learn and openTSNE, on one matrix, as a Markdown table.

mueca_embed_bench makes the matrix (or reads a pack), writes it and its 50 principal components, and times itself; each
peer is a process of its own that reads the same files, with as many threads. t-SNE starts from the components on all
sides and includes the neighbours: perplexity 30, N iterations, the first 250 with exaggeration 12 and momentum 0.5, then
0.8, learning rate max(200, rows / 12), from the first two components. All embeddings are judged by one program: the
divergence normalised over all pairs, and the share of the 10 nearest neighbours kept. Peers that are not installed are
named and left out. Wall and processor seconds; the ratio of wall times is above 1 where mueca is faster.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PERPLEXITY, EARLY, EXAGGERATION, COMPONENTS = 30, 250, 12, 50


class Clock:
    def __init__(self):
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def took(self):
        return [time.perf_counter() - self.wall, time.process_time() - self.processor]


def peer_pca(folder, shape, solver):
    import numpy
    import sklearn.decomposition

    x = numpy.fromfile(folder / "matrix", dtype=numpy.float32).reshape(shape)
    clock = Clock()
    pca = sklearn.decomposition.PCA(COMPONENTS, svd_solver=solver, random_state=1).fit(x)
    return {"pca": clock.took(), "explained": float(pca.explained_variance_ratio_.sum(dtype=float))}


def low_matrix(folder):
    import numpy

    return numpy.fromfile(folder / "low", dtype=numpy.float32).reshape(-1, COMPONENTS)


def peer_knn(folder):
    import sklearn.neighbors

    low = low_matrix(folder)
    clock = Clock()
    sklearn.neighbors.NearestNeighbors(n_neighbors=3 * PERPLEXITY, algorithm="brute", n_jobs=-1).fit(low).kneighbors()
    return {"knn": clock.took()}


def peer_opentsne(folder, iterations, threads):
    import numpy
    import openTSNE

    low = low_matrix(folder)
    rate = max(200, len(low) / EXAGGERATION)
    clock = Clock()
    affinities = openTSNE.affinity.PerplexityBasedNN(low, perplexity=PERPLEXITY, n_jobs=threads, random_state=1)
    start = openTSNE.initialization.pca(low, random_state=1)
    points = openTSNE.TSNEEmbedding(start, affinities, negative_gradient_method="fft", n_jobs=threads, random_state=1)
    points.optimize(min(EARLY, iterations), exaggeration=EXAGGERATION, momentum=0.5, learning_rate=rate, inplace=True)
    if iterations > EARLY:
        points.optimize(iterations - EARLY, momentum=0.8, learning_rate=rate, inplace=True)
    took = clock.took()
    numpy.asarray(points).astype(numpy.float32).tofile(folder / "points")
    return {"tsne": took, "own_kl": float(points.kl_divergence)}


def peer_barnes_hut(folder, iterations, threads):
    import numpy
    import sklearn.manifold

    low = low_matrix(folder)
    clock = Clock()
    tsne = sklearn.manifold.TSNE(perplexity=PERPLEXITY, early_exaggeration=EXAGGERATION, max_iter=iterations, init="pca",
                                 n_jobs=threads, random_state=1)
    points = tsne.fit_transform(low)
    took = clock.took()
    points.astype(numpy.float32).tofile(folder / "points")
    return {"tsne": took, "own_kl": float(tsne.kl_divergence_)}


def run(command, threads):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **{name: str(threads) for name in names}})
    if done.returncode:
        sys.exit(f"error: {' '.join(map(str, command))}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def judge(args, folder):
    return run([args.bench, "--judge", folder / "points", "--matrix", folder / "low", "--columns", COMPONENTS,
                "--perplexity", PERPLEXITY, "--threads", args.threads], args.threads)


def seconds(took):
    return f"{took[0]:.2f} / {took[1]:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default=str(ROOT / "build/release/apps/mueca_embed_bench"),
                        help="mueca_embed_bench's path")
    parser.add_argument("--pack", help="a pack whose images are the rows; otherwise a made matrix")
    parser.add_argument("--rows", type=int, default=35887, help="of the made matrix")
    parser.add_argument("--columns", type=int, default=2304, help="of the made matrix")
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--barnes-hut", action="store_true", help="scikit-learn's t-SNE, too: minutes to hours")
    parser.add_argument("--serve", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        kind, folder, rows, columns, iterations, threads = args.serve
        folder = pathlib.Path(folder)
        if kind.startswith("pca"):
            answer = peer_pca(folder, (int(rows), int(columns)), kind.split("-")[1])
        elif kind == "knn":
            answer = peer_knn(folder)
        else:
            answer = (peer_opentsne if kind == "opentsne" else peer_barnes_hut)(folder, int(iterations), int(threads))
        return print(json.dumps(answer))

    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source = ["--pack", args.pack] if args.pack else ["--rows", args.rows, "--columns", args.columns]
        ours = run([args.bench, *source, "--iterations", args.iterations, "--threads", args.threads, "--perplexity",
                    PERPLEXITY, "--matrix-out", folder / "matrix", "--low-out", folder / "low", "--points-out",
                    folder / "points", "--components", COMPONENTS], args.threads)
        quality = judge(args, folder)

        def serve(kind):
            print(f"{kind} ...", file=sys.stderr)
            return run([sys.executable, __file__, "--serve", kind, folder, ours["n"], ours["d"], args.iterations,
                        args.threads], args.threads)

        def add(step, who, took, own=None, result=""):
            rows.append([step, who, seconds(took), f"{took[0] / own[0]:.1f}" if own else "", result])

        def tsne_result(q, own_kl):
            return f"KL {q['kl']:.4f} (says {own_kl:.4f}), preservation@10 {q['preservation']:.4f}"

        have = {name for name in ("sklearn", "openTSNE") if importlib.util.find_spec(name)}
        add(f"PCA {COMPONENTS}", "mueca", ours["pca"], result=f"explains {ours['explained']:.7f}")
        if "sklearn" in have:
            for solver in ("randomized", "covariance_eigh"):
                peer = serve(f"pca-{solver}")
                add("", f"scikit-learn, {solver}", peer["pca"], ours["pca"], f"explains {peer['explained']:.7f}")
        add(f"{3 * PERPLEXITY} neighbours", "mueca", ours["knn"], result="exact")
        if "sklearn" in have:
            add("", "scikit-learn, brute", serve("knn")["knn"], ours["knn"], "exact")
        add(f"t-SNE, {args.iterations} iterations", "mueca", ours["tsne"], result=tsne_result(quality, ours["kl"]))
        if "openTSNE" in have:
            peer = serve("opentsne")
            add("", "openTSNE, FFT", peer["tsne"], ours["tsne"], tsne_result(judge(args, folder), peer["own_kl"]))
        if "sklearn" in have and args.barnes_hut:
            peer = serve("barnes-hut")
            add("", "scikit-learn, Barnes-Hut", peer["tsne"], ours["tsne"],
                tsne_result(judge(args, folder), peer["own_kl"]))

    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{ours['n']} x {ours['d']}, {args.threads} threads; {cpu.group(1) if cpu else 'unknown CPU'}; load "
          f"{' '.join(pathlib.Path('/proc/loadavg').read_text().split()[:3])}.")
    for module in ("sklearn", "openTSNE"):
        if module not in have:
            print(f"skipped: {module} is not installed (pip install scikit-learn openTSNE)")
    header = ["step", "who", "wall / processor s", "ratio", "result"]
    print("\n| " + " | ".join(header) + " |\n| --- | --- | ---: | ---: | --- |")
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
