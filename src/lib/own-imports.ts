// Says where our own files are when one of them imports another, without asking the disk: Node looks for each file, follows its links and reads the
// package around it, which is as much work as reading it. Only the way in to the program and to a thread calls it (docs/decisions/0032).

import { registerHooks } from "node:module";

const root = new URL("..", import.meta.url).href;
const format = import.meta.url.endsWith(".ts") ? "module-typescript" : "module";

/** For what this thread imports from now on. */
export function findOwnImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isOwn = specifier.startsWith(".") && context.parentURL?.startsWith(root) === true;
      return isOwn ? { url: new URL(specifier, context.parentURL).href, format, shortCircuit: true } : next(specifier, context);
    },
  });
}
