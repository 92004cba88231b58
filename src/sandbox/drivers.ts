// THE TABLE of sandbox drivers, in order of preference, and the choice among them. Those that nobody falls back on are not even loaded.

import { PlatformError } from "../lib/errors.ts";
import type { BubblewrapDriver } from "./bubblewrap.ts";
import { buildStem, findStem } from "./build-stem.ts";
import { delegationCommand, delegationFacts } from "./delegation.ts";
import { probeOutbound } from "./outbound.ts";
import { hostFacts, remedyFor } from "./remedy.ts";
import type { Probe, SandboxDriver } from "./sandbox.ts";
import { StemDriver } from "./stem.ts";

export type DriverName = SandboxDriver["name"];

export interface DriverSettings {
  readonly sandbox: "auto" | DriverName;
  readonly network: "auto" | "none" | "outbound";
  readonly allowPrivateNetworks: boolean;
  /** A sentence before something that takes long. */
  readonly onWait?: (sentence: string) => void;
}

export interface ChosenDriver {
  readonly driver: SandboxDriver;
  /** What shapes may ask for. */
  readonly network: "none" | "outbound";
  /** What a person should know at start: limits that are not enforced, no way out. */
  readonly notes: readonly string[];
}

interface DriverEntry {
  /** Opens it and makes a sandbox once, so that what is answered works. Throws a PlatformError that says what to do. */
  readonly open: (settings: DriverSettings) => Promise<ChosenDriver>;
  /** Whether "auto" may choose it here. */
  readonly isAutomatic: boolean;
}

const isLinux = process.platform === "linux";

export const drivers: Readonly<Record<DriverName, DriverEntry>> = {
  stem: { open: openStem, isAutomatic: isLinux },
  bubblewrap: { open: openBubblewrap, isAutomatic: isLinux },
  process: { open: openProcess, isAutomatic: !isLinux },
};

/**
 * The driver that was asked for, or with "auto" the first that works here. Functions never run without isolation by accident:
 * on Linux "process" must be asked for. Throws PlatformError sandbox-unusable with each driver's reason.
 */
export async function chooseDriver(settings: DriverSettings): Promise<ChosenDriver> {
  if (settings.sandbox !== "auto") return drivers[settings.sandbox].open(settings);
  const reasons: string[] = [];
  for (const [name, entry] of Object.entries(drivers)) {
    if (!entry.isAutomatic) continue;
    try {
      return await entry.open(settings);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      reasons.push(`${name}: ${error.message}`);
    }
  }
  throw new PlatformError(
    "sandbox-unusable",
    `Functions cannot be isolated here.\n  ${reasons.join("\n  ")}\nTo run them as plain processes of this user, without isolation: --sandbox process`,
  );
}

/** For `lambent doctor`: every driver tried, whatever is chosen. */
export async function probeAll(settings: Omit<DriverSettings, "sandbox">): Promise<Map<DriverName, Probe>> {
  const probes = new Map<DriverName, Probe>();
  for (const [name, entry] of Object.entries(drivers) as [DriverName, DriverEntry][]) {
    probes.set(name, await probe(entry, { ...settings, sandbox: name }));
  }
  return probes;
}

async function probe(entry: DriverEntry, settings: DriverSettings): Promise<Probe> {
  try {
    const { driver, notes } = await entry.open(settings);
    await driver.close();
    return { usable: true, notes };
  } catch (error) {
    return { usable: false, because: error instanceof Error ? error.message : String(error) };
  }
}

async function openStem(settings: DriverSettings): Promise<ChosenDriver> {
  if (!isLinux) throw new PlatformError("sandbox-unusable", "needs Linux");
  const stemFile = findStem() ?? (await buildWhileToldOf(settings));
  const way = networkFor(settings);
  const driver = await prove(() => StemDriver.open({ stemFile, outbound: way.outbound }));
  const proven = await provenNetwork(driver, way, settings);
  return { driver, network: proven.network, notes: [...limitNotes(driver), ...proven.notes] };
}

