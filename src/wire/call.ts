// What a service learns about a request besides its input, and how a table of operations is typed.

/** Who asks. `principalArn` is an IAM ARN; in open mode the account's root. */
export interface Caller {
  readonly account: string; // 12 digits
  readonly region: string;
  readonly accessKeyId: string;
  readonly principalArn: string;
  /** Set for a candidate in a shadow: everything that writes is denied. */
  readonly mayOnlyRead?: true;
}

export interface Call extends Caller {
  /** A version 4 UUID: x-amzn-RequestId, and for Invoke the invocation's own id. */
  readonly requestId: string;
  /** "http://host:port" as the caller reached us: URLs that we hand out are built from it. */
  readonly endpoint: string;
  /** Request headers, names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Further response headers a handler wants sent. */
  readonly responseHeaders: Record<string, string>;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
  /** The same as a call, which costs less; at once if the caller has gone. */
  onGone?(call: () => void): void;
}

export type Handler<I, O, S> = (input: I, call: Call, service: S) => Promise<O>;

/** One entry per operation of the model `M` (generated: name → {input, output}); `S` is what the service's handlers share. */
export type OperationTable<M, S> = {
  readonly [N in keyof M]: (M[N] extends { input: infer I; output: infer O } ? Handler<I, O, S> : never) | "not-implemented";
};
