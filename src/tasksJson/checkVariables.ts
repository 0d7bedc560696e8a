import * as l10n from "@vscode/l10n";
import type { Node } from "jsonc-parser";
import { isVariable, split, VARIABLE_NAMES, written } from "../taskRunner/task/variableValues";
import { closest } from "./closest";
import { COMMAND_PROPERTIES } from "./knownProperties";
import { OWN_PROPERTIES } from "./makeBuiltIn";
import type { Fix, Problem } from "./problem";
import { endOf, rawOf, type Entry, type TasksDocument } from "./tasksDocument";
import { replaceRange } from "./textEdits";

/** Variables in a task that have no value, or that only look like VS Code's. */
export function unknownVariables({ text, settings }: TasksDocument, entry: Entry): Problem[] {
  const list = settings?.value("inputs");
  const inputs = (Array.isArray(list) ? (list as unknown[]) : []).flatMap((one) => (typeof one === "object" && one !== null && "id" in one && typeof one.id === "string" ? [one.id] : []));
  const texts = entry.properties.filter(({ name }) => READ.includes(name)).flatMap(({ name, value }) => textsIn(value).map((node) => ({ name, node })));
  return texts.flatMap(({ name, node }) => [...rawOf(text, node).matchAll(/\$\{([^{}"]*)\}/g)].flatMap(({ 0: whole, 1: inner = "", index }) => {
    const place = { start: node.offset + index, end: node.offset + index + whole.length };
    const [kind, argument] = split(inner);
    if (kind === "input" && argument !== undefined) return inputs.includes(argument) ? [] : [missingInput(place, name, argument, closest(argument, inputs))];
    const meant = isVariable(inner) ? undefined : meantVariable(inner);
    return meant === undefined ? [] : [{ ...place, severity: "warning", message: l10n.t("\"{0}\" has {1}, which is none of VS Code's variables: did you mean {2}?", name, whole, written(meant)), fixes: [change(place, written(meant))] }];
  }));
}

/** The properties in which VS Code replaces variables. */
const READ: readonly string[] = [...COMMAND_PROPERTIES, ...OWN_PROPERTIES];

interface Place {
  readonly start: number;
  readonly end: number;
}

function missingInput(place: Place, name: string, id: string, meant: string | undefined): Problem {
  const variable = written(`input:${id}`);
  const message = meant === undefined ? l10n.t('"{0}" has {1}, but "inputs" of this file has no {2}.', name, variable, JSON.stringify(id)) : l10n.t('"{0}" has {1}, but "inputs" of this file has no {2}: did you mean {3}?', name, variable, JSON.stringify(id), JSON.stringify(meant));
  return { ...place, severity: "error", message, fixes: meant === undefined ? [] : [change(place, written(`input:${meant}`))] };
}

/** What is no variable of VS Code's is left to a shell: `${HOME}` and `${FILE}` are its own. */
function meantVariable(inner: string): string | undefined {
  const [, prefix, argument] = /^(env|config|input|command)s?[.:]\s*(\S+)$/i.exec(inner) ?? [];
  if (prefix !== undefined && argument !== undefined) return `${prefix.toLowerCase()}:${argument}`;
  const [name, argument2] = split(inner);
  if (!/^[A-Za-z]{5,}$/.test(name) || name === name.toUpperCase()) return undefined;
  const meant = closest(name, VARIABLE_NAMES);
  return meant === undefined ? undefined : [meant, ...(argument2 === undefined ? [] : [argument2])].join(":");
}

function change({ start, end }: Place, meant: string): Fix {
  return { title: l10n.t("Change to {0}", meant), edits: [replaceRange(start, end, meant)] };
}

/** The texts that are values; VS Code replaces nothing in names. */
function textsIn(node: Node): Node[] {
  if (node.type === "string") return [node];
  const children = node.type === "property" ? (node.children ?? []).slice(1) : (node.children ?? []);
  return children.filter((child) => endOf(child) > child.offset).flatMap(textsIn);
}
