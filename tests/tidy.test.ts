// Holds the house rules that a machine can check; ARCHITECTURE.md and STYLE.md say why they are there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../src/lib/sibling.ts";
import { brokenRule, mayLoadInThread } from "./tidy/rooms.ts";
import { readSources } from "./tidy/sources.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const FORBIDDEN_NAMES = ["utils", "util", "helpers", "helper", "common", "types", "manager", "service", "index", "misc"];

/** Tables that must name every file of a kind. */
const TABLES = [
  { table: "src/cli/commands.ts", files: "src/cli/commands/*.ts" },
  { table: "src/procs.ts", files: "src/**/*.procs.ts" },
  { table: "src/store/migrations.ts", files: "src/store/migrations/*.ts" },
];

const sources = readSources();
const written = sources.filter((source) => !source.path.startsWith("src/models/"));
const program = sources.filter((source) => source.path.startsWith("src/"));

test("imports follow the order of the rooms", () => {
  const broken = program.flatMap(({ path, imports }) =>
    imports
      .filter((one) => one.isOurs)
      .map((one) => ({ ...one, rule: brokenRule({ from: path.slice(4), to: one.to.replace(/^src\//, "") }) }))
      .filter((one) => one.rule !== undefined)
      .map((one) => `${path}:${one.line} imports ${one.to}: ${one.rule}.`),
  );
  none(broken);
});

test("what runs inside sandboxes imports nothing of src/", () => {
  const guests = globSync("guest/**/*.{cjs,mjs,js}", { cwd: packageRoot });
  none(guests.filter((file) => /["'](\.\.\/)+src\//.test(read(file))).map((file) => `${file} imports something of src/.`));
});

test(`files have at most ${FILE_LINES_MAX} lines`, () => {
  const others = globSync(["guest/**/*.{cjs,mjs,py}", "native/*/src/**/*.rs", "scripts/**/*.{mjs,py}"], { cwd: packageRoot });
  const sizes = [...written, ...others.map((path) => ({ path, lines: read(path).trimEnd().split("\n").length }))];
  none(sizes.filter(({ lines }) => lines > FILE_LINES_MAX).map(({ path, lines }) => `${path} has ${lines} lines. Split it by decision.`));
});

test(`functions have at most ${FUNCTION_LINES_MAX} lines`, () => {
  const long = written.flatMap(({ path, functions }) =>
    functions.filter((one) => one.lines > FUNCTION_LINES_MAX).map((one) => ({ path, ...one })),
  );
  none(long.map((one) => `${one.path}:${one.line} ${one.name} has ${one.lines} lines.`));
});

test("every source file opens with a comment that says what it is for", () => {
  const must = written.filter(({ path }) => !path.startsWith("tests/"));
  none(must.filter(({ text }) => !/^(#!.*\n)?\/[/*]/.test(text)).map(({ path }) => `${path} opens without a comment.`));
});

test("node:http is taken without its module face, which loads 5 MB that nobody needs", () => {
  const faces = program.filter(({ text }) => /^import (?!type\b)[^;]*from "node:http"/m.test(text));
  none(faces.map(({ path }) => `${path} imports node:http itself. lib/http.ts has it for less (docs/decisions/0003).`));
});

test("no file is a barrel", () => {
  none(written.filter((source) => source.isBarrel).map(({ path }) => `${path} only hands on what others export. Import from where it is.`));
});

test("files are named by what is inside", () => {
  const named = program.filter(({ path }) => FORBIDDEN_NAMES.includes(basename(path, ".ts")));
  none(named.map(({ path }) => `${path} says nothing about what is inside.`));
});

test("only config.ts reads process.env", () => {
  const readers = program.filter(({ path }) => path !== "src/config.ts");
  none(
    readers.flatMap(({ path, environmentReads }) =>
      environmentReads.map((line) => `${path}:${line} reads process.env. Make it a setting in config.ts.`),
    ),
  );
});

test("every file of src/ is used", () => {
  const programs = written.filter(({ path }) => /^(scripts|bench)\//.test(path)).map(({ path }) => path);
  const used = reachable(["src/main.ts", ...programs, ...program.flatMap(({ workers }) => workers.map((name) => `src/${name}.ts`))]);
  const unused = program.filter(({ path }) => !used.has(path) && !path.startsWith("src/models/")); // types of services still to come
  none(unused.map(({ path }) => `${path} is imported by nothing that runs. Use it or delete it.`));
});

test("the SQLite thread loads no room but those of its procs, store, models and lib", () => {
  const procs = program.filter(({ path }) => path.endsWith(".procs.ts")).map(({ path }) => path);
  const foreign = procs.flatMap((path) =>
    [...reachable([path])].filter((file) => !mayLoadInThread(path.slice(4), file.slice(4))).map((file) => `${path} leads to ${file}.`),
  );
  none(foreign);
});

test("worker entries named by moduleFile exist", () => {
  const named = program.flatMap(({ path, workers }) => workers.map((name) => ({ path, file: `src/${name}.ts` })));
  none(
    named
      .filter(({ file }) => !existsSync(join(packageRoot, file)))
      .map(({ path, file }) => `${path} starts ${file}, which does not exist.`),
  );
});

for (const { table, files } of TABLES) {
  test(`${table} names every file of ${files}`, () => {
    const imported = new Set(sources.find((source) => source.path === table)?.imports.map((one) => one.to));
    const missing = globSync(files, { cwd: packageRoot }).filter((file) => !imported.has(file));
    none(missing.map((file) => `${file} has no line in ${table}.`));
  });
}

test("a file named after an operation is in its service's table", () => {
  const tables = program.filter(({ path }) => /^src\/services\/[^/]+\/operations\.ts$/.test(path));
  const missing = tables.flatMap(({ path, imports }) => {
    const model = imports.map((one) => /^src\/models\/(.+)\.ts$/.exec(one.to)?.[1]).find((name) => name !== undefined);
    const operations = new Set(Object.keys(JSON.parse(read(`models/${model}.json`)).operations).map((name) => name.toLowerCase()));
    const named = program.filter(
      (one) => one.path.startsWith(dirname(path)) && operations.has(basename(one.path, ".ts").replaceAll("-", "")),
    );
    return named.filter((one) => !imports.some(({ to }) => to === one.path)).map((one) => `${one.path} has no line in ${path}.`);
  });
  assert.ok(tables.length > 0);
  none(missing);
});

test("every error that an operator meets has its page", () => {
  const codes = new Set(program.flatMap(({ text }) => [...text.matchAll(/new PlatformError\(\s*"([^"]+)"/g)].map(([, code]) => code)));
  none(
    [...codes]
      .filter((code) => !existsSync(join(packageRoot, `docs/errors/${code}.md`)))
      .map((code) => `docs/errors/${code}.md is missing.`),
  );
});

test("nothing in the repository names one machine's paths or a registry's host", () => {
  const forbidden = [
    `/${"work"}/(main|shared)`,
    `/tmp/${"lambent"}/`,
    `/${"root"}/`,
    `registry\\.${"npmjs"}`,
    `${"pypi"}\\.org`,
    `${"pythonhosted"}\\.org`,
  ];
  const pattern = new RegExp(forbidden.join("|"));
  const named = tracked().flatMap((file) => {
    const found = pattern.exec(readFileSync(join(packageRoot, file), "latin1"));
    return found ? [`${file} names ${found[0]}.`] : [];
  });
  none(named);
});

function tracked(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: packageRoot, encoding: "utf8" });
  return listed.split("\0").filter((file) => file !== "" && existsSync(join(packageRoot, file)));
}

function reachable(entries: readonly string[]): ReadonlySet<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const found = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    waiting.push(
      ...(byPath
        .get(path)
        ?.imports.filter((one) => one.isOurs)
        .map((one) => one.to) ?? []),
    );
  }
  return found;
}

function read(file: string): string {
  return readFileSync(join(packageRoot, file), "utf8");
}

function none(sentences: readonly string[]): void {
  assert.equal(sentences.length, 0, `\n${sentences.join("\n")}`);
}
