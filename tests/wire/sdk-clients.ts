// The real JavaScript client of every service, with what a test needs to drive all of its operations by name.

import type { ServiceKey } from "../../src/wire/service-names.ts";

/** As much of a client and a command as the tests call. */
export interface Client {
  send(command: object): Promise<Record<string, unknown>>;
  destroy(): void;
}

type Constructor<T> = new (options: object) => T;

interface ClientModule {
  readonly client: Constructor<Client>;
  command(operation: string): Constructor<object> | undefined;
}

const LOADERS: Readonly<Record<ServiceKey, () => Promise<object>>> = {
  lambda: () => import("@aws-sdk/client-lambda"),
  sqs: () => import("@aws-sdk/client-sqs"),
  s3: () => import("@aws-sdk/client-s3"),
  sns: () => import("@aws-sdk/client-sns"),
  events: () => import("@aws-sdk/client-eventbridge"),
  scheduler: () => import("@aws-sdk/client-scheduler"),
  stepfunctions: () => import("@aws-sdk/client-sfn"),
  logs: () => import("@aws-sdk/client-cloudwatch-logs"),
  cloudwatch: () => import("@aws-sdk/client-cloudwatch"),
  secretsmanager: () => import("@aws-sdk/client-secrets-manager"),
  ssm: () => import("@aws-sdk/client-ssm"),
  iam: () => import("@aws-sdk/client-iam"),
  sts: () => import("@aws-sdk/client-sts"),
  apigateway: () => import("@aws-sdk/client-api-gateway"),
  apigatewayv2: () => import("@aws-sdk/client-apigatewayv2"),
  cloudformation: () => import("@aws-sdk/client-cloudformation"),
  ce: () => import("@aws-sdk/client-cost-explorer"),
};

export async function loadClient(service: ServiceKey): Promise<ClientModule> {
  const module = (await LOADERS[service]()) as Record<string, unknown>;
  // The generic base class is called "Client", or "__Client" in some versions.
  const name = Object.keys(module).find((key) => /^\w+Client$/.test(key) && !key.startsWith("_"))!;
  return {
    client: module[name] as Constructor<Client>,
    command: (operation) => module[`${operation}Command`] as Constructor<object> | undefined,
  };
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Talks to 127.0.0.1 as a user's client would, without retries; host prefixes cannot stand before an address. */
export function clientOptions(port: number, credentials: Credentials = { accessKeyId: "test", secretAccessKey: "test" }): object {
  return { endpoint: `http://127.0.0.1:${port}`, region: "eu-west-1", credentials, maxAttempts: 1, disableHostPrefix: true };
}
