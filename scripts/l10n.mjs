// npm run l10n: writes l10n/bundle.l10n.json, every message that src/ gives to l10n.t, for translators. With --print it goes to the output instead.
// The form is that of @vscode/l10n-dev's export; that program brings 50 packages along, which is too much for this.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";

import { ensureDependencies, root } from "./setup.mjs";

const file = join(root, "l10n", "bundle.l10n.json");

function sources() {
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The calls of l10n.t in a file, as [key, entry]. Throws an Error with one sentence where a message is not written out. */
function messagesIn(path) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "l10n.t") found.push(messageOf(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function messageOf(call, source) {
  const [given] = call.arguments;
  const isObject = given !== undefined && ts.isObjectLiteralExpression(given);
  const valueOf = (name) => (isObject ? given.properties.find((property) => ts.isPropertyAssignment(property) && property.name.getText(source) === name)?.initializer : undefined);
  const message = textOf(isObject ? valueOf("message") : given);
  const comments = valueOf("comment");
  const comment = comments === undefined ? [] : (ts.isArrayLiteralExpression(comments) ? [...comments.elements] : [comments]).map(textOf);
  if (message === undefined || comment.includes(undefined)) {
    const { line } = source.getLineAndCharacterOfPosition(call.getStart(source));
    throw new Error(`${relative(root, source.fileName)}:${line + 1}: a message and its comments must be written out where l10n.t is called.`);
  }
  // The library looks a message with a comment up by both.
  return comment.length === 0 ? [message, message] : [`${message}/${comment.join("")}`, { message, comment }];
}

function textOf(node) {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

try {
  ensureDependencies();
  const { values } = parseArgs({ options: { print: { type: "boolean" } } });
  const messages = new Map(sources().flatMap(messagesIn));
  const bundle = Object.fromEntries([...messages].sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = `${JSON.stringify(bundle, null, 2)}\n`;
  if (values.print) process.stdout.write(text);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
