// npm run pictures: makes the moving picture of the README, and the ones of the examples, from what the tests of the user interface have seen (npm test -- ui).
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import gifenc from "gifenc";
import { PNG } from "pngjs";

import { root } from "./setup.mjs";

const { applyPalette, GIFEncoder, quantize } = gifenc;
/** What is shown, and for how long, in ms. */
const FRAMES = [
  ["light-make-cancellable-pick", 2500],
  ["light-make-cancellable-preview", 2500],
  ["light-make-cancellable-running", 2500],
  ["light-make-cancellable-stopped", 4000],
];
/** What examples/README.md shows, by the names of the tests' screenshots. */
const EXAMPLES = {
  stopped: "dark-server-stopped",
  stopping: "dark-stopping",
  "hung-pipe": "dark-hung-pipe",
  holder: "dark-holder-named",
  survivors: "dark-survivors",
  "earlier-window": "light-left-by-an-earlier-window",
  terminal: "light-node-prompt",
};
const WIDTH = 640;
/** Interfaces have few colours; every further one makes the file larger. */
const COLORS = 24;

const frames = FRAMES.map(([name, delay]) => ({ ...shrink(PNG.sync.read(readFileSync(seen(name)))), delay }));
const all = Buffer.concat(frames.map(({ data }) => data));
const palette = quantize(all, COLORS - 1);
// Where nothing has changed the frame before shines through, which costs nothing.
const transparentIndex = palette.push([0, 0, 0]) - 1;
const gif = GIFEncoder();
let before;
for (const { data, width, height, delay } of frames) {
  const now = applyPalette(data, palette.slice(0, transparentIndex));
  const shown = before === undefined ? now : now.map((color, i) => (color === before[i] ? transparentIndex : color));
  gif.writeFrame(shown, width, height, { palette, delay, dispose: 1, transparent: before !== undefined, transparentIndex });
  before = now;
}
gif.finish();
const file = join(root, "media", "first-minute.gif");
writeFileSync(file, gif.bytes());
console.log(`${file}: ${gif.bytes().length} bytes`);

for (const [name, screenshot] of Object.entries(EXAMPLES)) copyFileSync(seen(screenshot), join(root, "media", "screenshots", `${name}.png`));

function seen(name) {
  return join(root, "out", "screenshots", `${name}.png`);
}

/** Each pixel is the mean of those that it stands for. */
function shrink({ width, height, data }) {
  const scale = width / WIDTH;
  const small = { width: WIDTH, height: Math.floor(height / scale) };
  const pixels = Buffer.alloc(small.width * small.height * 4);
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) pixels.set(meanOf(data, width, [x * scale, (x + 1) * scale], [y * scale, Math.min(height, (y + 1) * scale)]), (y * small.width + x) * 4);
  }
  return { ...small, data: pixels };
}

function meanOf(data, width, [left, right], [top, bottom]) {
  const sum = [0, 0, 0, 0];
  let area = 0;
  for (let y = Math.floor(top); y < bottom; y++) {
    for (let x = Math.floor(left); x < right; x++) {
      const part = (Math.min(x + 1, right) - Math.max(x, left)) * (Math.min(y + 1, bottom) - Math.max(y, top));
      for (let i = 0; i < 4; i++) sum[i] += part * data[(y * width + x) * 4 + i];
      area += part;
    }
  }
  return sum.map((value) => Math.round(value / area));
}
