// An event source mapping: what a source's events do with a function.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html

export interface MappingSettings {
  readonly batchSize: number;
  readonly windowS: number;
  /** JSON patterns; none: everything goes to the function. */
  readonly filters: readonly string[];
  readonly reportsItemFailures: boolean;
  /** MetricsConfig EventCount. */
  readonly countsEvents?: boolean | undefined;
  /** undefined: AWS's scaling alone. */
  readonly concurrencyMax?: number | undefined;
}

export interface MappingKey {
  readonly uuid: string;
  readonly account: string;
  readonly region: string;
}

export interface Mapping extends MappingKey {
  readonly functionName: string;
  /** undefined: the unqualified function. */
  readonly qualifier: string | undefined;
  readonly sourceArn: string;
  readonly isEnabled: boolean;
  readonly settings: MappingSettings;
  readonly tags: Readonly<Record<string, string>>;
  /** Grows with every change. */
  readonly revision: number;
  readonly modifiedMs: number;
}
