#!/usr/bin/env python3
"""The page of `mueca embed` in a real browser: mouse, fingers, keys, search, a hostile class name, no network.

tests/explorer_page.py path/to/mueca [FOLDER for screenshots]; exits 77 (skipped) without Chromium.
"""
import json
import os
import subprocess
import sys
import tempfile

import browser

WEIGHTS = os.path.join(os.path.dirname(__file__), "..", "data", "weights", "baseline_cnn_gap_fer2013.h5")
AT = "(i => [screenX(state.xy[2*i]) + stage.getBoundingClientRect().left, screenY(state.xy[2*i+1]) + stage.getBoundingClientRect().top])"
SHIFT = 8


def same(got, wanted, what):
    assert got == wanted, f"{what}: expected {str(wanted)[:300]}, got {str(got)[:300]}"


def make_page(mueca, folder):
    def tool(*words):
        done = subprocess.run([mueca, *words], capture_output=True, text=True)
        assert done.returncode == 0, f"mueca {' '.join(words)}: {done.stderr}"

    pack = os.path.join(folder, "faces.h5")
    tool("data", "faces", "--out", pack, "--training", "60", "--public-test", "60", "--private-test", "180")
    tool("embed", "--data", pack, "--checkpoint", WEIGHTS, "--split", "private_test", "--perplexity", "10",
         "--iterations", "250", "--out", os.path.join(folder, "map"), "--threads", "1")
    return os.path.join(folder, "map", "explorer.html")


def settled(b):
    b.js("new Promise(done => { const look = () => state.moving || due ? requestAnimationFrame(look) : done(); look(); })")


def lone_point(b):
    """A point that no other covers, and no button is near, so that a mouse or a finger on it means it."""
    return b.js("(() => { const xy = projections[state.projection].xy; let best = 0, far = -1;"
                "for (let i = 0; i < count; ++i) { const x = xy[2*i], y = xy[2*i+1];"
                f"  const [sx, sy] = {AT}(i), near = [[0, 0], [24, 0], [-24, 0], [0, 24], [0, -24]].map("
                "    ([dx, dy]) => document.elementFromPoint(sx + dx, sy + dy));"
                "  if (!near[0] || near.some((e) => e && e.closest('#zoom'))) continue;"
                "  const j = state.grid.nearest(x, y, 1, 9, (j) => j !== i)[0], d = Math.hypot(x - xy[2*j], y - xy[2*j+1]);"
                "  if (d > far) far = d, best = i; } return best; })()")


def mouse(b):
    i = lone_point(b)
    x, y = b.js(f"{AT}({i})")
    b.mouse("mouseMoved", x, y)
    settled(b)
    same(b.js("state.hover"), i, "point under the mouse")
    text = b.js("card.textContent")
    assert str(b.js(f"row[{i}]")) in text and b.js(f"page.classes[label[{i}]].name") in text, text
    same(b.js("card.hidden"), False, "card hidden")
    b.js("new Promise(done => setTimeout(done, 300))")
    dark, light = b.js("(() => { const d = card.querySelector('canvas').getContext('2d').getImageData(0, 0, 240, 240).data;"
                       "let a = 255, z = 0; for (let i = 0; i < d.length; i += 4) a = Math.min(a, d[i]), z = Math.max(z, d[i]);"
                       "return [a, z]; })()")
    assert light - dark > 60, f"the thumbnail shows nothing: {dark} to {light}"

    b.click(x, y)
    settled(b)
    same(b.js("state.kept"), i, "kept point")
    brute = b.js(f"(() => {{ const xy = projections[state.projection].xy, d = j => Math.hypot(xy[2*j] - xy[{2 * i}], xy[2*j+1] - xy[{2 * i + 1}]);"
                 f"return [...Array(count).keys()].filter(j => j !== {i}).sort((a, c) => d(a) - d(c) || a - c).slice(0, 5); }})()")
    same(b.js("state.beside"), brute, "five nearest neighbours")
    same(b.js("card.querySelectorAll('.beside button').length"), 5, "neighbours on the card")
    b.js("card.querySelector('.beside button').click()")
    same(b.js("state.kept"), brute[0], "the neighbour that was chosen")

    before = b.js("[state.x, state.y, state.scale]")
    b.mouse("mousePressed", 300, 400, button="left", clickCount=1)
    for step in range(1, 6):
        b.mouse("mouseMoved", 300 + 10 * step, 400 + 4 * step, button="left", buttons=1)
    b.mouse("mouseReleased", 350, 420, button="left", clickCount=1)
    after = b.js("[state.x, state.y, state.scale]")
    same([round(q - p) for p, q in zip(before, after)], [50, 20, 0], "dragged by")
    same(b.js("state.kept"), brute[0], "kept point after a drag")

    under = "[(400 - stage.getBoundingClientRect().left - state.x) / state.scale, (state.y - 300 + stage.getBoundingClientRect().top) / state.scale]"
    fixed = b.js(under)
    b.mouse("mouseWheel", 400, 300, deltaX=0, deltaY=-240)
    settled(b)
    assert b.js("state.scale") > after[2] * 1.3, "the wheel did not zoom"
    assert max(abs(p - q) for p, q in zip(fixed, b.js(under))) < 1e-6, "the place under the cursor moved"
    b.click(300, 700, times=2)
    same(b.js("state.home"), True, "all shown after a double click")
    b.js("keep(-1)")


