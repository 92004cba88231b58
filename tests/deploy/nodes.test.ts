// The commands in deploy/ start lambent, and what the manifests ask of it is what it answers: they cannot name an option that does not exist.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { root, tryCommand } from "../../scripts/command.ts";
import { startLambent } from "../../scripts/lambent-process.ts";
import { startS3 } from "../../scripts/s3-server.ts";
import { lambent } from "../cli/lambent.ts";
import { until } from "../cluster/running-cluster.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { readMetrics } from "../platform/monitored.ts";
import { ACCOUNT, REGION, ROLE } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { composeServices, type PodContainer, type PodVariable, type Probe, podAnnotations, podSpec } from "./manifests.ts";
import { METRICS_TOKEN, makePlace, type Place, type Start, start } from "./started.ts";

const BUCKET = "s3://lambent-example/production?region=eu-central-1";

interface Bucket {
  /** For --blobs. */
  readonly address: string;
  readonly secrets: Readonly<Record<string, string>>;
}

async function bucketFor(t: TestContext): Promise<Bucket> {
  const { endpoint, keys, createBucket, stop } = await startS3();
  t.after(stop);
  const address = `s3://${await createBucket()}/production?endpoint=${endpoint}`;
  return {
    address,
    secrets: { "metrics-token": METRICS_TOKEN, "bucket-access-key-id": keys.accessKeyId, "bucket-secret-access-key": keys.secretAccessKey },
  };
}

/** As Kubernetes makes it: variables from fields and secrets, and $(NAME) in arguments. */
function ofPod(container: PodContainer, { address, data, secrets }: Place, bucket: Bucket, user: number): Start {
  const textOf = ({ value, valueFrom }: PodVariable) =>
    value ?? (valueFrom?.fieldRef?.fieldPath === "status.podIP" ? address : bucket.secrets[valueFrom?.secretKeyRef?.key ?? ""]);
  const variables = container.env.map((one) => {
    const value = textOf(one);
    assert.ok(value !== undefined, `${one.name} has a value`);
    return [one.name, value] as const;
  });
  const env = Object.fromEntries(variables);
  const replaced = [
    ...variables.map(([name, value]) => [`$(${name})`, value] as const),
    ["0.0.0.0", address] as const,
    [BUCKET, bucket.address] as const,
    ...container.volumeMounts.map(({ name, mountPath }) => [mountPath, { data, secrets }[name] ?? data] as const),
  ];
  return { args: container.args, env, user, replaced };
}

async function get(container: PodContainer, { httpGet }: Probe, { address }: Place): Promise<number> {
  const port = container.ports.find(({ name }) => name === httpGet.port)?.containerPort;
  return (await fetch(`http://${address}:${port}${httpGet.path}`)).status;
}

/** As a Prometheus does it that goes by annotations: whether the node says that it is ready. */
async function scraped(address: string, annotations: Readonly<Record<string, string>>): Promise<number | undefined> {
  assert.equal(annotations["prometheus.io/scrape"], "true");
  const url = `http://${address}:${annotations["prometheus.io/port"]}${annotations["prometheus.io/path"]}`;
  return (await readMetrics(url, METRICS_TOKEN)).value("lambent_ready");
}

async function clientOf(t: TestContext, { data }: Place, address: string): Promise<LambdaClient> {
  const { out } = await lambent(["keys", "create", "--account", ACCOUNT, "--data", data, "--json"]);
  const client = new LambdaClient({ endpoint: `http://${address}:4566`, region: REGION, credentials: JSON.parse(out), maxAttempts: 1 });
  t.after(() => client.destroy());
  return client;
}

/** A function made on one node answers on another. */
async function works(t: TestContext, one: Place, other: Place): Promise<void> {
  const maker = await clientOf(t, one, one.address);
  const ZipFile = await zipOf({ "index.mjs": "export const handler = async () => 'here';" });
  const what = { FunctionName: "hello", Runtime: "nodejs24.x", Handler: "index.handler", Role: ROLE } as const;
  await maker.send(new CreateFunctionCommand({ ...what, Code: { ZipFile } }));
  await waitUntilFunctionActiveV2({ client: maker, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, what);
  const caller = await clientOf(t, other, other.address);
  const { Payload } = await caller.send(new InvokeCommand({ FunctionName: "hello" }));
  assert.equal(Buffer.from(Payload!).toString(), '"here"');
}

describe("deploy/", { skip: withoutPostgres, timeout: 280_000 }, () => {
  test("two pods of the StatefulSet, started at once on an empty database, are a cluster; its probes tell live from ready", async (t) => {
    const { containers, securityContext } = await podSpec();
    const [container] = containers;
    const { next } = await makePlace(t, await emptyDatabase(), securityContext.runAsUser);
    const places = [await next(), await next()] as const;
    const bucket = await bucketFor(t);
    const user = securityContext.runAsUser;
    assert.ok(container.args.includes(`--blobs=${BUCKET}`));
    const [first] = await Promise.all(places.map((place) => start(t, place, ofPod(container, place, bucket, user))));
    const { startupProbe, livenessProbe, readinessProbe } = container;
    for (const { address } of places) assert.equal(await scraped(address, await podAnnotations()), 1);
    for (const place of places)
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) assert.equal(await get(container, probe, place), 200);
    assert.match(first!.said(), /\bstem\b/); // isolated, as that user
    await works(t, places[0], places[1]);
    first!.process.kill("SIGTERM");
    await until(async () => (await get(container, readinessProbe, places[0])) === 503);
    assert.equal(await get(container, livenessProbe, places[0]), 200);
    assert.equal(await first!.ended, 0);
    assert.equal(await get(container, readinessProbe, places[1]), 200);
  });

  test("the services of compose.yaml are a cluster, and their health check knows when one is ready", async (t) => {
    const services = await composeServices();
    const user = Number(/^USER (\d+)/m.exec(await readFile(join(root, "deploy/Dockerfile"), "utf8"))?.[1]);
    const { next } = await makePlace(t, await emptyDatabase(), user);
    const places: Place[] = [];
    for (const [name, { command: args, environment: env, healthcheck }] of Object.entries(services)) {
      const place = await next();
      places.push(place);
      const { address, data, blobs, secrets } = place;
      const replaced = [
        ["0.0.0.0", address],
        [name, address],
        ["/var/lib/lambent-blobs", blobs],
        ["/var/lib/lambent", data],
        ["/run/secrets", secrets],
      ] as const;
      const check = async () => {
        const [, program, ...rest] = healthcheck.test.map((word) => word.replaceAll("127.0.0.1", address));
        return (await tryCommand([program === "node" ? process.execPath : program!, ...rest])).code;
      };
      assert.equal(await check(), 1);
      await start(t, place, { args, env, user, replaced });
      assert.equal(await check(), 0);
    }
    for (const [at, { labels }] of Object.values(services).entries()) assert.equal(await scraped(places[at]!.address, labels), 1);
    await works(t, places[0]!, places[1]!);
  });

  test("the unit's command starts a server", async (t) => {
    const { next } = await makePlace(t, "", process.getuid?.() ?? 0);
    const { data } = await next();
    const unit = await readFile(join(root, "deploy/lambent.service"), "utf8");
    const [, command, options] = /^ExecStart=\S+ (\w+) (.*)$/m.exec(unit)!;
    assert.equal(command, "start");
    const server = await startLambent({ args: options!.replace("/var/lib/lambent", data).split(" ") });
    assert.equal(await server.stop(), 0);
  });
});
