// Which quota an invocation counts against: what its function has reserved, or what nobody in the account and region has reserved.
//
//   account's limit in a region = Σ reserved + Σ provisioned of functions that reserve nothing + the shared rest
//   a function's reserved       = provisioned for its versions + what its other invocations share
//
// An invocation in an environment provisioned for it needs no quota: that environment is its permit. Over several nodes it is not, since their
// parts move while nodes come and go: there as many permits as are provisioned go with the environments.

import type { FunctionVersion } from "../functions/version.ts";
import { ServiceError } from "../lib/errors.ts";
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

/** An invocation that may go to a provisioned environment, if it finds one. */
export interface Ahead {
  begin(): Permit;
  cancel(): void;
}

interface Account {
  readonly shared: Quota;
  readonly owners: Map<number, Owner>;
}

interface Owner {
  readonly claim: number;
  /** undefined: it shares what nobody has reserved. */
  readonly quota: Quota | undefined;
  /** undefined: its provisioned environments are their own permits. */
  readonly provisioned: Quota | undefined;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #permitsFor: PermitsFor;
  readonly #isShared: boolean;
  readonly #accounts = new Map<string, Map<string, Account>>(); // account → region
  #running = 0;
  #onDrained: (() => void) | undefined;

  /** Absent: this node is the only one. */
  constructor(limits: AdmissionLimits, permitsFor?: PermitsFor) {
    this.#limits = limits;
    this.#permitsFor = permitsFor ?? (() => new LocalPermits());
    this.#isShared = permitsFor !== undefined;
  }

  get running(): number {
    return this.#running;
  }

  /** Throws TooManyRequestsException, at once or after the grace. */
  admit(version: FunctionVersion): Permit | Promise<Permit> {
    return this.#admitTo(this.#quotaOf(version));
  }

  /** Before a provisioned environment is taken; undefined: as many as are provisioned run already, on other nodes. */
  admitProvisioned(version: FunctionVersion): Ahead | Promise<Ahead | undefined> {
    const quota = this.#accountOf(version).owners.get(version.functionId)?.provisioned;
    return quota === undefined ? { begin: () => this.#accompany(), cancel() {} } : this.#admitAhead(quota);
  }

  async #admitAhead(quota: Quota): Promise<Ahead | undefined> {
    try {
      const permit = await this.#admitTo(quota);
      return { begin: () => permit, cancel: permit.release };
    } catch (error) {
      if (error instanceof ServiceError && error.status === 429) return undefined;
      throw error;
    }
  }

  #admitTo(quota: Quota): Permit | Promise<Permit> {
    const admitted = quota.admit();
    this.#running++;
    if (!(admitted instanceof Promise)) return admitted;
    return admitted.catch((error: unknown) => {
      this.#released();
      throw error;
    });
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
    else {
      const quotas = { quota: this.#quotaFor(own, before?.quota), provisioned: this.#provisionedQuota(own, before?.provisioned) };
      account.owners.set(functionId, { claim: reserved ?? provisioned, ...quotas });
    }
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

  /** For an invocation whose environment is its permit: it is only counted among those that run. */
  #accompany(): Permit {
    this.#running++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#released();
    };
    return { answered() {}, release };
  }

  #quotaFor({ functionId, reserved, provisioned }: OwnConcurrency, before: Quota | undefined): Quota | undefined {
    if (reserved === undefined) return undefined;
    const max = reserved - provisioned;
    if (before === undefined) return this.#newQuota(`function ${functionId}`, max, "ReservedFunctionConcurrentInvocationLimitExceeded");
    before.setMax(max);
    return before;
  }

  #provisionedQuota({ functionId, provisioned }: OwnConcurrency, before: Quota | undefined): Quota | undefined {
    if (!this.#isShared || provisioned === 0) return undefined;
    if (before === undefined)
      return this.#newQuota(`provisioned ${functionId}`, provisioned, "ReservedFunctionConcurrentInvocationLimitExceeded");
    before.setMax(provisioned);
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
