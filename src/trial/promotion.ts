// A promotion: an alias moves from one version to another in steps, and back by itself when the new version does badly. The decision alone.
//
//   running ──▶ done            every step was taken, and the last one held
//      ├──────▶ rolled-back     errors, slowness or differences above a bound, or the operator's wish
//      └──────▶ stopped         somebody else has changed the alias

export interface Step {
  /** Of the alias's invocations that go to the new version; 1 in the last step. */
  readonly weight: number;
  /** How long until the next one, or after the last one until it is done. */
  readonly holdMs: number;
}

export interface Bounds {
  /** Share of the new version's invocations that may fail, unless the old one fails as often. */
  readonly errorRateMax: number;
  /** How many times as long as the old version the new one may take, on average. */
  readonly slowerMax: number;
  /** Share of answers that may differ, where a shadow compares the two. */
  readonly differenceMax: number;
  /** Less than that says nothing. */
  readonly invocationsMin: number;
}

/** Since the promotion began. */
export interface Health {
  readonly invocations: number;
  readonly errors: number;
  readonly totalMs: number;
}

export interface Seen {
  readonly old: Health;
  readonly new: Health;
  /** undefined: no shadow compares them. */
  readonly shadow: { readonly compared: number; readonly equal: number } | undefined;
}

export interface Progress {
  readonly steps: readonly Step[];
  readonly bounds: Bounds;
  /** How many steps have been taken. */
  readonly step: number;
  readonly dueAtMs: number;
}

export type Decision =
  | { readonly kind: "wait" | "finish" }
  | { readonly kind: "shift"; readonly step: Step }
  | { readonly kind: "roll-back"; readonly reason: string };

export function decide(progress: Progress, seen: Seen, nowMs: number): Decision {
  const reason = faultOf(seen, progress.bounds);
  if (reason !== undefined) return { kind: "roll-back", reason };
  if (nowMs < progress.dueAtMs) return { kind: "wait" };
  const step = progress.steps[progress.step];
  return step === undefined ? { kind: "finish" } : { kind: "shift", step };
}

function faultOf(seen: Seen, { errorRateMax, slowerMax, differenceMax, invocationsMin }: Bounds): string | undefined {
  const { old, new: now, shadow } = seen;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  if (now.invocations >= invocationsMin) {
    const [rate, before] = [now.errors / now.invocations, old.invocations === 0 ? 0 : old.errors / old.invocations];
    if (rate > errorRateMax && rate > before) return `${percent(rate)} of its invocations failed, more than ${percent(errorRateMax)}`;
    const slower = old.invocations < invocationsMin ? 0 : now.totalMs / now.invocations / (old.totalMs / old.invocations);
    if (slower > slowerMax) return `it takes ${slower.toFixed(2)} times as long, more than ${slowerMax} times`;
  }
  if (shadow !== undefined && shadow.compared >= invocationsMin) {
    const differing = 1 - shadow.equal / shadow.compared;
    if (differing > differenceMax) return `${percent(differing)} of its answers differ, more than ${percent(differenceMax)}`;
  }
  return undefined;
}

/** Equal steps up to everything: 10 % make ten of them. */
export function linearSteps(share: number, holdMs: number): readonly Step[] {
  const count = Math.ceil(1 / share - 1e-9);
  return Array.from({ length: count }, (_, at) => ({ weight: at === count - 1 ? 1 : rounded((at + 1) * share), holdMs }));
}

/** A part for a while, then everything. */
export function canarySteps(share: number, holdMs: number): readonly Step[] {
  return [
    { weight: share, holdMs },
    { weight: 1, holdMs },
  ];
}

/** Weights of aliases have two digits behind the point in percent. */
function rounded(weight: number): number {
  return Math.round(weight * 10_000) / 10_000;
}
