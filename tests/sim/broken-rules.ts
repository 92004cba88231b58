// Rules of the program, each broken in one place, and what the simulation is to find then.

export interface BrokenRule {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  /** As it stands there. */
  readonly rule: string;
  readonly breach: string;
  /** Any of these violations (referee.ts) will do. */
  readonly finds: readonly string[];
  /** Of what is simulated; absent: the cluster. */
  readonly on?: "machine";
  /** From this seed on, where the first ones find nothing. */
  readonly from?: number;
}

export const brokenRules: readonly BrokenRule[] = [
  {
    name: "a lease that counts from the answer, not from the question",
    file: "store/permits/leased-permits.ts",
    rule: "lease.validUntilMs = believedUntilMs(askedMs, this.#ttlMs);",
    breach: "lease.validUntilMs = believedUntilMs(this.#clock.nowMs(), this.#ttlMs);",
    finds: ["start", "limit"],
  },
  {
    name: "a lease that never ends for its holder",
    file: "store/permits/lease.ts",
    rule: "nowMs >= this.validUntilMs || ",
    breach: "",
    finds: ["start", "limit"],
  },
  {
    name: "a lease whose holder trusts its clock to the last millisecond",
    file: "store/believed-until.ts",
    rule: "ttlMs * (1 - MARGIN)",
    breach: "ttlMs",
    finds: ["start", "limit", "membership"],
  },
  {
    name: "a limit that was lowered and is forgotten by who had most of it",
    file: "store/permits/grant.ts",
    rule: "excess: Math.max(0, others + held - limit)",
    breach: "excess: 0",
    finds: ["start", "limit"],
    from: 17,
  },
  {
    name: "a grant that ignores what others hold",
    file: "store/permits/grant.ts",
    rule: "Math.max(0, limit - others - kept)",
    breach: "Math.max(0, limit - kept)",
    finds: ["lease"],
  },
  {
    name: "leases that are counted after their end",
    file: "store/permits/permits.procs.ts",
    rule: "DELETE FROM permit WHERE key = $1 AND NOT",
    breach: "DELETE FROM permit WHERE key = $1 AND false AND",
    finds: ["hunger"],
  },
  {
    name: "a node that keeps what others want",
    file: "store/permits/leased-permits.ts",
    rule: "lease.wantedBy(nodeId, nowMs);",
    breach: "",
    finds: ["hunger"],
  },
  {
    name: "a membership that counts from the answer",
    file: "cluster/membership.ts",
    rule: "this.#validUntilMs = believedUntilMs(askedMs, MEMBER_TTL_MS);",
    breach: "this.#validUntilMs = believedUntilMs(this.#clock.nowMs(), MEMBER_TTL_MS);",
    finds: ["membership"],
    from: 9,
  },
  {
    name: "a node that is silent and goes on to get work",
    file: "cluster/peers.ts",
    rule: "load.takesWork && !isSilent && ",
    breach: "load.takesWork && ",
    finds: ["placement"],
  },
  {
    name: "a function that grows as fast as it likes after a rest",
    on: "machine",
    file: "invoke/scaling.ts",
    rule: "Math.min(rate.burst, (budget?.starts ?? 0) + returned)",
    breach: "(budget?.starts ?? 0) + returned",
    finds: ["growth"],
  },
  {
    name: "environments that end as soon as they are idle",
    on: "machine",
    file: "invoke/scaling.ts",
    rule: "pool.nowMs - sinceMs >= keepIdleMs",
    breach: "pool.nowMs - sinceMs >= 0",
    finds: ["idle"],
  },
  {
    name: "environments that never end",
    on: "machine",
    file: "invoke/scaling.ts",
    rule: "pool.nowMs - sinceMs >= keepIdleMs",
    breach: "pool.nowMs - sinceMs < 0",
    finds: ["idle"],
  },
  {
    name: "a machine that is never full",
    on: "machine",
    file: "invoke/scaling.ts",
    rule: "if (count <= environmentsMax) return undefined;",
    breach: "if (count > 0) return undefined;",
    finds: ["machine"],
  },
  {
    name: "starts that do not wait for what is free in a moment",
    on: "machine",
    file: "invoke/scaling.ts",
    rule: "pool.waiting - pool.finishing",
    breach: "pool.waiting",
    finds: ["steady"],
  },
];
