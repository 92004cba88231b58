// The control groups of sandboxes: limits, freezing and use, on v1 and v2 alike. One group per sandbox and hierarchy, named by its number.
// With the stem driver, `stem serve` makes, joins and removes them (it is the parent of what is inside); this file reads and writes their files.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assignNeeds, type Need } from "./cgroups.ts";
import { type Base, openBases, removeChildren, removeTree } from "./group-base.ts";
import { NumberFile } from "./number-file.ts";
import type { ProcessRow } from "./process-table.ts";
import type { Enforced, Usage } from "./sandbox.ts";

/** Long periods stall small functions (100 ms: 93 ms at a time for 128 MB), short ones cost scheduling; measured. */
const CPU_PERIOD_US = 20_000;
/** The kernel takes no smaller quota. */
const CPU_QUOTA_US_MIN = 1_000;
const FREEZE_WITHIN_MS = 500;
const FREEZE_QUICK_TURNS = 10;

export interface GroupLimits {
  readonly memoryMb: number;
  readonly cpuShare: number;
  readonly pidsMax: number;
}

/** What is written to one file of a group. */
export interface GroupWrite {
  readonly file: string;
  readonly text: string;
  /** Not every kernel has it. */
  readonly isOptional?: true;
}

export class Groups {
  /** Why a hierarchy is not used, one sentence each. */
  readonly because: readonly string[];
  readonly #bases: readonly Base[];
  readonly #needs: ReadonlyMap<Need, Base>;

  static open(table: readonly ProcessRow[], freezeBy: 1 | 2 | "either" = "either"): Groups {
    const { bases, because } = openBases(table);
    const assigned = assignNeeds(
      bases.map((base) => base.hierarchy),
      freezeBy,
    );
    const needs = new Map([...assigned].map(([need, hierarchy]) => [need, bases.find((base) => base.hierarchy === hierarchy)!]));
    const used = new Set(needs.values());
    for (const base of bases) if (!used.has(base)) removeTree(base.folder);
    return new Groups(needs, [...used], because);
  }

  private constructor(needs: ReadonlyMap<Need, Base>, bases: readonly Base[], because: readonly string[]) {
    this.#needs = needs;
    this.#bases = bases;
    this.because = because;
  }

