// ElasticMQ as the peer of the queue bench: fetched by Maven into .cache, run by the machine's Java. It keeps messages in memory, so its rates
// are not those of a durable queue.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/command.ts";

const VERSION = "1.6.14";
const PORT = 9_324;

export interface ElasticMq {
  readonly port: number;
  stop(): Promise<void>;
}

/** undefined: there is no Java or no Maven here. */
export function startElasticMq(): ElasticMq | undefined {
  const jars = join(root, ".cache/elasticmq", VERSION);
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    if (!existsSync(jars)) fetchJars(jars);
  } catch {
    return undefined;
  }
  const child = spawn("java", ["-cp", `${jars}/*`, "org.elasticmq.server.Main"], { stdio: "ignore" });
  const ended = once(child, "exit");
  return {
    port: PORT,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function fetchJars(jars: string): void {
  const directory = join(root, ".cache/elasticmq");
  mkdirSync(directory, { recursive: true });
  const dependency = `<dependency><groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId><version>${VERSION}</version></dependency>`;
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>lambent</groupId><artifactId>peer</artifactId><version>1</version>
    <dependencies>${dependency}</dependencies></project>`;
  writeFileSync(join(directory, "pom.xml"), pom);
  const goal = ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${jars}`];
  execFileSync("mvn", goal, { cwd: directory, stdio: "ignore" });
}
