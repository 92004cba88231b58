// What /_lambent/metrics says, read by Prometheus' own parser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "../../scripts/command.ts";
import { pythonEnv } from "../../scripts/python-env.ts";

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export class Reading {
  readonly families: Readonly<Record<string, Family>>;

  constructor(families: Readonly<Record<string, Family>>) {
    this.families = families;
  }

  /** Of the one sample of that name that has these labels, among others. undefined: there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = Object.values(this.families)
      .flatMap(({ samples }) => samples)
      .filter((sample) => sample.name === name && Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted));
    assert.ok(found.length < 2, `${found.length} samples of ${name} are ${JSON.stringify(labels)}`);
    return found[0]?.value;
  }
}

/** Rejects when the server or the parser refuses. */
export async function readMetrics(url: string, token?: string): Promise<Reading> {
  const answer = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const { python } = await pythonEnv("monitoring");
  const parser = spawn(python, [join(root, "scripts", "metrics.py")], { stdio: ["pipe", "pipe", "inherit"] });
  parser.stdin.end(await answer.text());
  return new Reading(JSON.parse(await text(parser.stdout)) as Record<string, Family>);
}
