import { join } from "node:path";
import { inQuotationMarks } from "../base/commandLine";

/** Whether an argument ends the line for cmd.exe, which has no way to quote that. */
export function hasLineBreak(arg: string): boolean {
  return /[\r\n]/.test(arg);
}

/**
 * What runs a batch file with these arguments: cmd.exe, with a line in which nothing of an argument has a meaning of its own, neither for
 * this cmd.exe, nor for the batch file that hands it on (`%*`), nor for the program that takes it apart at last. The rules are those of
 * Rust's standard library since CVE-2024-24576; escaping by ^, as others do, does not outlive the batch file.
 */
export function batchCall(program: string, args: readonly string[], environment: Readonly<Record<string, string | undefined>>): { readonly program: string; readonly args: readonly string[] } {
  // Not %ComSpec%, which may be another one with rules of its own.
  const root = environment["SystemRoot"] ?? "C:\\Windows";
  const line = [`"${withoutVariables(program)}"`, ...args.map(quoted)].join(" ");
  // Without the user's AutoRun; with extensions, which %cd:~,% needs; !a! is no variable.
  return { program: join(root, "System32", "cmd.exe"), args: ["/d", "/e:on", "/v:off", "/s", "/c", `"${line}"`] };
}

function quoted(arg: string): string {
  // What is not known to be harmless is quoted; a backslash at the end also, lest it stand before a quotation mark of the batch file ("%~1").
  if (/^[A-Za-z0-9#$*+\-./:?@\\_]+$/.test(arg) && !arg.endsWith("\\")) return arg;
  // Doubled, a quotation mark is one for the program, and opens nothing for cmd.exe that is not closed.
  return withoutVariables(inQuotationMarks(arg, '""'));
}

/** A percent sign with nothing behind it that could be a variable's name: %cd:~,% is an empty text. */
function withoutVariables(text: string): string {
  return text.replaceAll("%", "%%cd:~,%");
}
