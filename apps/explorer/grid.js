
// The points in square cells, so that the nearest ones are found by looking around instead of at all of them.
class Grid {
  constructor(xy) {
    const n = xy.length / 2;
    this.xy = xy;
    this.side = Math.max(1, Math.min(256, Math.ceil(Math.sqrt(n / 2))));
    this.start = new Uint32Array(this.side * this.side + 1);
    this.members = new Uint32Array(n);
    const cell = new Uint32Array(n);
    for (let i = 0; i < n; ++i) {
      cell[i] = this.place(xy[2 * i + 1]) * this.side + this.place(xy[2 * i]);
      ++this.start[cell[i] + 1];
    }
    for (let c = 0; c < this.side * this.side; ++c) this.start[c + 1] += this.start[c];
    const next = this.start.slice();
    for (let i = 0; i < n; ++i) this.members[next[cell[i]]++] = i;
  }

  place(v) { return Math.max(0, Math.min(this.side - 1, Math.floor((v + 1) / 2 * this.side))); }

  // The k nearest points to (x, y) within `radius` that `accept` takes, nearest first; equal distances by number.
  nearest(x, y, k, radius, accept) {
    const found = [], width = 2 / this.side, cx = this.place(x), cy = this.place(y);
    const closer = (a, b) => a.d - b.d || a.i - b.i;
    for (let ring = 0; ring < this.side; ++ring) {
      const reach = Math.max(0, ring - 1) * width;  // what lies in this ring is at least that far away
      if (reach > radius || (found.length === k && found[k - 1].d < reach * reach)) break;
      for (let gy = Math.max(0, cy - ring); gy <= Math.min(this.side - 1, cy + ring); ++gy) {
        const whole = Math.abs(gy - cy) === ring;
        for (let gx = cx - ring; gx <= cx + ring; gx += whole || ring === 0 ? 1 : 2 * ring) {
          if (gx < 0 || gx >= this.side) continue;
          const c = gy * this.side + gx;
          for (let m = this.start[c]; m < this.start[c + 1]; ++m) {
            const i = this.members[m], dx = this.xy[2 * i] - x, dy = this.xy[2 * i + 1] - y, d = dx * dx + dy * dy;
            if (d > radius * radius || (found.length === k && d >= found[k - 1].d) || !accept(i)) continue;
            found.push({ i, d });
            found.sort(closer);
            if (found.length > k) found.pop();
          }
        }
      }
    }
    return found.map((f) => f.i);
  }
}