function buildWhileToldOf({ onWait }: DriverSettings): Promise<string> {
  onWait?.("Building the launcher of sandboxes with cargo, once: this takes up to a minute.");
  return buildStem();
}

async function openBubblewrap(settings: DriverSettings): Promise<ChosenDriver> {
  const { BubblewrapDriver, findBubblewrap } = await import("./bubblewrap.ts");
  const program = findBubblewrap();
  if (program === undefined) throw new PlatformError("sandbox-unusable", "bwrap is not installed (apt-get install bubblewrap)");
  if (settings.network === "outbound") throw new PlatformError("no-outbound-network", "bubblewrap gives functions no way to the internet");
  const driver = await prove(() => BubblewrapDriver.open(program));
  const notes = [
    "bubblewrap: no filter of system calls, no way to the internet, slower starts; build the launcher with `lambent build-stem`",
  ];
  return { driver, network: "none", notes: [...notes, ...limitNotes(driver)] };
}

async function openProcess(settings: DriverSettings): Promise<ChosenDriver> {
  if (settings.network === "none")
    throw new PlatformError("sandbox-unusable", "plain processes always reach the network: leave --network out");
  const note = "NO ISOLATION: functions run as plain processes of this user and see its files, processes and network";
  const { ProcessDriver } = await import("./process.ts");
  return { driver: new ProcessDriver(), network: "outbound", notes: [note] };
}

/** Some systems let namespaces be made and then refuse what a sandbox needs inside: only a sandbox proves that sandboxes work. */
async function prove<D extends SandboxDriver>(open: () => Promise<D>): Promise<D> {
  let driver: D | undefined;
  try {
    driver = await open();
    await makeOne(driver, "none");
    return driver;
  } catch (error) {
    await driver?.close();
    const because = error instanceof Error ? error.message : String(error);
    throw new PlatformError("sandbox-unusable", `${because}. ${remedyFor(hostFacts())}`, { cause: error });
  }
}

async function makeOne(driver: SandboxDriver, network: "none" | "outbound"): Promise<void> {
  const stem = await driver.prepare({ mounts: [], network, listeners: [{ name: "runtime", port: 9001 }] });
  await stem.discard();
}

type Way = Pick<ChosenDriver, "network" | "notes">;

/** A program that is installed may still fail: then functions have no way out, unless that was asked for. */
async function provenNetwork(driver: SandboxDriver, way: Way, settings: DriverSettings): Promise<Way> {
  if (way.network === "none") return way;
  try {
    await makeOne(driver, "outbound");
    return way;
  } catch (error) {
    const because = `functions have no way to the internet: ${error instanceof Error ? error.message : error}`;
    if (settings.network === "auto") return { network: "none", notes: [...way.notes, because] };
    await driver.close();
    throw new PlatformError("no-outbound-network", because, { cause: error });
  }
}

function networkFor(settings: DriverSettings): Way & { outbound?: Parameters<typeof StemDriver.open>[0]["outbound"] } {
  if (settings.network === "none") return { network: "none", notes: [] };
  const found = probeOutbound(settings.allowPrivateNetworks);
  if ("outbound" in found) return { network: "outbound", notes: [], outbound: found.outbound };
  if (settings.network === "outbound")
    throw new PlatformError("no-outbound-network", `Functions cannot reach the internet: ${found.because}`);
  return { network: "none", notes: [`functions have no way to the internet: ${found.because}`] };
}

function limitNotes(driver: StemDriver | BubblewrapDriver): string[] {
  const missing = (["memory", "cpu", "pids", "freeze"] as const).filter((limit) => !driver.enforces.has(limit));
  const because = driver.because.length === 0 ? "no control group hierarchy has it" : driver.because.join("; ");
  const notes = missing.length === 0 ? [] : [`not enforced: ${missing.join(", ")} (${because})`];
  if (driver.polled.length > 0) notes.push(`only looked at now and then: ${driver.polled.join(", ")}`);
  const command = notes.length === 0 ? undefined : delegationCommand(delegationFacts());
  return command === undefined ? notes : [...notes, `for all limits: ${command.join(" ")} lambent start`];
}
