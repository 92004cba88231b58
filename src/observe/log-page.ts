// The best candidates for one page of events: the first `limit` in the query's direction, and no more than 1 MiB of them.
// Memory stays bounded however many events match.

/** (ms, seq) orders the events of a group. */
export interface Position {
  readonly ms: number;
  readonly seq: number;
}

export interface Candidate extends Position {
  readonly stream: string;
  readonly message: string;
}

const PAGE_SIZE = 1024 * 1024;
/** What AWS counts for an event besides its text. */
const EVENT_SIZE = 26;

export class LogPage {
  readonly #sign: 1 | -1;
  readonly #limit: number;
  #events: Candidate[] = [];
  #size = 0;
  /** The last event of a page that is full: only earlier ones can still enter. */
  #last: Position | undefined;

  constructor(direction: "forward" | "backward", limit: number) {
    this.#sign = direction === "forward" ? 1 : -1;
    this.#limit = limit;
  }

  wants(position: Position): boolean {
    return this.#last === undefined || this.#order(position, this.#last) < 0;
  }

  add(event: Candidate): void {
    this.#events.push(event);
    this.#size += event.message.length + EVENT_SIZE;
    if (this.#events.length >= this.#limit * 2 || this.#size >= PAGE_SIZE * 2) this.trim();
  }

  /** Keeps what fits the page. */
  trim(): void {
    if (this.#events.length < this.#limit && this.#size <= PAGE_SIZE) return;
    this.#events.sort((a, b) => this.#order(a, b));
    let size = 0;
    const end = this.#events.findIndex((event, i) => {
      if (i === this.#limit) return true;
      size += event.message.length + EVENT_SIZE;
      return i > 0 && size > PAGE_SIZE;
    });
    const isFull = end >= 0 || this.#events.length === this.#limit;
    if (end >= 0) this.#events.length = end;
    this.#size = this.#events.reduce((sum, event) => sum + event.message.length + EVENT_SIZE, 0);
    if (isFull) this.#last = this.#events.at(-1);
  }

  /** True when the page is full and nothing that begins at `edgeMs` or behind can enter it. */
  isSettledBefore(edgeMs: number): boolean {
    return this.#last !== undefined && (edgeMs - this.#last.ms) * this.#sign > 0;
  }

  /** `more`: there are chunks that were not looked at. */
  result(more: boolean): { readonly events: readonly Candidate[]; readonly next: Position | undefined } {
    this.trim();
    this.#events.sort((a, b) => this.#order(a, b));
    const last = this.#events.at(-1);
    const next = last !== undefined && (more || this.#last !== undefined) ? { ms: last.ms, seq: last.seq } : undefined;
    return { events: this.#ascending(), next };
  }

  /** A partial page: what lies before `edgeMs`; the rest is looked at again by the next page. */
  cutAt(edgeMs: number): { readonly events: readonly Candidate[]; readonly next: Position | undefined } {
    if (this.isSettledBefore(edgeMs)) return this.result(true);
    this.#events = this.#events.filter((event) => (edgeMs - event.ms) * this.#sign > 0);
    this.#events.sort((a, b) => this.#order(a, b));
    const seq = this.#sign === 1 ? -1 : Number.MAX_SAFE_INTEGER;
    return { events: this.#ascending(), next: { ms: edgeMs, seq } };
  }

  #ascending(): readonly Candidate[] {
    return this.#sign === 1 ? this.#events : this.#events.toReversed();
  }

  #order(a: Position, b: Position): number {
    return (a.ms - b.ms || a.seq - b.seq) * this.#sign;
  }
}
