// `lambent start --store postgres://…` as a whole: it keeps what it acknowledged over kill -9, says where the rows are, and never a password.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { startLambent } from "../../scripts/lambent-process.ts";
import { lambent } from "../cli/lambent.ts";
import { emptyDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { temporaryDirectory } from "./ledger.ts";

const settingsOf = (endpoint: string) => ({
  endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: "123456789012", secretAccessKey: "any" },
  maxAttempts: 1,
});

describe("lambent start --store", { skip: withoutPostgres }, () => {
  test("roles and log groups outlive kill -9, and no SQLite file is made", async (t) => {
    const url = await emptyDatabase();
    const data = join(temporaryDirectory(t), "data");
    const args = ["--store", url, "--data", data, "--sandbox", "process", "--ready-stems", "0"];
    const first = await startLambent({ args });
    t.after(() => first.kill("SIGKILL"));
    const iam = new IAMClient(settingsOf(first.endpoint));
    await iam.send(
      new CreateRoleCommand({
        RoleName: "keeper",
        AssumeRolePolicyDocument:
          '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
      }),
    );
    const logs = new CloudWatchLogsClient(settingsOf(first.endpoint));
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/kept" }));
    iam.destroy();
    logs.destroy();
    first.kill("SIGKILL");
    await first.ended;

    const second = await startLambent({ args });
    t.after(() => second.stop());
    const [again, logsAgain] = [new IAMClient(settingsOf(second.endpoint)), new CloudWatchLogsClient(settingsOf(second.endpoint))];
    t.after(() => again.destroy());
    t.after(() => logsAgain.destroy());
    assert.equal((await again.send(new GetRoleCommand({ RoleName: "keeper" }))).Role?.RoleName, "keeper");
    const { logGroups } = await logsAgain.send(new DescribeLogGroupsCommand({}));
    assert.deepEqual(
      logGroups?.map(({ logGroupName }) => logGroupName),
      ["/kept"],
    );
    assert.deepEqual([existsSync(join(data, "main.db")), existsSync(join(data, "logs.db"))], [false, false]);
    assert.doesNotMatch(second.said(), new RegExp(new URL(url).password));
  });

  test("a database that cannot be reached is told in a sentence, without the password", async (t) => {
    const args = ["start", "--store", "postgres://user:secret-word@127.0.0.1:1/x", "--data", join(temporaryDirectory(t), "data")];
    const { exitCode, err } = await lambent(args, {});
    assert.equal(exitCode, 1);
    assert.match(err, /postgres:\/\/127\.0\.0\.1:1\/x cannot be used: .*ECONNREFUSED/);
    assert.doesNotMatch(err, /secret-word/);
  });

  test("an address of another kind is refused and not repeated", async (t) => {
    const { exitCode, err } = await lambent(["start", "--store", "mysql://user:secret-word@host/x"], {
      workingDirectory: temporaryDirectory(t),
    });
    assert.notEqual(exitCode, 0);
    assert.match(err, /--store.*postgres:\/\//);
    assert.doesNotMatch(err, /secret-word/);
  });
});
