// Which managed runtimes can run here, exactly or by a newer interpreter.

import type { Config } from "../../config.ts";
import { Runtimes, runtimeIds } from "../../runtimes/runtimes.ts";
import type { Finding } from "./finding.ts";

export async function runtimeFindings(config: Config): Promise<readonly Finding[]> {
  const runtimes = new Runtimes({ search: config.search, given: config.runtimePaths, exact: config.runtimes === "exact" });
  const checked = await Promise.all(runtimeIds.map(async (id) => ({ id, check: await runtimes.check(id) })));
  const exact = checked.flatMap(({ id, check }) => (check.usable && check.warning === undefined ? [id] : []));
  const others = checked.flatMap(({ check }) => {
    if (!check.usable) return [check.because];
    return check.warning === undefined ? [] : [check.warning];
  });
  return [
    { subject: "runtimes", level: "good", words: exact.join(", ") },
    ...others.map((words): Finding => ({ subject: "", level: "note", words })),
  ];
}
