// Which quota an invocation counts against: what its function has reserved, or what nobody in the account and region has reserved.
//
//   account's limit in a region = Σ reserved + Σ provisioned of functions that reserve nothing + the shared rest
//   a function's reserved       = provisioned for its versions + what its other invocations share
//
// An invocation in an environment provisioned for it needs no quota: that environment is its permit.

import type { FunctionVersion } from "../functions/version.ts";
import { LocalPermits, type PermitsFor } from "./permits.ts";
import { type Permit, Quota, type ThrottleReason } from "./quota.ts";

export interface AdmissionLimits {
  /** Of each account in each region. */
  readonly concurrencyMax: number;
  readonly graceMs: number;
}

type Place = Pick<FunctionVersion, "account" | "region">;

/** What a function has for itself. `provisioned` counts environments that are in place. */
export interface OwnConcurrency extends Place {
  readonly functionId: number;
  readonly reserved: number | undefined;
  readonly provisioned: number;
}

interface Account {
  readonly shared: Quota;
  readonly owners: Map<number, Owner>;
}

interface Owner {
  readonly claim: number;
  /** undefined: it shares what nobody has reserved. */
  readonly quota: Quota | undefined;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #permitsFor: PermitsFor;
  readonly #accounts = new Map<string, Map<string, Account>>(); // account → region
  #running = 0;
  #onDrained: (() => void) | undefined;

  constructor(limits: AdmissionLimits, permitsFor: PermitsFor = () => new LocalPermits()) {
    this.#limits = limits;
    this.#permitsFor = permitsFor;
  }

  get running(): number {
    return this.#running;
  }

  /** Throws TooManyRequestsException, at once or after the grace. */
  admit(version: FunctionVersion): Permit | Promise<Permit> {
    const admitted = this.#quotaOf(version).admit();
    this.#running++;
    if (!(admitted instanceof Promise)) return admitted;
    return admitted.catch((error: unknown) => {
      this.#released();
      throw error;
    });
  }

  /** For an invocation whose environment is its permit: it is only counted among those that run. */
  accompany(): Permit {
    this.#running++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#released();
    };
    return { answered() {}, release };
  }

  /** So many of the function's provisioned environments must stay unused until others, admitted under former numbers, have ended. */
  excess(version: FunctionVersion): number {
    return this.#quotaOf(version).excess;
  }

  /** From now on. What runs under former numbers runs to its end. */
  setOwn(own: OwnConcurrency): void {
    const { functionId, reserved, provisioned } = own;
    const account = this.#accountOf(own);
    const before = account.owners.get(functionId);
    if (reserved === undefined && provisioned === 0) account.owners.delete(functionId);
    else account.owners.set(functionId, { claim: reserved ?? provisioned, quota: this.#quotaFor(own, before?.quota) });
    const claimed = [...account.owners.values()].reduce((sum, { claim }) => sum + claim, 0);
    account.shared.setMax(this.#limits.concurrencyMax - claimed);
  }

  /** Resolves when nothing runs any more, at the latest after `waitMs`. */
  async drained(waitMs: number): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #quotaFor({ functionId, reserved, provisioned }: OwnConcurrency, before: Quota | undefined): Quota | undefined {
    if (reserved === undefined) return undefined;
    const max = reserved - provisioned;
    if (before === undefined) return this.#newQuota(`function ${functionId}`, max, "ReservedFunctionConcurrentInvocationLimitExceeded");
    before.setMax(max);
    return before;
  }

  #quotaOf(version: FunctionVersion): Quota {
    const account = this.#accountOf(version);
    return account.owners.get(version.functionId)?.quota ?? account.shared;
  }

  #accountOf({ account, region }: Place): Account {
    const known = this.#accounts.get(account)?.get(region);
    if (known !== undefined) return known;
    const shared = this.#newQuota(`account ${account} ${region}`, this.#limits.concurrencyMax, "ConcurrentInvocationLimitExceeded");
    const made: Account = { shared, owners: new Map() };
    const regions = this.#accounts.get(account) ?? new Map<string, Account>();
    this.#accounts.set(account, regions.set(region, made));
    return made;
  }

  #newQuota(key: string, max: number, reason: ThrottleReason): Quota {
    const onRelease = () => this.#released();
    return new Quota(max, { permits: this.#permitsFor(key), reason, graceMs: this.#limits.graceMs, onRelease });
  }

  #released(): void {
    this.#running--;
    if (this.#running === 0) this.#onDrained?.();
  }
}
