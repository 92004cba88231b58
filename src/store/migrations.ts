// THE TABLE of schema changes, in the order of their ids. A released migration is never edited: a new one follows it.

import type { Migration } from "./migration.ts";
import { functions } from "./migrations/0001-functions.ts";
import { identity } from "./migrations/0002-identity.ts";
import { logs } from "./migrations/0003-logs.ts";
import { blobGarbage } from "./migrations/0004-blob-garbage.ts";
import { layers } from "./migrations/0005-layers.ts";
import { concurrency } from "./migrations/0006-concurrency.ts";
import { functionUrls } from "./migrations/0008-function-urls.ts";
import { queue } from "./migrations/0010-queue.ts";
import { permits } from "./migrations/0011-permits.ts";
import { eventInvoke } from "./migrations/0012-event-invoke.ts";
import { nodes } from "./migrations/0013-nodes.ts";
import { sqs } from "./migrations/0015-sqs.ts";
import { messageMoves } from "./migrations/0016-message-moves.ts";
import { eventSourceMapping } from "./migrations/0017-event-source-mapping.ts";
import { usage } from "./migrations/0019-usage.ts";
import { metrics } from "./migrations/0020-metrics.ts";
import { trials } from "./migrations/0021-trials.ts";
import { urlInvokeMode } from "./migrations/0022-url-invoke-mode.ts";
import { nodeConcurrency } from "./migrations/0023-node-concurrency.ts";
import { serviceUsage } from "./migrations/0024-service-usage.ts";
import { tuning } from "./migrations/0025-tuning.ts";
import { promotionBefore } from "./migrations/0028-promotion-before.ts";

export const migrations: readonly Migration[] = [
  functions,
  identity,
  logs,
  blobGarbage,
  layers,
  concurrency,
  functionUrls,
  queue,
  permits,
  eventInvoke,
  nodes,
  sqs,
  messageMoves,
  eventSourceMapping,
  usage,
  metrics,
  trials,
  urlInvokeMode,
  nodeConcurrency,
  serviceUsage,
  tuning,
  promotionBefore,
];
