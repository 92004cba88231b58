// Counts permits of one kind, such as "may run for this function". Here in memory; a cluster counts over its nodes behind the same port.

export interface Permits {
  readonly inUse: number;
  /** False: `max` or more are in use, as far as this node knows without asking. */
  take(max: number): boolean;
  /** Where others share the limit: asks them, after take() has said no. Rejects with ServiceError when nobody can say. */
  obtain?(max: number): Promise<boolean>;
  /** Told the limit at first and whenever it changes. */
  limitTo?(max: number): void;
  giveBack(): void;
}

/** `key` names what is counted, the same on every node: "account 123456789012 eu-west-1", "function 7". */
export type PermitsFor = (key: string) => Permits;

export class LocalPermits implements Permits {
  inUse = 0;

  take(max: number): boolean {
    if (this.inUse >= max) return false;
    this.inUse++;
    return true;
  }

  giveBack(): void {
    this.inUse--;
  }
}
