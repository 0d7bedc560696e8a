// Asks for a bracketed paste and tells what has come.
import { createHash } from "node:crypto";

process.stdin.setRawMode(true);
process.stdout.write("\x1b[?2004hpaste please\r\n");
const parts = [];
process.stdin.on("data", (part) => {
  parts.push(part);
  const text = Buffer.concat(parts).toString();
  const end = text.indexOf("\x1b[201~");
  if (end === -1) return;
  const pasted = text.slice(text.indexOf("\x1b[200~") + 6, end);
  process.stdout.write(`\x1b[?2004l${pasted.length} characters, md5 ${createHash("md5").update(pasted).digest("hex")}\r\n`);
  process.exit(0);
});
