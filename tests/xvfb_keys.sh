#!/usr/bin/env bash
# Real keys in a real window: starts a screen of its own, opens `mueca video` on it, types with xdotool and looks at what
# happened. tests/xvfb_keys.sh path/to/mueca [SCREENSHOT.png]; exits 77 (skipped) without Xvfb or xdotool.
set -euo pipefail
mueca=$1
for tool in Xvfb xdotool; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool here"; exit 77; }
done
work=$(mktemp -d)
screen= tool=
stop() {
  [ -z "$tool" ] || kill "$tool" 2>/dev/null || true
  [ -z "$screen" ] || kill "$screen" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
screen=$!
for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
[ -s "$work/display" ] || { echo "skipped: Xvfb does not start"; exit 77; }
DISPLAY=:$(cat "$work/display")
export DISPLAY
unset WAYLAND_DISPLAY QT_QPA_PLATFORM

"$mueca" video drawn:100000 --threads 1 --pictures "$work" >"$work/out" 2>"$work/err" &
tool=$!
window=
for _ in $(seq 300); do
  window=$(xdotool search --name '^mueca: drawn' 2>/dev/null | head -n 1 || true)
  [ -n "$window" ] && break
  kill -0 "$tool" 2>/dev/null || { echo "failed: mueca ended early"; cat "$work/err"; exit 1; }
  sleep 0.1
done
[ -n "$window" ] || { echo "failed: no window"; exit 1; }

# There is no window manager that would give the focus away.
type_key() { xdotool windowfocus "$window" 2>/dev/null || true; xdotool mousemove --window "$window" 200 200 key --clearmodifiers "$1"; }
wait_for() { for _ in $(seq 300); do [ -e "$1" ] && return 0; sleep 0.1; done; echo "failed: no $1"; cat "$work/err"; exit 1; }

sleep 1
type_key s && wait_for "$work/mueca-shot-001.png"  # as it was
type_key h && type_key e && sleep 1                # key help, emoji
type_key s && wait_for "$work/mueca-shot-002.png"
! cmp -s "$work/mueca-shot-001.png" "$work/mueca-shot-002.png" || { echo "failed: keys changed nothing"; exit 1; }
[ $# -lt 2 ] || cp "$work/mueca-shot-002.png" "$2"
type_key q
for _ in $(seq 300); do kill -0 "$tool" 2>/dev/null || break; sleep 0.1; done
! kill -0 "$tool" 2>/dev/null || { echo "failed: q does not quit"; exit 1; }
code=0
wait "$tool" || code=$?
tool=
[ "$code" = 0 ] || { echo "failed: exit code $code"; cat "$work/err"; exit 1; }
echo "passed: s, h, e and q in a window on $DISPLAY"
