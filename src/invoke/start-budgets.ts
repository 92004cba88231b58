// How fast each function may grow, over all its versions. The arithmetic is scaling.ts's.

import type { Clock } from "../lib/clock.ts";
import { type ScalingRate, type StartBudget, spendStart } from "./scaling.ts";

export class StartBudgets {
  readonly #rate: ScalingRate;
  readonly #clock: Clock;
  readonly #budgets = new Map<number, StartBudget>(); // function id → what is left

  /** `clock`: of passing time. */
  constructor(rate: ScalingRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** False: the function has grown as fast as it may. */
  spend(functionId: number): boolean {
    const left = spendStart(this.#budgets.get(functionId), this.#clock.nowMs(), this.#rate);
    if (left === undefined) return false;
    this.#budgets.set(functionId, left);
    return true;
  }

  /** For a start that turned out not to be needed. */
  giveBack(functionId: number): void {
    const budget = this.#budgets.get(functionId);
    if (budget !== undefined) this.#budgets.set(functionId, { ...budget, starts: budget.starts + 1 });
  }

  forget(functionId: number): void {
    this.#budgets.delete(functionId);
  }
}
