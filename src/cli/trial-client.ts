// Asks a server to try a function out, for the commands that compare and tune.

import type { Trial } from "../trial/measured.ts";
import type { Tuning } from "../trial/tunings.ts";
import type { CommandInvocation } from "./command.ts";
import { askServer, ownerOf, placeOf, type ServerPlace } from "./operator-client.ts";

export interface TrialAnswer extends Trial {
  readonly enforced: { readonly cpu: boolean; readonly memory: boolean };
}

export interface TrialAsked {
  readonly name: string;
  readonly payload: unknown;
  readonly memoryMb?: number;
  readonly cold: number;
  readonly warmMin: number;
  readonly warmMax: number;
  /** Trials under one such name are a tuning, whose samples the server keeps. */
  readonly run?: string;
}

export class TrialClient {
  readonly #place: ServerPlace;
  readonly #owner: { readonly account: string; readonly region: string };

  private constructor(place: ServerPlace, owner: { readonly account: string; readonly region: string }) {
    this.#place = place;
    this.#owner = owner;
  }

  /** Functions are those of the account that the command's keys belong to. */
  static async open(invocation: CommandInvocation): Promise<TrialClient> {
    return new TrialClient(await placeOf(invocation), await ownerOf(invocation));
  }

  async run(asked: TrialAsked): Promise<TrialAnswer> {
    return (await askServer(this.#place, "POST", "trial", { ...this.#owner, ...asked })) as TrialAnswer;
  }

  /** The newest first. `run`: that one alone, or "last"; all where it is absent. */
  async tunings(name: string, run?: string): Promise<readonly Tuning[]> {
    const query = new URLSearchParams({ ...this.#owner, name, ...(run !== undefined && { run }) });
    const { tunings } = (await askServer(this.#place, "GET", `trial?${query}`)) as { tunings: readonly Tuning[] };
    return tunings;
  }
}