  get enforces(): Enforced[] {
    return (["memory", "cpu", "pids", "freeze"] as const).filter((need) => this.#needs.has(need));
  }

  has(need: Need): boolean {
    return this.#needs.has(need);
  }

  /** The version of the hierarchy that serves a need. */
  version(need: Need): 1 | 2 | undefined {
    return this.#needs.get(need)?.hierarchy.version;
  }

  folders(id: number): string[] {
    return this.#bases.map((base) => join(base.folder, String(id)));
  }

  /** What a frozen group needs before its processes can die: nothing on v2. */
  thawOrder(id: number): { file: string; text: string } | undefined {
    return this.version("freeze") === 1 ? { file: this.#file("freeze", id, "freezer.state")!, text: "THAWED" } : undefined;
  }

  limit(id: number, limits: GroupLimits): void {
    for (const { file, text, isOptional } of this.limitWrites(id, limits)) {
      try {
        writeFileSync(file, text);
      } catch (error) {
        if (isOptional !== true) throw error;
      }
    }
  }

  /** What limit() writes, in this order: to groups that have no limits yet. */
  limitWrites(id: number, { memoryMb, pidsMax }: GroupLimits): GroupWrite[] {
    const isV2 = this.version("memory") === 2;
    const bytes = String(memoryMb * 1024 * 1024);
    const memory = this.#file("memory", id, isV2 ? "memory.max" : "memory.limit_in_bytes");
    const swap = this.#file("memory", id, isV2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
    const pids = this.#file("pids", id, "pids.max");
    return [
      ...(memory === undefined ? [] : [{ file: memory, text: bytes }]),
      ...(swap === undefined ? [] : [{ file: swap, text: isV2 ? "0" : bytes, isOptional: true as const }]),
      ...(pids === undefined ? [] : [{ file: pids, text: String(pidsMax) }]),
    ];
  }

  limitCpu(id: number, cpuShare: number): void {
    const { periodUs, quotaUs } = cpuQuota(cpuShare);
    if (this.version("cpu") === 2) this.#write("cpu", id, "cpu.max", `${quotaUs} ${periodUs}`);
    else {
      this.#write("cpu", id, "cpu.cfs_period_us", String(periodUs));
      this.#write("cpu", id, "cpu.cfs_quota_us", String(quotaUs));
    }
  }

  limitMemory(id: number, bytes: number): void {
    if (this.version("memory") === 2) {
      this.#write("memory", id, "memory.max", String(bytes));
      this.#try("memory", id, "memory.swap.max", "0");
      return;
    }
    // memory with swap may never be below memory: which of the two goes first depends on the direction, and it exists only with swap accounting
    this.#try("memory", id, "memory.memsw.limit_in_bytes", String(bytes));
    this.#write("memory", id, "memory.limit_in_bytes", String(bytes));
    this.#try("memory", id, "memory.memsw.limit_in_bytes", String(bytes));
  }

  /** As limitMemory, while processes run: a limit below what they hold is refused, and then the present one stays. */
  moveMemoryLimit(id: number, bytes: number): void {
    try {
      this.limitMemory(id, bytes);
    } catch {
      // the next look at it tries again
    }
  }

  oomKills(id: number): number {
    const file = this.version("memory") === 2 ? "memory.events" : "memory.oom_control";
    return Number(/^oom_kill (\d+)$/m.exec(this.#read("memory", id, file))?.[1] ?? 0);
  }

  usage(id: number): Usage {
    const memoryBytes = Number(this.#read("memory", id, this.version("memory") === 2 ? "memory.current" : "memory.usage_in_bytes"));
    const memoryPeakBytes = Number(this.#read("memory", id, this.#peakName));
    return { memoryBytes, memoryPeakBytes: Math.max(memoryBytes, memoryPeakBytes), cpuUs: this.#cpuUs(id) };
  }

  /** The kernel's own peak, with the files of /tmp in it. The group must have been made. */
  openPeak(id: number): NumberFile | undefined {
    const file = this.#file("memory", id, this.#peakName);
    return file === undefined ? undefined : NumberFile.open(file);
  }

  get #peakName(): string {
    return this.version("memory") === 2 ? "memory.peak" : "memory.max_usage_in_bytes";
  }

  async freeze(id: number): Promise<void> {
    if (this.version("freeze") === 2) {
      this.#write("freeze", id, "cgroup.freeze", "1");
      await waitUntil(() => /^frozen 1$/m.test(this.#read("freeze", id, "cgroup.events")));
      return;
    }
    this.#write("freeze", id, "freezer.state", "FROZEN");
    await waitUntil(() => this.#read("freeze", id, "freezer.state").startsWith("FROZEN"));
  }

  thaw(id: number): void {
    if (this.version("freeze") === 2) this.#write("freeze", id, "cgroup.freeze", "0");
    else this.#write("freeze", id, "freezer.state", "THAWED");
  }

  /** For drivers without the launcher, which makes and removes them itself. */
  make(id: number): void {
    for (const folder of this.folders(id)) mkdirSync(folder);
  }

  remove(id: number): void {
    for (const folder of this.folders(id)) removeTree(folder);
  }

  /** After the launcher, which removes them one by one, was killed. */
  removeAll(): void {
    for (const base of this.#bases) removeChildren(base.folder);
  }

  close(): void {
    for (const base of this.#bases) removeTree(base.folder);
  }

  #cpuUs(id: number): number {
    if (this.version("usage") === 2) return Number(/^usage_usec (\d+)$/m.exec(this.#read("usage", id, "cpu.stat"))?.[1] ?? 0);
    return Math.round(Number(this.#read("usage", id, "cpuacct.usage")) / 1_000);
  }

  #file(need: Need, id: number, name: string): string | undefined {
    const base = this.#needs.get(need);
    return base === undefined ? undefined : join(base.folder, String(id), name);
  }

  #write(need: Need, id: number, name: string, text: string): void {
    const file = this.#file(need, id, name);
    if (file !== undefined) writeFileSync(file, text);
  }

  #try(need: Need, id: number, name: string, text: string): void {
    try {
      this.#write(need, id, name, text);
    } catch {
      // not in this kernel
    }
  }

  /** "" where the group, or the file in it, does not exist (any more). */
  #read(need: Need, id: number, name: string): string {
    const file = this.#file(need, id, name);
    try {
      return file === undefined ? "" : readFileSync(file, "utf8");
    } catch {
      return "";
    }
  }
}

/** `cpuShare` 1 is a whole core. */
export function cpuQuota(cpuShare: number): { periodUs: number; quotaUs: number } {
  const quotaUs = Math.round(cpuShare * CPU_PERIOD_US);
  if (quotaUs >= CPU_QUOTA_US_MIN) return { periodUs: CPU_PERIOD_US, quotaUs };
  return { periodUs: Math.round(CPU_QUOTA_US_MIN / cpuShare), quotaUs: CPU_QUOTA_US_MIN };
}

/** A freezing group is frozen when each of its processes has stopped: mostly at once, but one in an uninterruptible call takes its time. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  const until = performance.now() + FREEZE_WITHIN_MS;
  for (let turn = 0; !isTrue() && performance.now() < until; turn += 1) {
    await new Promise((resolve) => (turn < FREEZE_QUICK_TURNS ? setImmediate(resolve) : setTimeout(resolve, 1)));
  }
}
