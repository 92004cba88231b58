// Which lambent a command talks to, and as whom: options first, then the variables that AWS's own tools read, then the laptop's defaults.

import type { Environment } from "../config.ts";
import { type Options, UsageError } from "./command.ts";

export interface Connection {
  /** "http://127.0.0.1:4566": no path, no trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const DEFAULT_ENDPOINT = "http://127.0.0.1:4566";
export const DEFAULT_REGION = "us-east-1";

/** Throws UsageError when the endpoint is no http URL. In open mode any key will do: "test" stands for none. */
export function connectionOf(options: Options, environment: Environment): Connection {
  const named = options.text("endpointUrl") ?? environment.AWS_ENDPOINT_URL ?? environment.LAMBENT_ENDPOINT;
  const sessionToken = environment.AWS_SESSION_TOKEN;
  const keyId = environment.AWS_ACCESS_KEY_ID;
  return {
    endpoint: origin(named || DEFAULT_ENDPOINT),
    region: options.text("region") || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || DEFAULT_REGION,
    accessKeyId: keyId || "test",
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY || "test",
    ...(keyId && sessionToken ? { sessionToken } : {}),
  };
}

function origin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(`'${text}' is no endpoint. Give one like ${DEFAULT_ENDPOINT}.`);
  return url.origin;
}
