// lambent new: a folder with a small function that `lambent deploy` takes as it is.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type CliCommand, type Options, UsageError } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { colorsFor } from "../screen.ts";
import { type Language, type Template, templates } from "../templates.ts";

export const newFunction: CliCommand = {
  shape(command) {
    command.argument("<NAME>", "name of the function and of its folder");
    command.option("--rust", "a cargo project on lambda_runtime (the default)");
    command.option("--node", "one index.mjs");
    command.option("--python", "one lambda_function.py");
  },

  async run({ args, options, environment, workingDirectory, stdout }) {
    const language = languageOf(options);
    const folder = resolve(workingDirectory, args[0] ?? "");
    const name = basename(folder);
    if (!/^[A-Za-z][\w-]{0,63}$/.test(name))
      throw new UsageError(`'${name}' is no function name: a letter, then letters, digits, - and _, at most 64.`);
    await requireEmpty(folder);
    const files = templates[language](name, { isBelowWorkspace: await isBelowWorkspace(dirname(folder)) });
    await writeFiles(folder, files);
    const shown = relative(workingDirectory, folder);
    if (options.json) {
      stdout.write(`${JSON.stringify({ name, language, folder, files: Object.keys(files) })}\n`);
    } else {
      const { dim, green } = colorsFor(stdout, environment);
      stdout.write(`${green("✓")} ${shown}: ${Object.keys(files).join(", ")}\n${dim(`  Deploy it: lambent deploy ${shown}\n`)}`);
    }
    return 0;
  },
};

function languageOf(options: Options): Language {
  const chosen = (["rust", "node", "python"] as const).filter((language) => options.isOn(language));
  if (chosen.length > 1) throw new UsageError(`One language, not ${chosen.map((language) => `--${language}`).join(" and ")}.`);
  return chosen[0] ?? "rust";
}

async function requireEmpty(folder: string): Promise<void> {
  const inside = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new CommandFailure(`${folder} cannot be used: ${error.message}.`, { cause: error });
  });
  if (inside.length > 0) throw new CommandFailure(`${folder} exists and is not empty. Choose another name.`);
}

async function writeFiles(folder: string, files: Template): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function isBelowWorkspace(folder: string): Promise<boolean> {
  const manifest = await readFile(join(folder, "Cargo.toml"), "utf8").catch(() => "");
  if (/^\s*\[workspace[\].]/m.test(manifest)) return true;
  return dirname(folder) !== folder && isBelowWorkspace(dirname(folder));
}
