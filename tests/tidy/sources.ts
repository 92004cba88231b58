// Reads all TypeScript files of the project once, with the compiler's own parser, and keeps what the rules ask about.

import { dirname, join, relative } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";
import { packageRoot } from "../../src/lib/sibling.ts";

export interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  /** Line numbers. */
  readonly environmentReads: readonly number[];
  readonly isBarrel: boolean;
  /** Names of modules that are found at run time: moduleFile("functions/unpack-worker"). */
  readonly workers: readonly string[];
}

export interface ImportFact {
  /** Relative to the root for files of ours, else the package's name. */
  readonly to: string;
  readonly line: number;
  readonly isOurs: boolean;
}

export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export function readSources(): readonly Source[] {
  const api = new API({ cwd: packageRoot });
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(packageRoot, "tsconfig.json")] });
    const program = snapshot.getProjects()[0]!.program;
    const names = program.getSourceFileNames().filter((name) => name.startsWith(packageRoot) && !name.includes("/node_modules/"));
    return names.map((name) => factsOf(relative(packageRoot, name), program.getSourceFile(name)!));
  } finally {
    api.close();
  }
}

function factsOf(path: string, file: SourceFile): Source {
  const imports: ImportFact[] = [];
  const functions: FunctionFact[] = [];
  const environmentReads: number[] = [];
  const workers: string[] = [];
  const lineOf = (position: number) => file.text.slice(0, position).split("\n").length;
  const visit = (node: Node): void => {
    const line = () => lineOf(node.getStart(file));
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ ...resolved(path, specifier), line: line() });
    if (is.isFunctionLikeDeclaration(node) && !isSuite(node)) functions.push({ ...sizeOf(node, file), line: line() });
    if (isEnvironmentRead(node, file)) environmentReads.push(line());
    const worker = workerOf(node, file);
    if (worker !== undefined) workers.push(worker);
    node.forEachChild(visit);
  };
  visit(file);
  const isBarrel =
    file.statements.length > 0 && file.statements.every((one) => is.isExportDeclaration(one) && one.moduleSpecifier !== undefined);
  return { path, text: file.text, lines: file.text.trimEnd().split("\n").length, imports, functions, environmentReads, isBarrel, workers };
}

/** Of import and export declarations and of import("…"). */
function specifierOf(node: Node): string | undefined {
  const named = is.isImportDeclaration(node) || is.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
  if (named && is.isStringLiteral(named)) return named.text;
  const first = is.isCallExpression(node) && node.expression.getText() === "import" ? node.arguments[0] : undefined;
  return first && is.isStringLiteral(first) ? first.text : undefined;
}

function resolved(from: string, specifier: string): { to: string; isOurs: boolean } {
  const isOurs = specifier.startsWith(".");
  return { to: isOurs ? join(dirname(from), specifier) : specifier, isOurs };
}

function sizeOf(node: Node, file: SourceFile): { name: string; lines: number } {
  const name = (node as { name?: Node }).name?.getText(file) ?? "a function";
  return { name, lines: file.text.slice(node.getStart(file), node.getEnd()).split("\n").length };
}

/** What describe() takes, or a function that registers tests itself, is a list of tests and not one function's work. */
function isSuite(node: Node): boolean {
  if (isCallOf(node.parent, /^(describe|suite)\b/)) return true;
  const body = (node as { body?: Node }).body;
  return (
    body !== undefined &&
    is.isBlock(body) &&
    body.statements.some((one) => is.isExpressionStatement(one) && isCallOf(one.expression, /^(test|describe)\b/))
  );
}

function isCallOf(node: Node, name: RegExp): boolean {
  return is.isCallExpression(node) && name.test(node.expression.getText());
}

function isEnvironmentRead(node: Node, file: SourceFile): boolean {
  return is.isPropertyAccessExpression(node) && node.getText(file) === "process.env";
}

function workerOf(node: Node, file: SourceFile): string | undefined {
  if (!is.isCallExpression(node) || node.expression.getText(file) !== "moduleFile") return undefined;
  const [first] = node.arguments;
  return first && is.isStringLiteral(first) ? first.text : undefined;
}
