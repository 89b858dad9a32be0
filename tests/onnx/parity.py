"""Holds mueca's ONNX files against the ONNX checker and against ONNX Runtime.

    parity.py ONNX_PARITY_PROGRAM

Exit code 77 (skipped) where one of them is not installed: pip install onnx onnxruntime
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-4  # of the largest answer


def largest_difference(file):
    onnx.checker.check_model(onnx.load(file), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (image,), (output,) = session.get_inputs(), session.get_outputs()
    x = np.fromfile(file.with_suffix(".image"), np.float32).reshape(-1, *image.shape[1:])
    expected = np.fromfile(file.with_suffix(".output"), np.float32).reshape(len(x), *output.shape[1:])
    worst = 0.0
    for batch, answer in ((x, expected), (x[:1], expected[:1])):  # the batch is open
        (got,) = session.run(None, {image.name: batch})
        assert got.shape == answer.shape, f"{file.name}: {got.shape} instead of {answer.shape}"
        worst = max(worst, float(np.abs(got - answer).max() / np.abs(answer).max()))
    return worst


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        files = sorted(pathlib.Path(folder).glob("*.onnx"))
        assert len(files) > 5, "the program wrote too few networks"
        for file in files:
            worst = largest_difference(file)
            print(f"{file.stem}: {worst:.1e} of the largest answer")
            assert worst < TOLERANCE, f"{file.stem} differs"


main()
