// Writes so many MB of numbered lines, in turn to stdout and stderr, and exits at once.
import { writeSync } from "node:fs";

const size = Number(process.argv[2]) * 1_000_000;
const next = [0, 0, 0];

function block(fd) {
  let text = "";
  while (text.length < 60_000) text += `${fd === 1 ? "o" : "e"}${next[fd]++} ${"x".repeat(next[fd] % 80)}\n`;
  return text;
}

function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

for (let written = 0; written < size; ) {
  for (const fd of [1, 2]) {
    const bytes = Buffer.from(block(fd));
    writeAll(fd, bytes);
    written += bytes.length;
  }
}
writeAll(1, Buffer.from(`lines ${next[1]} ${next[2]}\n`));
process.exit(0);
