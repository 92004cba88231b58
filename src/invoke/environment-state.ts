// The states of one execution environment and the moves between them. Who moves it, and why, is environment.ts's business.
//
//   starting ──▶ idle ◀──▶ busy
//     │   ▲      │  ▲       │ ▲         frozen: no CPU until work comes
//     │   └──────┤  │       │ │         reset:  its runtime ended; the next invocation starts one again, in its own time
//     │          ▼  │       ▼ │         idle → starting: its parked /next went away and is waited for again
//     │        frozen ──▶ reset
//     └──────────┴──────────┘
//                ▼
//            stopping ──▶ gone
//
// Discipline: only Environment calls move(); the first cause of an end wins, later ones are dropped.

import { strict as assert } from "node:assert";

/** Why an environment ended; the wire names of AWS's shutdown reasons come first. */
export type EndCause = "spindown" | "timeout" | "failure" | "updated" | "platform-stop";

export type EnvironmentState =
  | { readonly name: "starting" }
  | { readonly name: "idle"; readonly sinceMs: number } // its /next is parked: nothing else makes it idle
  | { readonly name: "frozen"; readonly sinceMs: number }
  | { readonly name: "reset"; readonly sinceMs: number }
  | { readonly name: "busy"; readonly requestId: string }
  | { readonly name: "stopping"; readonly cause: EndCause }
  | { readonly name: "gone"; readonly cause: EndCause };

type Name = EnvironmentState["name"];

const MOVES = {
  starting: ["idle", "reset", "stopping"],
  idle: ["busy", "frozen", "reset", "starting", "stopping"],
  frozen: ["idle", "reset", "stopping"],
  reset: ["busy", "stopping"],
  busy: ["idle", "starting", "reset", "stopping"],
  stopping: ["gone"],
  gone: [],
} as const satisfies Record<Name, readonly Name[]>;

export function mayMove(from: Name, to: Name): boolean {
  return (MOVES[from] as readonly Name[]).includes(to);
}

/** The next state, or the present one when the environment is already on its way out. Any other forbidden move is a bug. */
export function move(from: EnvironmentState, to: EnvironmentState): EnvironmentState {
  const isEnding = from.name === "stopping" || from.name === "gone";
  if (isEnding && to.name !== "gone") return from;
  assert(mayMove(from.name, to.name), `an environment cannot go from ${from.name} to ${to.name}`);
  return to;
}
