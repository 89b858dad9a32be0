"""Holds mueca's Keras weights against Keras itself, both ways and in every layout.

    parity.py KERAS_PARITY_PROGRAM

Networks of several widths and sizes get random weights in Keras; mueca loads them and must give the same logits and
features. Then mueca writes weights of its own and Keras must load them and give mueca's logits. Exit code 77 (skipped)
where Keras is not installed: pip install keras jax[cpu] h5py
"""
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
try:
    import h5py
    import keras
    import numpy as np
    warnings.filterwarnings("ignore", "The structure of `inputs`")
except ImportError as error:
    print(f"skipped: Keras is not installed ({error})")
    sys.exit(77)

TOLERANCE = 1e-4  # of the largest answer
MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # of Keras' "caffe" preprocessing, B G R


def mobilenet(size, width):
    return keras.applications.MobileNetV2(
        input_shape=(size, size, 3), alpha=width, weights=None, classes=7, classifier_activation=None)


def nested_mobilenet(size, width):
    trunk = keras.applications.MobileNetV2(
        input_shape=(size, size, 3), alpha=width, weights=None, include_top=False, pooling="avg")
    return keras.Sequential([keras.Input((size, size, 3)), trunk, keras.layers.Dense(7, name="predictions")])


def vgg(size, width, depth):
    x = inputs = keras.Input((size, size, 3))
    counts = {16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}[depth]
    for block, (count, channels) in enumerate(zip(counts, [64, 128, 256, 512, 512]), 1):
        for i in range(1, count + 1):
            x = keras.layers.Conv2D(
                int(channels * width), 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        if block == 5:
            x = keras.layers.Identity(name="last")(x)
        x = keras.layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(7, name="predictions")(x))


def cnn_gru(size, width, frames, hidden):
    clips = keras.Input((frames, size, size, 1))
    x = keras.ops.reshape(clips, (-1, size, size, 1))
    for block, channels in enumerate([32, 64, 128, 256], 1):
        for i in (1, 2):
            x = keras.layers.Conv2D(int(channels * width), 3, padding="same", use_bias=False, name=f"block{block}_conv{i}")(x)
            x = keras.layers.BatchNormalization(epsilon=1e-5, name=f"block{block}_conv{i}_bn")(x)
            x = keras.layers.ReLU(name="last" if (block, i) == (4, 2) else f"block{block}_relu{i}")(x)
        if block < 4:
            x = keras.layers.MaxPooling2D(2)(x)
    x = keras.ops.reshape(keras.layers.GlobalAveragePooling2D()(x), (-1, frames, int(256 * width)))
    x = keras.layers.GRU(hidden, reset_after=True, name="gru")(x)
    return keras.Model(clips, keras.layers.Dense(7, name="predictions")(x))


def randomize(model, generator, x):
    """Random weights, with moving statistics near those of x, as after training: otherwise rounding errors grow."""
    for weight in model.weights:
        name, shape = weight.path.rsplit("/", 1)[-1], weight.shape
        if len(shape) > 1:
            fan_in = np.prod(shape[:2]) if "depthwise" in weight.path else np.prod(shape[:-1])
            weight.assign(generator.normal(0, np.sqrt(2 / fan_in), shape))
        elif name == "gamma":
            weight.assign(generator.uniform(0.7, 1.4, shape))
        elif name in ("bias", "beta"):
            weight.assign(generator.normal(0, 0.3, shape))
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0
    model(x, training=True)
    for norm in norms:
        norm.moving_variance.assign(norm.moving_variance * generator.uniform(0.8, 1.25, norm.moving_variance.shape))


def save(model, layout, folder):
    path = str(folder / {"legacy": "weights.h5", "model": "model.h5", "keras3": "w.weights.h5"}[layout])
    if layout == "legacy":  # what save_weights("x.h5") was before Keras 3
        from keras.src.legacy.saving import legacy_h5_format
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    elif layout == "model":
        model.save(path)
    else:
        model.save_weights(path)
    return path


