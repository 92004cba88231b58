// The alarm of a monthly budget: told once at 80 % and at 100 % of it, and once when the month is going to exceed it.

import type { MonthCost } from "./costs.ts";

const WARNING_SHARE = 0.8;

export interface BudgetAlarm {
  readonly month: number;
  readonly level: "nearly" | "spent" | "forecast";
  readonly sentence: string;
}

/** The alarms that hold now. */
export function budgetAlarms(budgetUsd: number, { startMs, soFarUsd, projectedUsd }: MonthCost): readonly BudgetAlarm[] {
  const alarm = (level: BudgetAlarm["level"], sentence: string): BudgetAlarm => ({ month: startMs, level, sentence });
  if (soFarUsd >= budgetUsd) return [alarm("spent", `This month's budget of ${money(budgetUsd)} is spent: ${money(soFarUsd)} so far.`)];
  const alarms: BudgetAlarm[] = [];
  if (soFarUsd >= budgetUsd * WARNING_SHARE)
    alarms.push(alarm("nearly", `${money(soFarUsd)} of this month's budget of ${money(budgetUsd)} are spent.`));
  if (projectedUsd > budgetUsd)
    alarms.push(alarm("forecast", `This month will come to ${money(projectedUsd)}, more than its budget of ${money(budgetUsd)}.`));
  return alarms;
}

/** Cents; below ten of them two figures, so that a small budget is not "$0.00". */
function money(usd: number): string {
  return `$${usd.toFixed(usd > 0 && usd < 0.1 ? Math.min(12, 1 - Math.floor(Math.log10(usd))) : 2)}`;
}
