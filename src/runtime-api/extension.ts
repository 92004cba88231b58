// One extension as the Extensions API sees it: its state, and the events that it gets one at a time. Names of states: AWS's emulator, core/*agent*.go.
//
//   Started ──register──▶ Registered ──next──▶ Ready ⇄ Running
//                             │ init/error        │ exit/error, from Registered, Ready and Running
//                             ▼                   ▼
//                         InitError           ExitError

import type { Answer } from "./answer.ts";
import type { Exchange } from "./connection.ts";
import type { TelemetryApi } from "./subscription.ts";

export type ExtensionState = "Started" | "Registered" | "Ready" | "Running" | "InitError" | "ExitError" | "LaunchError" | "Exited";
export type ExtensionEvent = "INVOKE" | "SHUTDOWN";

const MOVES: Readonly<Record<ExtensionState, readonly ExtensionState[]>> = {
  Started: ["Registered"],
  Registered: ["Ready", "InitError", "ExitError"],
  Ready: ["ExitError"],
  Running: ["Ready", "ExitError"],
  InitError: ["InitError"],
  ExitError: ["ExitError"],
  LaunchError: [],
  Exited: [],
};

export class Extension {
  readonly name: string;
  /** A program of its own, from /opt/extensions; else the runtime process registered it. */
  readonly isExternal: boolean;
  readonly identifier: string;
  state: ExtensionState = "Started";
  events: readonly ExtensionEvent[] = [];
  errorType: string | undefined;
  /** Through which API it gets telemetry; the other one is then closed to it. */
  subscribedBy: TelemetryApi | undefined;
  #parked: Exchange | undefined;
  /** It asked for an event, its connection went away, and the event came before it asked again. */
  #missed: Answer | undefined;

  constructor(name: string, isExternal: boolean, identifier: string) {
    this.name = name;
    this.isExternal = isExternal;
    this.identifier = identifier;
  }

  /** It is at /next: whatever it did for the last event is over. */
  get isReady(): boolean {
    return this.state === "Ready";
  }

  /** False also while its connection is gone and it has not asked again. */
  get isParked(): boolean {
    return this.#parked !== undefined;
  }

  mayBecome(state: ExtensionState): boolean {
    const mayAskAgain = state === "Ready" && this.state === "Ready" && !this.isParked;
    return mayAskAgain || MOVES[this.state].includes(state);
  }

  /** Its process is gone; `launchErrorType` is given where there never was one. */
  ended(launchErrorType: string | undefined): void {
    if (this.state === "InitError" || this.state === "ExitError") return;
    this.state = launchErrorType === undefined ? "Exited" : "LaunchError";
    this.errorType = launchErrorType;
  }

  wants(event: ExtensionEvent): boolean {
    return this.events.includes(event);
  }

  park(exchange: Exchange): void {
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed !== undefined) {
      exchange.answer(missed);
      return;
    }
    this.state = "Ready";
    this.#parked = exchange;
    exchange.onGone(() => {
      if (this.#parked === exchange) this.#parked = undefined;
    });
  }

  /** The answer to its /next, now or when it asks again. */
  deliver(event: Answer): void {
    this.state = "Running";
    const exchange = this.#parked;
    this.#parked = undefined;
    if (exchange === undefined) this.#missed = event;
    else exchange.answer(event);
  }
}
