// The files of deploy/ as tests see them: parsed and checked by scripts/manifests.py, and what each container of lambent is started with.

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join } from "node:path";
import { command, root } from "../../scripts/command.ts";
import { pythonEnv } from "../../scripts/python-env.ts";

export const FILES = globSync("deploy/{compose,kubernetes/**/*}.yaml", { cwd: root }).toSorted();

export interface Checked {
  readonly documents: readonly object[];
  readonly problems: readonly string[];
}

/** By path as given. */
export async function check(paths: readonly string[]): Promise<Readonly<Record<string, Checked>>> {
  const { python } = await pythonEnv("checkers");
  return JSON.parse(await command([python, join(root, "scripts/manifests.py"), ...paths], { cwd: root })) as Record<string, Checked>;
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
}

export interface PodVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string }; readonly secretKeyRef?: { readonly key: string } };
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly PodVariable[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly hostUsers: boolean;
  readonly securityContext: { readonly runAsUser: number };
  readonly containers: readonly [PodContainer];
  readonly volumes: readonly { readonly name: string }[];
}

export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period: string;
  readonly security_opt: readonly string[];
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** All objects of deploy/kubernetes. */
export async function kubernetesObjects(): Promise<readonly KubernetesObject[]> {
  const found = await check(FILES.filter((file) => file.includes("kubernetes")));
  return Object.values(found).flatMap(({ documents }) => documents as KubernetesObject[]);
}

export async function podSpec(): Promise<PodSpec> {
  return (await podTemplate()).spec;
}

export async function podAnnotations(): Promise<Readonly<Record<string, string>>> {
  return (await podTemplate()).metadata.annotations;
}

async function podTemplate() {
  const set = (await kubernetesObjects()).find(({ kind }) => kind === "StatefulSet");
  assert.ok(set);
  return set.spec["template"] as { spec: PodSpec; metadata: { annotations: Record<string, string> } };
}

/** Those that run lambent, by name. */
export async function composeServices(): Promise<Readonly<Record<string, ComposeService>>> {
  const { documents } = (await check(["deploy/compose.yaml"]))["deploy/compose.yaml"]!;
  const { services } = documents[0] as { services: Record<string, ComposeService> };
  return Object.fromEntries(Object.entries(services).filter(([name]) => name.startsWith("lambent")));
}

/** "--drain-seconds=10" → 10 */
export function secondsOf(args: readonly string[], option: string): number {
  const given = args.find((arg) => arg.startsWith(`--${option}=`));
  assert.ok(given, `--${option} is given`);
  return Number(given.split("=")[1]);
}
