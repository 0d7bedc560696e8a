import type * as vscode from "vscode";

const SCHEMES = ["file", "vscode-userdata", "vscode-remote"];

/** Where completion, lenses and the like are asked for. */
export const TASKS_FILES: vscode.DocumentSelector = SCHEMES.flatMap((scheme) => [
  { scheme, pattern: "**/.vscode/tasks.json" },
  { scheme, pattern: "**/*.code-workspace" },
  { scheme, pattern: "**/User/tasks.json" },
  { scheme, pattern: "**/User/profiles/*/tasks.json" },
]);

/** What a text is: undefined if it is no file with tasks. */
export function kindOfFile(uri: vscode.Uri): "folder" | "workspace" | "user" | undefined {
  if (!SCHEMES.includes(uri.scheme)) return undefined;
  if (uri.path.endsWith("/.vscode/tasks.json")) return "folder";
  if (uri.path.endsWith(".code-workspace")) return "workspace";
  return /\/User\/(profiles\/[^/]+\/)?tasks\.json$/.test(uri.path) ? "user" : undefined;
}
