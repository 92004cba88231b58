// THE TABLE of commands, in the order that help shows them. A command's file is loaded when it is asked for: `start` pays for no other.

import type { CliCommand } from "./command.ts";

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CliCommand>;
}

export const commands: Readonly<Record<string, Entry>> = {
  start: { summary: "run the server", load: async () => (await import("./commands/start.ts")).start },
  new: { summary: "make a folder with a small function", load: async () => (await import("./commands/new.ts")).newFunction },
  build: { summary: "build a cargo project into zips", load: async () => (await import("./commands/build.ts")).build },
  deploy: {
    summary: "create or update functions from a folder, zip or cargo project",
    load: async () => (await import("./commands/deploy.ts")).deploy,
  },
  invoke: { summary: "invoke a function and print its answer", load: async () => (await import("./commands/invoke.ts")).invoke },
  logs: { summary: "print a function's log, and follow it", load: async () => (await import("./commands/logs.ts")).logs },
  queue: {
    summary: "list queues; send, receive, peek, redrive and purge their messages",
    load: async () => (await import("./commands/queue.ts")).queue,
  },
  cost: {
    summary: "say what functions have cost, and what this month will come to",
    load: async () => (await import("./commands/cost.ts")).cost,
  },
  compare: {
    summary: "run two or more functions with one event and say what each would cost",
    load: async () => (await import("./commands/compare.ts")).compare,
  },
  tune: { summary: "find a function's best memory size", load: async () => (await import("./commands/tune.ts")).tune },
  shadow: {
    summary: "copy a function's events to a candidate and say what differs",
    load: async () => (await import("./commands/shadow.ts")).shadow,
  },
  promote: {
    summary: "move an alias to another version step by step, and back if it does badly",
    load: async () => (await import("./commands/promote.ts")).promote,
  },
  list: { summary: "list the functions", load: async () => (await import("./commands/list.ts")).list },
  delete: { summary: "delete a function", load: async () => (await import("./commands/delete.ts")).deleteFunction },
  env: {
    summary: "print the variables that make aws-cli and SDKs talk to lambent",
    load: async () => (await import("./commands/env.ts")).env,
  },
  keys: { summary: "create, list and delete access keys", load: async () => (await import("./commands/keys.ts")).keys },
  nodes: { summary: "list the nodes of a cluster", load: async () => (await import("./commands/nodes.ts")).nodes },
  top: { summary: "show which functions run now, or what runs on which node", load: async () => (await import("./commands/top.ts")).top },
  backup: {
    summary: "copy all state to a new directory, while the server runs or not",
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  restore: {
    summary: "make a data directory or database from a backup",
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  doctor: { summary: "say what works on this machine and what does not", load: async () => (await import("./commands/doctor.ts")).doctor },
  "build-stem": {
    summary: "build the sandbox launcher with cargo",
    load: async () => (await import("./commands/build-stem.ts")).buildStem,
  },
};
