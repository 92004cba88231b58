// Preloaded into `lambent`: when a thread ends, it says on stderr which files of ours it has loaded.

import { writeSync } from "node:fs";
import { registerHooks } from "node:module";
import { isMainThread } from "node:worker_threads";

const files: string[] = [];
registerHooks({
  load(url, context, next) {
    const file = /\/src\/(.+)$/.exec(url)?.[1];
    if (file !== undefined && !url.includes("/node_modules/")) files.push(file);
    return next(url, context);
  },
});
process.on("exit", () => {
  writeSync(2, `${files.map((file) => `loaded by ${isMainThread ? "main" : "thread"}: ${file}\n`).join("")}`);
});
