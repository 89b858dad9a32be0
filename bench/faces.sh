#!/usr/bin/env bash
# Frames per second of mueca video at 640 x 480 with one face, end to end, and where the time goes.
#   bench/faces.sh build/mueca [FILM...]     the built-in drawn person, then each film, scaled and padded to 640 x 480
# Per stage: milliseconds per frame by the clock, the least that one took, and of the processor. On a machine that does
# other work the last two are the ones to compare.
set -euo pipefail
mueca=$1
shift
threads=${THREADS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in drawn:200 "$@"; do
  echo "== $source, $threads threads, annotated film written"
  "$mueca" video "$source" --frame 640x480 --headless --threads "$threads" --stages --out "$work/out.avi"
  rm -f "$work/out.avi"
  echo
done
