// lambent build: the zips that deploy would send, as files. For other tools, and to look inside.

import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { CliCommand } from "../command.ts";
import { addPackageOptions, packagesAt } from "../project/packages.ts";
import { colorsFor, sizeText } from "../screen.ts";

export const build: CliCommand = {
  shape(command) {
    addPackageOptions(command);
    command.option("-o, --out <DIR>", "where the zips go", "target/lambent");
  },

  async run(invocation) {
    const { options, environment, workingDirectory, stdout } = invocation;
    const packages = await packagesAt(invocation);
    const folder = resolve(workingDirectory, options.text("out") ?? "target/lambent");
    await mkdir(folder, { recursive: true });
    const { dim, green } = colorsFor(stdout, environment);
    const built: { name: string; zip: string; bytes: number; runtime: string; handler: string; architecture: string }[] = [];
    for (const { name, zip, runtime, handler, architecture } of packages) {
      const file = join(folder, `${name}.zip`);
      await writeFile(file, zip);
      built.push({ name, zip: file, bytes: zip.length, runtime, handler, architecture });
      if (!options.json)
        stdout.write(`${green("✓")} ${relative(workingDirectory, file)} ${dim(`${sizeText(zip.length)}, ${runtime}, ${architecture}`)}\n`);
    }
    if (options.json) stdout.write(`${JSON.stringify(built)}\n`);
    return 0;
  },
};
