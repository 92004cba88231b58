// The files of deploy/ are what their schemas and tools take them for, and fit each other. Each check is shown something broken as well.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { root, tryCommand } from "../../scripts/command.ts";
import { pythonEnv } from "../../scripts/python-env.ts";
import { check, composeServices, FILES, kubernetesObjects, podSpec, secondsOf } from "./manifests.ts";

/** What the server needs beyond the seconds that it was given. */
const REST_SECONDS = 15;

async function changed(t: TestContext, file: string, from: string, to: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lambent-deploy-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const text = await readFile(join(root, file), "utf8");
  assert.ok(text.includes(from), `${file} has ${from}`);
  const path = join(folder, basename(file));
  await writeFile(path, text.replace(from, to));
  return path;
}

describe("deploy/", { timeout: 300_000 }, () => {
  test("every manifest holds to its schema", async () => {
    const found = await check(FILES);
    const problems = Object.entries(found).flatMap(([file, { problems }]) => problems.map((one) => `${file}: ${one}`));
    assert.deepEqual(problems, []);
    assert.ok(FILES.length >= 8);
  });

  for (const { file, from, to, says } of [
    { file: "deploy/kubernetes/statefulset.yaml", from: "readinessProbe:", to: "readynessProbe:", says: /readynessProbe/ },
    { file: "deploy/kubernetes/statefulset.yaml", from: "replicas: 3", to: "replicas: three", says: /replicas: 'three'/ },
    { file: "deploy/kubernetes/network.yaml", from: "podSelector:", to: "podSelectors:", says: /podSelectors/ },
    { file: "deploy/compose.yaml", from: "healthcheck:", to: "healthchek:", says: /healthchek/ },
    { file: "deploy/compose.yaml", from: "condition: service_healthy", to: "condition: service_well", says: /service_well/ },
  ])
    test(`${basename(file)} with ${to} is refused`, async (t) => {
      const path = await changed(t, file, from, to);
      assert.match((await check([path]))[path]!.problems.join(), says);
    });

  test("the Dockerfile is one that hadolint likes, and it does not like every one", async (t) => {
    const hadolint = (await pythonEnv("checkers")).bin("hadolint");
    const good = await tryCommand([hadolint, join(root, "deploy/Dockerfile")]);
    assert.equal(good.code, 0, good.output);
    const broken = await changed(t, "deploy/Dockerfile", "WORKDIR /var/lib/lambent", "WORKDIR here");
    assert.match((await tryCommand([hadolint, broken])).output, /DL3000/);
  });

  const withoutSystemd = !existsSync("/usr/bin/systemd-analyze") && "systemd-analyze is not installed";
  test("the unit is one that systemd takes, and it does not take every one", { skip: withoutSystemd }, async (t) => {
    const verify = (path: string) => tryCommand(["systemd-analyze", "verify", path]);
    const here = await changed(t, "deploy/lambent.service", "/usr/local/bin/lambent", join(root, "bin/lambent.mjs"));
    assert.deepEqual(await verify(here), { code: 0, output: "" });
    const broken = await changed(t, "deploy/lambent.service", "Delegate=yes", "Delegates=yes");
    assert.match((await verify(broken)).output, /Delegates/);
  });

  test("whoever ends a node gives it the time that it was told to take", async () => {
    const { terminationGracePeriodSeconds, containers } = await podSpec();
    assert.ok(
      terminationGracePeriodSeconds >=
        secondsOf(containers[0].args, "drain-seconds") + secondsOf(containers[0].args, "finish-seconds") + REST_SECONDS,
    );
    for (const service of Object.values(await composeServices())) {
      const grace = Number(/^(\d+)s$/.exec(service.stop_grace_period)?.[1]);
      assert.ok(grace >= secondsOf(service.command, "drain-seconds") + secondsOf(service.command, "finish-seconds") + REST_SECONDS);
    }
  });

  test("a node has been found not to be ready before it stops answering", async () => {
    const { containers } = await podSpec();
    const { readinessProbe, args } = containers[0];
    const { failureThreshold = 3 } = readinessProbe as { failureThreshold?: number };
    assert.ok(readinessProbe.periodSeconds * failureThreshold < secondsOf(args, "drain-seconds"));
  });

  test("volumes, claims, services, selectors and ports fit each other", async () => {
    const objects = await kubernetesObjects();
    const named = (kind: string) => objects.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    const pod = await podSpec();
    const [container] = pod.containers;
    assert.deepEqual(container.volumeMounts.map(({ name }) => name).toSorted(), pod.volumes.map(({ name }) => name).toSorted());
    const text = JSON.stringify(objects);
    for (const [, claim] of text.matchAll(/"claimName":"([^"]+)"/g)) assert.ok(named("PersistentVolumeClaim").includes(claim!));
    for (const [, secret] of text.matchAll(/"secretName":"([^"]+)"/g)) assert.ok(named("Secret").includes(secret!));
    for (const [, service] of text.matchAll(/"serviceName":"([^"]+)"/g)) assert.ok(named("Service").includes(service!));
    const ports = container.ports.map(({ name }) => name);
    for (const [, port] of text.matchAll(/"(?:targetPort|port)":"([^"]+)"/g)) assert.ok(ports.includes(port!), port);
    for (const { kind, metadata } of objects) assert.equal(metadata.namespace ?? "lambent", "lambent", `${kind} ${metadata.name}`);
    const labels = [...text.matchAll(/"app\.kubernetes\.io\/name":"([^"]+)"/g)].map(([, label]) => label);
    assert.deepEqual([...new Set(labels)], ["lambent"]);
  });

  test("containers add arguments to the image's own program, which is lambent", async () => {
    const [container] = (await podSpec()).containers;
    assert.equal(container.command, undefined);
    assert.equal(container.args[0], "start");
    for (const { command } of Object.values(await composeServices())) assert.equal(command[0], "start");
    assert.match(await readFile(join(root, "deploy/Dockerfile"), "utf8"), /^ENTRYPOINT \["tini", "--", "lambent"\]$/m);
  });
});
