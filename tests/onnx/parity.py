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

    def values(port):
        return np.fromfile(file.with_suffix("." + port.name), np.float32).reshape(-1, *port.shape[1:])

    inputs = {port.name: values(port) for port in session.get_inputs()}
    expected = [values(port) for port in session.get_outputs()]
    worst = 0.0
    for rows in (slice(0, 3), slice(0, 1)):  # the batch is open
        answers = session.run(None, {name: value[rows] for name, value in inputs.items()})
        for got, answer in zip(answers, (value[rows] for value in expected), strict=True):
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
