// What the engines do when they are called directly: as many inserts per commit as there are producers, no thread, proc or queue between.

import { DatabaseSync } from "node:sqlite";
import { connect } from "../src/store/dialects/postgres-connection.ts";

export interface Floor {
  readonly insertsPerSecond: number;
  readonly commitMs: number;
}

export interface FloorOptions {
  readonly rowsPerCommit: number;
  readonly body: string;
  readonly durationMs: number;
}

export function sqliteFloor(file: string, { rowsPerCommit, body, durationMs }: FloorOptions): Floor {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000");
  db.exec("CREATE TABLE entry (n INTEGER PRIMARY KEY, note TEXT) STRICT");
  const insert = db.prepare("INSERT INTO entry (n, note) VALUES (?, ?)");
  const startedMs = performance.now();
  let [n, commits] = [0, 0];
  while (performance.now() - startedMs < durationMs) {
    db.exec("BEGIN IMMEDIATE");
    for (let each = 0; each < rowsPerCommit; each++) insert.run(n++, body);
    db.exec("COMMIT");
    commits++;
  }
  const tookMs = performance.now() - startedMs;
  db.close();
  return floorOf({ rows: n, commits, tookMs });
}

const LANES = 2;

/** Two connections, one statement per commit. */
export async function postgresFloor(url: string, { rowsPerCommit, body, durationMs }: FloorOptions): Promise<Floor> {
  const lanes = await Promise.all(Array.from({ length: LANES }, () => connect(url)));
  await lanes[0]!.query("CREATE TABLE entry (n bigint PRIMARY KEY, note text)");
  const startedMs = performance.now();
  let [n, commits] = [0, 0];
  const bodies = Array.from({ length: rowsPerCommit }, () => body);
  await Promise.all(
    lanes.map(async (lane) => {
      while (performance.now() - startedMs < durationMs) {
        const numbers = bodies.map(() => n++);
        await lane.query("INSERT INTO entry (n, note) SELECT * FROM unnest($1::bigint[], $2::text[])", [numbers, bodies], "floor");
        commits++;
      }
    }),
  );
  const tookMs = performance.now() - startedMs;
  await Promise.all(lanes.map((lane) => lane.close()));
  return floorOf({ rows: n, commits: commits / LANES, tookMs });
}

function floorOf({ rows, commits, tookMs }: { readonly rows: number; readonly commits: number; readonly tookMs: number }): Floor {
  return { insertsPerSecond: Math.round((rows / tookMs) * 1_000), commitMs: Number((tookMs / commits).toFixed(2)) };
}
