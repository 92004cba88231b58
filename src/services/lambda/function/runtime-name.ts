// Which runtimes a function may have: those that lambent runs; the others are refused, each with the reason that is true of it.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html

import { runtimeIds } from "../../../runtimes/runtimes.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";

const RUN_HERE: ReadonlySet<string> = new Set(runtimeIds);

const OFFERED_BY_AWS: readonly string[] = (
  "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, " +
  "ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2"
).split(", ");

const SINCE_OFFERED_BY_AWS: ReadonlySet<string> = new Set([
  "nodejs26.x",
  "python3.15",
  "ruby4.0",
  "java8.al2023",
  "java11.al2023",
  "java17.al2023",
]);

const DEPRECATED =
  /^(provided|go1\.x|java8|dotnetcore[123]\.[01]|python(2\.7|3\.[67])|ruby2\.[57]|nodejs(4\.3|4\.3-edge|6\.10|8\.10|10\.x|12\.x|14\.x)?)$/;

/** Throws for a runtime that cannot be used here; warns when it can, though not exactly as asked. */
export async function checkRuntime(lambda: Lambda, runtime: string): Promise<void> {
  if (!RUN_HERE.has(runtime)) throw refusalOf(runtime);
  const check = await lambda.runtimes.check(runtime);
  if (!check.usable) throw invalidParameter(check.because);
  if (check.warning !== undefined) lambda.warn(check.warning);
}

function refusalOf(runtime: string) {
  if (DEPRECATED.test(runtime)) {
    return invalidParameter(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  if (OFFERED_BY_AWS.includes(runtime) || SINCE_OFFERED_BY_AWS.has(runtime)) {
    return invalidParameter(`lambent does not run ${runtime} functions. It runs ${[...RUN_HERE].join(", ")}.`);
  }
  const constraint = `Member must satisfy enum value set: [${OFFERED_BY_AWS.join(", ")}] or be a valid ARN`;
  return invalidParameter(`Value ${runtime} at 'runtime' failed to satisfy constraint: ${constraint}`);
}
