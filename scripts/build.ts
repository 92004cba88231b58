// npm run build: src/ → dist/ as Node runs it below node_modules, where it strips no types.

import { existsSync, globSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, root, tryCommand } from "./command.ts";

const source = join(root, "src");
const built = join(root, "dist");

await rm(built, { recursive: true, force: true });
await command([process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
await copyData();
await requireWorkers();
await lockLauncher();
const version = await command([process.execPath, join(built, "main.js"), "--version"]);
process.stdout.write(`dist/ holds lambent ${version}`);

/** Everything beside the sources that is no source. */
async function copyData(): Promise<void> {
  for (const name of globSync("**/*.*", { cwd: source })) {
    if (!name.endsWith(".ts")) await cp(join(source, name), join(built, name));
  }
}

/** Worker entries are found by name at run time, so that no import would miss them: lib/sibling.ts. */
async function requireWorkers(): Promise<void> {
  for (const name of globSync("**/*.ts", { cwd: source })) {
    const text = await readFile(join(source, name), "utf8");
    for (const [, worker] of text.matchAll(/moduleFile\("([^"]+)"\)/g)) {
      if (!existsSync(join(built, `${worker}.js`))) throw new Error(`src/${name} starts dist/${worker}.js, which the build did not make.`);
    }
  }
}

/** In the package the launcher's crate stands alone: it gets the workspace's lockfile, less what only other members need. */
async function lockLauncher(): Promise<void> {
  const alone = await mkdtemp(join(tmpdir(), "lambent-launcher-"));
  try {
    await cp(join(root, "native/stem"), alone, { recursive: true });
    await cp(join(root, "Cargo.lock"), join(alone, "Cargo.lock"));
    const { code, output } = await tryCommand(["cargo", "metadata", "--format-version=1"], { cwd: alone });
    if (code === 0) await cp(join(alone, "Cargo.lock"), join(root, "native/stem/Cargo.lock"));
    else process.stdout.write(`No lockfile for the launcher, which a package needs: ${output.trim().split("\n").at(-1)}\n`);
  } finally {
    await rm(alone, { recursive: true, force: true });
  }
}
