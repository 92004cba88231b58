// What the gateway has to say to the operator. platform.ts decides where it goes.

export interface RequestSummary {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Undefined if the request did not get so far. */
  readonly service: string | undefined;
  readonly operation: string | undefined;
}

export interface GatewayLog {
  /** A bug of ours, or a failure of the machine: the caller has been answered 500, or its connection was cut. */
  failed(error: unknown, request: RequestSummary): void;
  /** Every answered request. */
  answered?(request: RequestSummary & { readonly status: number; readonly durationMs: number }): void;
}
