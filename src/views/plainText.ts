import { harmless } from "../taskRunner/base/harmless";

/**
 * For a notification. VS Code makes a link of `[label](target)` in it, and runs the command that a target names; there is no
 * way to write one that is none, but with a space in it. A bracket that stays open would begin the label of a link of ours that follows.
 */
export function messageText(text: string): string {
  return harmless(text).replaceAll("](", "] (").replace(/\[(?=[^\]]*$)/g, "(");
}

/** For a row of a quick pick and for the status bar, where VS Code draws an icon for `$(name)`, and the text for `\$(name)`. */
export function pickText(text: string): string {
  return harmless(text).replace(/\$\((?=[A-Za-z0-9~-]+\))/g, "\\$&");
}
