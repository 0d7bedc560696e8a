import * as l10n from "@vscode/l10n";
import { getNodeValue, type Node } from "jsonc-parser";
import { closest } from "./closest";
import { meantValues } from "./meant";
import type { Fix } from "./problem";
import { removeProperty } from "./properties";
import { endOf, type JsonObject, type Property } from "./tasksDocument";
import { replaceRange, written } from "./textEdits";

/**
 * What would mend a value that is refused.
 * @param owner the task, or the part of it, in which the path begins
 * @param node the value
 */
export function fixesFor(text: string, owner: JsonObject, path: string, node: Node): Fix[] {
  const value = getNodeValue(node) as unknown;
  const key = /^restart\.(.*)$/s.exec(path)?.[1];
  if (key !== undefined && !["on", "max", "within"].includes(key)) return renameTo(node, closest(key, ["on", "max", "within"]));
  const meant = meantValues(path, value).map((one) => changeTo(node, one));
  if (path === "cancelCommand") return [...meant, ...removalOf(text, owner, "cancelCommand"), ...removalOf(text, owner, "cancelInput")];
  const isNever = path === "restart" && (value === false || (typeof value === "string" && /^(never|no|none|off|false)$/i.test(value)));
  return isNever ? removalOf(text, owner, "restart") : meant;
}

export function removalOf(text: string, object: JsonObject, name: string): Fix[] {
  const property = object.get(name);
  return property === undefined ? [] : [removal(text, object, property)];
}

/** Of two with one name, this one. */
export function removal(text: string, object: JsonObject, property: Property): Fix {
  return { title: l10n.t('Remove "{0}"', property.name), edits: removeProperty(text, object, property) };
}

/** @param node a value, or the name of a property */
export function changeTo(node: Node, meant: unknown): Fix {
  return { title: l10n.t("Change to {0}", written(meant)), edits: [replaceRange(node.offset, endOf(node), written(meant))] };
}

/** @param node the value of the property */
function renameTo(node: Node, meant: string | undefined): Fix[] {
  const [key] = node.parent?.type === "property" ? (node.parent.children ?? []) : [];
  const isTaken = node.parent?.parent?.children?.some((property) => property.children?.[0]?.value === meant) === true;
  return key === undefined || meant === undefined || isTaken ? [] : [changeTo(key, meant)];
}
