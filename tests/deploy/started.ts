// What a container is started with, started without one: the same arguments and variables, on an address of loopback that stands for the
// container's own, and directories for its volumes. As root it also becomes the manifest's user, without rights and on a root that is read-only.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../scripts/command.ts";
import { until } from "../cluster/running-cluster.ts";

export interface Start {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: number;
  /** What stands in the manifest, and what it is here. */
  readonly replaced: readonly (readonly [from: string, to: string])[];
}

export interface Place {
  readonly address: string;
  readonly data: string;
  readonly blobs: string;
  readonly secrets: string;
}

export interface Started {
  readonly process: ChildProcess;
  /** Everything that it has said. */
  said(): string;
  /** The exit code. */
  readonly ended: Promise<number>;
}

export const METRICS_TOKEN = "what-monitoring-knows";

const isRoot = process.getuid?.() === 0;
/** Whether mounts of our own can be made. */
const canMount = isRoot && spawnSync("unshare", ["--mount", "true"]).status === 0;

/** $1: the user's number; $2: the directories that are not read-only, one word each; then the program. */
const AS_IN_A_CONTAINER = `user="$1"; writable="$2"; shift 2
mount --make-rprivate / && for folder in $writable; do mount --bind "$folder" "$folder" || exit 1; done
mount -o remount,bind,ro / || exit 1
exec setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "$@"`;

/** Directories of a cluster's first node, which are gone after the test; `next` has those of a further one. */
export async function makePlace(t: { after(step: () => Promise<void>): void }, url: string, user: number) {
  const home = await mkdtemp(join(tmpdir(), "lambent-deployed-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const folder = async (name: string) => {
    await mkdir(join(home, name));
    if (isRoot) await chown(join(home, name), user, user);
    return join(home, name);
  };
  if (isRoot) await chown(home, user, user);
  const [blobs, secrets] = [await folder("blobs"), await folder("secrets")];
  await writeFile(join(secrets, "store"), `${url}\n`);
  await writeFile(join(secrets, "cluster-secret"), "the-words-of-this-test\n");
  await writeFile(join(secrets, "metrics-token"), `${METRICS_TOKEN}\n`);
  const subnet = `127.${randomInt(64, 250)}.${randomInt(1, 250)}`;
  let count = 0;
  const next = async (): Promise<Place> => ({
    address: `${subnet}.${++count}`,
    data: await folder(`data-${count}`),
    blobs,
    secrets,
  });
  return { next };
}

/** Resolves when it answers. */
export async function start(t: { after(step: () => Promise<void>): void }, place: Place, what: Start): Promise<Started> {
  const here = translator(what.replaced);
  const args = what.args.map(here);
  const variables = Object.fromEntries(Object.entries(what.env).map(([name, value]) => [name, here(value)]));
  for (const text of [...args, ...Object.values(variables)])
    assert.doesNotMatch(text, /\$\(|\/var\/lib\/lambent|\/run\/(secrets|lambent)/, "nothing of the container is left");
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: place.data, TMPDIR: place.data, ...variables };
  const lambent = [process.execPath, join(root, "src/main.ts"), ...args];
  const contained = ["--mount", "sh", "-c", AS_IN_A_CONTAINER, "sh", String(what.user), `${place.data} ${place.blobs}`, ...lambent];
  const [program, rest] = canMount ? ["unshare", contained] : [lambent[0]!, lambent.slice(1)];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env, cwd: place.data });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close").then(([code]) => (code ?? 128) as number);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  await until(async () => {
    if (child.exitCode !== null || child.signalCode !== null) assert.fail(`it ended:\n${said}`);
    return answers(`http://${place.address}:4566/_lambent/health`);
  });
  return { process: child, said: () => said, ended };
}

/** In one go, the longest first: what has been put in is not looked at again. */
function translator(replaced: Start["replaced"]): (text: string) => string {
  const known = new Map(replaced);
  const longestFirst = [...known.keys()].toSorted((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  return (text) => text.replace(any, (found) => known.get(found)!);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    await delay(50);
    return false;
  }
}