def legend(b):
    counts = b.js("modes[0].counts")
    same(sum(counts), b.js("count"), "points in the legend")
    press = "legend.querySelectorAll('.toggle')[%d]"
    pressed = "[...legend.querySelectorAll('.toggle')].map(t => t.getAttribute('aria-pressed') === 'true')"
    b.js(press % 1 + ".click()")
    settled(b)
    same(b.js(pressed), [k != 1 for k in range(len(counts))], "shown classes")
    x, y = b.js(f"legend.querySelectorAll('.toggle')[2].getBoundingClientRect().toJSON()")["x"] + 20, b.js(
        "legend.querySelectorAll('.toggle')[2].getBoundingClientRect().y") + 10
    b.click(x, y, modifiers=1)
    same(b.js(pressed), [k == 2 for k in range(len(counts))], "shown classes after alt-click")
    same(b.js("[...Array(count).keys()].filter(isShown).length"), counts[2], "shown points")
    b.click(x, y, modifiers=1)
    same(b.js(pressed), [True] * len(counts), "shown classes after alt-click again")
    b.click(x, y, times=2)
    same(b.js(pressed), [k == 2 for k in range(len(counts))], "shown classes after a double click")
    hidden = b.js("[...Array(count).keys()].find(i => !isShown(i))")
    same(b.js(f"(() => {{ const [x, y] = {AT}({hidden}), box = stage.getBoundingClientRect(); return pick(x - box.left, y - box.top, 0.01); }})()"), -1,
         "a hidden point under the mouse")
    b.click(x, y, times=2)
    for mode, items in ((1, len(counts)), (2, 2)):
        b.js(f"showMode({mode})")
        same(b.js("legend.querySelectorAll('.toggle').length"), items, "items of the legend")
        same(b.js(f"modes[{mode}].counts.reduce((a, v) => a + v)"), b.js("count"), "points in the legend")
    b.js("showMode(0)")


def searching(b):
    def matches(text):
        b.js(f"search.value = {text!r}; search.dispatchEvent(new Event('input'))")
        return b.js("state.match && [...state.match.keys()].filter(i => state.match[i])")

    rows, label, predicted, confidence = (b.js(f"[...{c}]") for c in ("row", "label", "predicted", "confidence"))
    names = [c["name"] for c in b.js("page.classes")]
    n = range(len(rows))
    happy, sad = names.index("happy"), names.index("sad")
    wanted = {
        str(rows[7]): [7],
        f"{rows[3]}-{rows[5]} {rows[9]}": [3, 4, 5, 9],
        "happy": [i for i in n if label[i] == happy],
        "HAPP": [i for i in n if label[i] == happy],
        "wrong": [i for i in n if label[i] != predicted[i]],
        "right sad": [i for i in n if label[i] == predicted[i] == sad],
        "happy->sad": [i for i in n if label[i] == happy and predicted[i] == sad],
        "->sad": [i for i in n if predicted[i] == sad],
        "<0.5": [i for i in n if confidence[i] / 65535 < 0.5],
        '>=.5 "happy"': [i for i in n if confidence[i] / 65535 >= 0.5 and label[i] == happy],
        "private_test": list(n),
    }
    for text, rows_found in wanted.items():
        same(matches(text), rows_found, f"matches of {text}")
        same(b.js("document.getElementById('found').textContent"), f"{len(rows_found)} of {len(rows)}", "count")
    assert wanted["wrong"] and wanted["<0.5"] and wanted["->sad"], "a search that finds nothing proves nothing"
    same(matches("joyful"), None, "matches of an unknown class")
    same(b.js("document.getElementById('found').textContent"), '"joyful" is no row, class or split', "complaint")
    matches("wrong")
    settled(b)
    b.js("search.focus()")
    for expected in wanted["wrong"][:2]:
        b.key("Enter")
        same(b.js("state.kept"), expected, "next match")
    b.key("Escape")
    same(b.js("[search.value, state.match]"), ["", None], "search after Esc")
    b.js("keep(-1)")


