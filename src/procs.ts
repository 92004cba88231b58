// THE TABLE of procs: every unit of work by its name. The SQLite thread serves these and no others.
// To add one: export it from a `*.procs.ts` file and give that file two lines here.

import * as access from "./access/access.procs.ts";
import * as roleRows from "./access/roles.procs.ts";
import * as clusterMembers from "./cluster/members.procs.ts";
import * as catalogue from "./functions/catalogue.procs.ts";
import * as functionConcurrency from "./functions/concurrency.procs.ts";
import * as eventInvoke from "./functions/event-invoke.procs.ts";
import * as functionLayers from "./functions/function-layers.procs.ts";
import * as functionUrls from "./functions/function-urls.procs.ts";
import * as asyncEvents from "./invoke/async.procs.ts";
import * as meteredMetrics from "./metering/metrics.procs.ts";
import * as serviceUsage from "./metering/service-usage.procs.ts";
import * as usage from "./metering/usage.procs.ts";
import * as logChunks from "./observe/log-chunks.procs.ts";
import * as logGroups from "./observe/log-groups.procs.ts";
import * as logStreams from "./observe/log-streams.procs.ts";
import * as logUpkeep from "./observe/log-upkeep.procs.ts";
import * as messageMoves from "./queues/move-tasks.procs.ts";
import * as queuePolicies from "./queues/queue-policy.procs.ts";
import * as sqsQueues from "./queues/sqs-queues.procs.ts";
import * as attachments from "./services/iam/attachment/attachment.procs.ts";
import * as managedPolicies from "./services/iam/policy/policy.procs.ts";
import * as roles from "./services/iam/role/role.procs.ts";
import * as rolePolicies from "./services/iam/role-policy/role-policy.procs.ts";
import * as aliases from "./services/lambda/alias/alias.procs.ts";
import * as concurrency from "./services/lambda/concurrency/concurrency.procs.ts";
import * as provisionedTarget from "./services/lambda/concurrency/provisioned-target.procs.ts";
import * as eventInvokeConfigs from "./services/lambda/event-invoke-config/event-invoke-config.procs.ts";
import * as lambdaFunctions from "./services/lambda/function/function.procs.ts";
import * as layers from "./services/lambda/layer/layer.procs.ts";
import * as policies from "./services/lambda/permission/policy.procs.ts";
import * as tags from "./services/lambda/tag/tag.procs.ts";
import * as urlConfigs from "./services/lambda/url/url.procs.ts";
import * as versions from "./services/lambda/version/version.procs.ts";
import * as mappings from "./sources/mappings.procs.ts";
import * as storeAnswers from "./store/answers.procs.ts";
import * as garbage from "./store/garbage.procs.ts";
import * as permits from "./store/permits/permits.procs.ts";
import { gatherProcs, type ProcTable } from "./store/proc-table.ts";
import * as queues from "./store/queue/queues.procs.ts";
import * as queueReceive from "./store/queue/receive.procs.ts";
import * as queueSend from "./store/queue/send.procs.ts";
import * as queueSettle from "./store/queue/settle.procs.ts";
import * as queueWaiting from "./store/queue/waiting.procs.ts";
import * as roleLeases from "./store/roles/role-leases.procs.ts";

import * as promotions from "./trial/promotion.procs.ts";
import * as shadows from "./trial/shadow.procs.ts";
import * as tunings from "./trial/tuning.procs.ts";

const modules: readonly object[] = [
  access,
  aliases,
  asyncEvents,
  attachments,
  catalogue,
  clusterMembers,
  concurrency,
  eventInvoke,
  eventInvokeConfigs,
  functionConcurrency,
  functionLayers,
  functionUrls,
  garbage,
  lambdaFunctions,
  layers,
  logChunks,
  logGroups,
  logStreams,
  logUpkeep,
  managedPolicies,
  mappings,
  meteredMetrics,
  messageMoves,
  permits,
  policies,
  provisionedTarget,
  queuePolicies,
  queueReceive,
  queueSend,
  queueSettle,
  queueWaiting,
  queues,
  roleLeases,
  rolePolicies,
  roleRows,
  roles,
  sqsQueues,
  storeAnswers,
  promotions,
  shadows,
  tunings,
  tags,
  urlConfigs,
  serviceUsage,
  usage,
  versions,
];

export function allProcs(): ProcTable {
  return gatherProcs(modules);
}
