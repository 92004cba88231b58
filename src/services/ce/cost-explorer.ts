// What Cost Explorer's operations share.

import type { FunctionRecord } from "../../functions/function-record.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Costs } from "../../metering/costs.ts";

export interface CostExplorer {
  readonly costs: Pick<Costs, "items">;
  readonly clock: Clock;
  readonly catalogue: {
    find(name: { readonly account: string; readonly region: string; readonly name: string }): FunctionRecord | undefined;
  };
}