def keys(b):
    scale = b.js("state.scale")
    b.js("stage.focus()")
    b.key("+")
    assert b.js("state.scale") > scale
    x = b.js("state.x")
    b.key("ArrowLeft")
    same(b.js("state.x") - x, 60, "panned by an arrow")
    b.key("0")
    same(b.js("[state.scale, state.home]"), [scale, True], "scale after 0")
    b.key("Enter")
    kept = b.js("state.kept")
    assert kept >= 0, "Enter kept nothing"
    b.key("ArrowRight", SHIFT)
    right = b.js("state.kept")
    assert b.js(f"state.xy[{2 * right}] > state.xy[{2 * kept}]"), "shift and arrow did not walk right"
    assert b.js("spoken.textContent").startswith("row"), "nothing is said of the kept point"
    b.key("Escape")
    same(b.js("state.kept"), -1, "kept point after Esc")
    b.key("t")
    assert b.js("state.moving !== null"), "the points do not wander"
    settled(b)
    assert b.js("state.xy.every((v, i) => Math.abs(v - projections[1].xy[i]) < 1e-6)"), "the points are not where they belong"
    same(b.js("[...document.querySelectorAll('#projections button')].map(p => p.getAttribute('aria-pressed'))"), ["false", "true"], "pressed")
    b.key("t")
    settled(b)
    b.key("c")
    same(b.js("state.mode"), 1, "colour mode")
    b.js("showMode(0)")
    b.key("/")
    same(b.js("document.activeElement.id"), "search", "focus after /")


def fingers(b):
    b.size(390, 780, phone=True, scale=2)
    settled(b)
    same(b.js("document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"), True,
         "the page fits a phone")
    b.js("showAll()")  # wherever the keys have left the view
    settled(b)
    i = lone_point(b)
    x, y = b.js(f"{AT}({i})")
    point = lambda x, y, id=0: {"x": x, "y": y, "id": id}
    b.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point(x, y)])
    b.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    settled(b)
    same(b.js("state.kept"), i, "tapped point")
    scale = b.js("state.scale")
    b.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point(180, 300), point(220, 300, 1)])
    for d in range(10, 60, 10):
        b.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[point(180 - d, 300), point(220 + d, 300, 1)])
    b.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    settled(b)
    assert abs(b.js("state.scale") / scale - 3.5) < 0.2, f"pinched by {b.js('state.scale') / scale}"
    b.js("showAll()")


def hostile(b, page, folder):
    """A class whose name is markup: shown as it is written, run by nobody."""
    name = "</script><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    with open(page, encoding="utf-8") as read:
        text = read.read()
    changed = text.replace('"name":"happy"', '"name":' + json.dumps(name).replace("<", "\\u003c"), 1)
    assert changed != text, "no class to rename"
    copy = os.path.join(folder, "hostile.html")
    with open(copy, "w", encoding="utf-8") as write:
        write.write(changed)
    b.open(copy)
    same(b.problems(), [], "the console")
    k = b.js("page.classes.findIndex(c => c.name.startsWith('<'))")
    b.js(f"keep([...label.keys()].find(i => label[i] === {k}))")
    settled(b)
    assert name in b.js("card.textContent") and name in b.js("legend.textContent"), "the name is not shown"
    same(b.js("document.images.length"), 0, "images that a name made")
    assert b.js("document.title") != "run", "a name was run"
    # What a name could not reach anyway: a script that is not the page's own.
    b.js("document.body.append(Object.assign(document.createElement('script'), {textContent: \"document.title = 'run'\"}))")
    assert b.js("document.title") != "run", "the policy lets strange scripts run"
    assert any("Content Security Policy" in p for p in b.problems()), "the policy was not asked"


def main():
    program = browser.find()
    if not program:
        print("skipped: no Chromium here")
        return 77
    pictures = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder, browser.Browser(program) as b:
        page = sys.argv[1] if sys.argv[1].endswith(".html") else make_page(sys.argv[1], folder)
        b.open(page)
        for check in (mouse, legend, searching, keys, fingers):
            check(b)
            same(b.problems(), [], "the console")
            if pictures:
                b.screenshot(os.path.join(pictures, check.__name__ + ".png"))
            print(f"{check.__name__}: well")
        hostile(b, page, folder)
        print("hostile: well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
