// The services that we have a model of, and how a request names them before any model is read. A test holds this against the models.

interface ServiceName {
  /** The service of the credential scope, and the first label of AWS's host names. */
  readonly signing: string;
  /** Before the dot in X-Amz-Target, and in the path of the CBOR protocol. */
  readonly target?: string;
  /** `Version` of the query protocol; no two services share one. */
  readonly queryVersion?: string;
}

export const SERVICES = {
  lambda: { signing: "lambda" },
  sqs: { signing: "sqs", target: "AmazonSQS", queryVersion: "2012-11-05" },
  s3: { signing: "s3" },
  sns: { signing: "sns", queryVersion: "2010-03-31" },
  events: { signing: "events", target: "AWSEvents" },
  scheduler: { signing: "scheduler" },
  stepfunctions: { signing: "states", target: "AWSStepFunctions" },
  logs: { signing: "logs", target: "Logs_20140328" },
  cloudwatch: { signing: "monitoring", target: "GraniteServiceVersion20100801", queryVersion: "2010-08-01" },
  secretsmanager: { signing: "secretsmanager", target: "secretsmanager" },
  ssm: { signing: "ssm", target: "AmazonSSM" },
  iam: { signing: "iam", queryVersion: "2010-05-08" },
  sts: { signing: "sts", queryVersion: "2011-06-15" },
  apigateway: { signing: "apigateway" },
  apigatewayv2: { signing: "apigateway" },
  cloudformation: { signing: "cloudformation", queryVersion: "2010-05-15" },
  ce: { signing: "ce", target: "AWSInsightsIndexService" },
} as const satisfies Record<string, ServiceName>;

export type ServiceKey = keyof typeof SERVICES;

const entries = Object.entries(SERVICES) as [ServiceKey, ServiceName][];
const index = (key: "signing" | "target" | "queryVersion") =>
  new Map(entries.filter(([name, service]) => service[key] && name !== "apigatewayv2").map(([name, service]) => [service[key]!, name]));

export const SERVICE_BY_SIGNING_NAME: ReadonlyMap<string, ServiceKey> = index("signing");
export const SERVICE_BY_TARGET: ReadonlyMap<string, ServiceKey> = index("target");
export const SERVICE_BY_QUERY_VERSION: ReadonlyMap<string, ServiceKey> = index("queryVersion");
