// Zips of functions that bring real packages along: npm packages out of node_modules, boto3 out of the tests' Python environment.

import { globSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { pythonEnv } from "../../scripts/python-env.ts";
import { packageRoot } from "../../src/lib/sibling.ts";

type Files = Readonly<Record<string, string>>;

/** `files`: path → text; beside them node_modules with these packages and what they depend on, as CommonJS. */
export async function zipWithNpm(files: Files, packages: readonly string[]): Promise<Buffer> {
  const zip = zipOfTexts(files);
  for (const folder of await closure(packages))
    for (const path of globSync("**/*.{js,cjs,json}", { cwd: folder, exclude: (path) => /dist-(es|types)|(^|\/)node_modules/.test(path) }))
      zip.addFile(join(folder, path), join(relative(packageRoot, folder), path));
  zip.end();
  return buffer(zip.outputStream);
}

export interface PythonPackages {
  /** "python3.11": the runtime whose interpreter they were installed for. */
  readonly runtime: string;
  readonly interpreter: string;
  /** The same with boto3, and of AWS's descriptions those of Lambda and STS. */
  zipWithBoto3(files: Files): Promise<Buffer>;
}

export async function pythonPackages(): Promise<PythonPackages> {
  const { python } = await pythonEnv();
  const [folder] = globSync(join(dirname(dirname(python)), "lib/python3*/site-packages"));
  return {
    runtime: basename(dirname(folder!)),
    interpreter: realpathSync(python),
    zipWithBoto3: (files) => zipWithBoto3(files, folder!),
  };
}

async function zipWithBoto3(files: Files, site: string): Promise<Buffer> {
  const zip = zipOfTexts(files);
  const modules = "{boto3,botocore,dateutil,jmespath,s3transfer,urllib3}/**/*.{py,pem,json,json.gz,gz}";
  for (const path of globSync([modules, "six.py"], { cwd: site })) if (isWanted(path)) zip.addFile(join(site, path), path);
  zip.end();
  return buffer(zip.outputStream);
}

function isWanted(path: string): boolean {
  const [, service, file] = /^botocore\/data\/([^/]+)(\/.*)?$/.exec(path.replaceAll(sep, "/")) ?? [];
  return service === undefined || file === undefined || service === "lambda" || service === "sts";
}

function zipOfTexts(files: Files): ZipFile {
  const zip = new ZipFile();
  for (const [path, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), path);
  return zip;
}

/** Folders of the packages and of everything that they need. */
async function closure(packages: readonly string[]): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  const visit = async (name: string, from: string) => {
    const folder = folderOf(name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys(dependencies)) await visit(dependency, folder);
  };
  for (const name of packages) await visit(name, packageRoot);
  return folders;
}

function folderOf(name: string, from: string): string {
  const paths = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((folder) => globSync("package.json", { cwd: folder }).length > 0);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}
