// The rooms of src/ and which may import which: the list of ARCHITECTURE.md, as a table and one decision.

/** From top to bottom. Rooms of one line do not know each other. */
const ORDER: readonly (readonly string[])[] = [
  ["cli"],
  ["platform.ts"],
  ["platform"],
  ["gateway"],
  ["services"],
  ["trial"],
  ["workflow"],
  ["delivery"],
  ["sources"],
  ["cluster"],
  ["invoke"],
  ["functions"],
  ["runtime-api", "sandbox", "runtimes"],
  ["metering", "observe"],
  ["access", "patterns", "queues"],
  ["store", "wire"],
  ["models"],
  ["lib"],
];

/** Files that stand outside the list: what each may import, by room, file or ending. */
const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli", "config.ts", "lib"],
  "config.ts": ["settings.ts", "lib"],
  "settings.ts": ["lib"],
  "operator.ts": ["lib"],
  "procs.ts": ["*.procs.ts", "store"],
  "store-worker.ts": ["procs.ts", "store", "lib"],
};

/** What only those know that build a server: everybody else is handed values. */
const FOR_BUILDERS = ["config.ts", "settings.ts", "operator.ts"];
const BUILDERS = ["main.ts", "config.ts", "cli", "platform.ts", "platform"];

export interface Import {
  /** Relative to src/, e.g. "invoke/pool.ts". */
  readonly from: string;
  readonly to: string;
}

/** Undefined, or the rule that the import breaks, as the end of a sentence. */
export function brokenRule({ from, to }: Import): string | undefined {
  if (FOR_BUILDERS.includes(to))
    return BUILDERS.includes(roomOf(from)) ? undefined : `${to} is for main, platform and cli; hand the value in`;
  if (from in SPECIAL) return allows(SPECIAL[from]!, to) ? undefined : `${from} imports only ${SPECIAL[from]!.join(", ")}`;
  if (to in SPECIAL) return to === "procs.ts" && from === "platform.ts" ? undefined : `${to} is an entry or a table that nothing imports`;
  if (from.endsWith(".procs.ts") && !mayLoadInThread(from, to))
    return "procs run in the SQLite thread, which loads only their own room, store/, models/ and lib/";
  return orderRule(from, to) ?? serviceRule(from, to);
}

export function roomOf(file: string): string {
  return file.split("/")[0]!;
}

/** Also asked of everything that a `*.procs.ts` file reaches through others. */
export function mayLoadInThread(procs: string, file: string): boolean {
  return allows(["*.procs.ts", roomOf(procs), "store", "models", "lib"], file);
}

function orderRule(from: string, to: string): string | undefined {
  const [upper, lower] = [roomOf(from), roomOf(to)];
  if (upper === lower) return undefined;
  const [fromLevel, toLevel] = [levelOf(upper), levelOf(lower)];
  if (fromLevel === -1 || toLevel === -1) return `${fromLevel === -1 ? upper : lower} is no room of ARCHITECTURE.md`;
  if (fromLevel === toLevel) return `${upper} and ${lower} do not know each other`;
  return fromLevel > toLevel ? `${upper} is below ${lower}; declare an interface in ${upper} and let platform.ts hand it in` : undefined;
}

/** services/sqs may not import services/lambda; what all share lies in services/ itself. */
function serviceRule(from: string, to: string): string | undefined {
  const service = (file: string) => /^services\/([^/]+)\//.exec(file)?.[1];
  const [own, other] = [service(from), service(to)];
  return own && other && own !== other ? `a service never imports another; it calls ${other} through the port of platform.ts` : undefined;
}

function levelOf(room: string): number {
  return ORDER.findIndex((rooms) => rooms.includes(room));
}

function allows(patterns: readonly string[], file: string): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith("*") ? file.endsWith(pattern.slice(1)) : file === pattern || roomOf(file) === pattern,
  );
}