def difference(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def hold(program, label, model, feature_layer, to_keras, configuration, layouts, loads=True):
    generator = np.random.default_rng(3)
    pairs = dict(pair.split("=") for pair in configuration)
    size = int(pairs["size"])
    frames = [int(pairs["frames"])] if "frames" in pairs else []
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # Pixels in the range that the model's input wants.
        gray = generator.uniform(*((0, 255) if "vgg" in configuration[0] else (-1, 1)), (4, *frames, size, size, 1))
        gray = gray.astype(np.float32)
        randomize(model, generator, to_keras(gray))
        with h5py.File(folder / "batch.h5", "w") as file:
            file["x"] = gray
        inner = model
        for layer in model.layers:  # a nested trunk
            inner = layer if isinstance(layer, keras.Model) else inner
        features = keras.Model(inner.inputs, inner.get_layer(feature_layer).output)
        wanted = np.asarray(model(to_keras(gray), training=False))
        wanted_features = np.asarray(features(to_keras(gray), training=False)).mean((1, 2))
        for layout in layouts:
            path = save(model, layout, folder)
            subprocess.run([program, path, folder / "batch.h5", folder, *configuration], check=True,
                           stdout=subprocess.DEVNULL)
            with h5py.File(folder / "answers.h5") as file:
                answers = {key: file[key][:] for key in file}
            worst = max(worst, difference(answers["loaded"], wanted), difference(answers["features"], wanted_features))
        for own in ["own.h5", "own.weights.h5"] if loads else []:
            randomize(model, generator, to_keras(gray))
            model.load_weights(str(folder / own))
            worst = max(worst, difference(np.asarray(model(to_keras(gray), training=False)), answers["own"]))
    print(f"{label:40} {model.count_params():>10} values   largest difference {worst:.1e}", flush=True)
    return worst <= TOLERANCE


def main(program):
    logging.getLogger("absl").setLevel(logging.ERROR)  # "this file format is considered legacy"
    print(f"Keras {keras.__version__} on {keras.backend.backend()}")
    every = ["legacy", "model", "keras3"]
    ok = True
    for size, width in [(96, 1.0), (96, 0.35), (48, 0.5), (81, 0.35), (128, 1.4)]:
        ok &= hold(program, f"MobileNetV2 {width} at {size}", mobilenet(size, width), "out_relu",
                   lambda x: np.repeat(x, 3, 3),
                   ["name=mobilenet_v2", f"size={size}", f"width={width}", "layer=out_relu"], every)
    ok &= hold(program, "MobileNetV2 0.35 at 64 in a Sequential", nested_mobilenet(64, 0.35), "out_relu",
               lambda x: np.repeat(x, 3, 3),
               ["name=mobilenet_v2", "size=64", "width=0.35", "layer=out_relu"],
               ["keras3"] if keras.__version__.startswith("3.0.") else every,  # 3.0 cannot save it as .h5 itself
               loads=False)
    for size, width, depth in [(48, 0.25, 16), (64, 0.5, 19)]:
        ok &= hold(program, f"VGG{depth} {width} at {size}", vgg(size, width, depth), "last",
                   lambda x: np.repeat(x, 3, 3) - MEANS,
                   ["name=vgg", "variant=keras", f"depth={depth}", f"size={size}", f"width={width}", "layer=block5"],
                   every)
    for size, width, frames, hidden in [(32, 0.25, 5, 24), (48, 0.5, 2, 64)]:
        ok &= hold(program, f"CNN {width} at {size}, GRU {hidden} over {frames} frames",
                   cnn_gru(size, width, frames, hidden), "last", lambda x: x,
                   ["name=cnn_gru", f"size={size}", f"width={width}", f"frames={frames}", f"hidden={hidden}",
                    "layer=block4"], every)
    print("equal" if ok else f"DIFFERENT: more than {TOLERANCE} of the largest answer")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
