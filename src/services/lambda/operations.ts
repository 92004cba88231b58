// THE TABLE of Lambda's operations. Every name of the model stands here; what is not built is refused by name.

import type { LambdaOperations } from "../../models/lambda.ts";
import type { OperationTable } from "../../wire/call.ts";
import { getAccountSettings } from "./account/get-account-settings.ts";
import { createAlias } from "./alias/create-alias.ts";
import { deleteAlias } from "./alias/delete-alias.ts";
import { getAlias } from "./alias/get-alias.ts";
import { listAliases } from "./alias/list-aliases.ts";
import { updateAlias } from "./alias/update-alias.ts";
import { getFunctionCodeSigningConfig } from "./code-signing/get-function-code-signing-config.ts";
import { listCodeSigningConfigs } from "./code-signing/list-code-signing-configs.ts";
import { deleteFunctionConcurrency } from "./concurrency/delete-function-concurrency.ts";
import { deleteProvisionedConcurrencyConfig } from "./concurrency/delete-provisioned-concurrency-config.ts";
import { getFunctionConcurrency } from "./concurrency/get-function-concurrency.ts";
import { getProvisionedConcurrencyConfig } from "./concurrency/get-provisioned-concurrency-config.ts";
import { listProvisionedConcurrencyConfigs } from "./concurrency/list-provisioned-concurrency-configs.ts";
import { putFunctionConcurrency } from "./concurrency/put-function-concurrency.ts";
import { putProvisionedConcurrencyConfig } from "./concurrency/put-provisioned-concurrency-config.ts";
import { deleteFunctionEventInvokeConfig } from "./event-invoke-config/delete-function-event-invoke-config.ts";
import { getFunctionEventInvokeConfig } from "./event-invoke-config/get-function-event-invoke-config.ts";
import { listFunctionEventInvokeConfigs } from "./event-invoke-config/list-function-event-invoke-configs.ts";
import { putFunctionEventInvokeConfig } from "./event-invoke-config/put-function-event-invoke-config.ts";
import { updateFunctionEventInvokeConfig } from "./event-invoke-config/update-function-event-invoke-config.ts";
import { createEventSourceMapping } from "./event-source-mapping/create-event-source-mapping.ts";
import { deleteEventSourceMapping } from "./event-source-mapping/delete-event-source-mapping.ts";
import { getEventSourceMapping } from "./event-source-mapping/get-event-source-mapping.ts";
import { listEventSourceMappings } from "./event-source-mapping/list-event-source-mappings.ts";
import { updateEventSourceMapping } from "./event-source-mapping/update-event-source-mapping.ts";
import { createFunction } from "./function/create-function.ts";
import { deleteFunction } from "./function/delete-function.ts";
import { getFunction } from "./function/get-function.ts";
import { getFunctionConfiguration } from "./function/get-function-configuration.ts";
import { listFunctions } from "./function/list-functions.ts";
import { updateFunctionCode } from "./function/update-function-code.ts";
import { updateFunctionConfiguration } from "./function/update-function-configuration.ts";
import { invoke } from "./invoke/invoke.ts";
import { invokeAsync } from "./invoke/invoke-async.ts";
import { invokeWithResponseStream } from "./invoke/invoke-with-response-stream.ts";
import type { Lambda } from "./lambda.ts";
import { addLayerVersionPermission } from "./layer/add-layer-version-permission.ts";
import { deleteLayerVersion } from "./layer/delete-layer-version.ts";
import { getLayerVersion } from "./layer/get-layer-version.ts";
import { getLayerVersionByArn } from "./layer/get-layer-version-by-arn.ts";
import { getLayerVersionPolicy } from "./layer/get-layer-version-policy.ts";
import { listLayerVersions } from "./layer/list-layer-versions.ts";
import { listLayers } from "./layer/list-layers.ts";
import { publishLayerVersion } from "./layer/publish-layer-version.ts";
import { removeLayerVersionPermission } from "./layer/remove-layer-version-permission.ts";
import { addPermission } from "./permission/add-permission.ts";
import { getPolicy } from "./permission/get-policy.ts";
import { removePermission } from "./permission/remove-permission.ts";
import { getFunctionRecursionConfig } from "./recursion/get-function-recursion-config.ts";
import { putFunctionRecursionConfig } from "./recursion/put-function-recursion-config.ts";
import { getRuntimeManagementConfig } from "./runtime-management/get-runtime-management-config.ts";
import { putRuntimeManagementConfig } from "./runtime-management/put-runtime-management-config.ts";
import { listTags } from "./tag/list-tags.ts";
import { tagResource } from "./tag/tag-resource.ts";
import { untagResource } from "./tag/untag-resource.ts";
import { createFunctionUrlConfig } from "./url/create-function-url-config.ts";
import { deleteFunctionUrlConfig } from "./url/delete-function-url-config.ts";
import { getFunctionUrlConfig } from "./url/get-function-url-config.ts";
import { listFunctionUrlConfigs } from "./url/list-function-url-configs.ts";
import { updateFunctionUrlConfig } from "./url/update-function-url-config.ts";
import { listVersionsByFunction } from "./version/list-versions-by-function.ts";
import { publishVersion } from "./version/publish-version.ts";

export const operations: OperationTable<LambdaOperations, Lambda> = {
  AddLayerVersionPermission: addLayerVersionPermission,
  AddPermission: addPermission,
  CheckpointDurableExecution: "not-implemented",
  CreateAlias: createAlias,
  CreateCapacityProvider: "not-implemented",
  CreateCodeSigningConfig: "not-implemented",
  CreateEventSourceMapping: createEventSourceMapping,
  CreateFunction: createFunction,
  CreateFunctionUrlConfig: createFunctionUrlConfig,
  DeleteAlias: deleteAlias,
  DeleteCapacityProvider: "not-implemented",
  DeleteCodeSigningConfig: "not-implemented",
  DeleteDurableExecution: "not-implemented",
  DeleteEventSourceMapping: deleteEventSourceMapping,
  DeleteFunction: deleteFunction,
  DeleteFunctionCodeSigningConfig: "not-implemented",
  DeleteFunctionConcurrency: deleteFunctionConcurrency,
  DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig,
  DeleteFunctionUrlConfig: deleteFunctionUrlConfig,
  DeleteLayerVersion: deleteLayerVersion,
  DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig,
  DeleteResourcePolicy: "not-implemented",
  GetAccountSettings: getAccountSettings,
  GetAlias: getAlias,
  GetCapacityProvider: "not-implemented",
  GetCodeSigningConfig: "not-implemented",
  GetDurableExecution: "not-implemented",
  GetDurableExecutionHistory: "not-implemented",
  GetDurableExecutionState: "not-implemented",
  GetEventSourceMapping: getEventSourceMapping,
  GetFunction: getFunction,
  GetFunctionCodeSigningConfig: getFunctionCodeSigningConfig,
  GetFunctionConcurrency: getFunctionConcurrency,
  GetFunctionConfiguration: getFunctionConfiguration,
  GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig,
  GetFunctionRecursionConfig: getFunctionRecursionConfig,
  GetFunctionScalingConfig: "not-implemented",
  GetFunctionUrlConfig: getFunctionUrlConfig,
  GetLayerVersion: getLayerVersion,
  GetLayerVersionByArn: getLayerVersionByArn,
  GetLayerVersionPolicy: getLayerVersionPolicy,
  GetPolicy: getPolicy,
  GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig,
  GetResourcePolicy: "not-implemented",
  GetRuntimeManagementConfig: getRuntimeManagementConfig,
  Invoke: invoke,
  InvokeAsync: invokeAsync,
  InvokeWithResponseStream: invokeWithResponseStream,
  ListAliases: listAliases,
  ListCapacityProviders: "not-implemented",
  ListCodeSigningConfigs: listCodeSigningConfigs,
  ListDurableExecutionsByFunction: "not-implemented",
  ListEventSourceMappings: listEventSourceMappings,
  ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs,
  ListFunctionUrlConfigs: listFunctionUrlConfigs,
  ListFunctionVersionsByCapacityProvider: "not-implemented",
  ListFunctions: listFunctions,
  ListFunctionsByCodeSigningConfig: "not-implemented",
  ListLayerVersions: listLayerVersions,
  ListLayers: listLayers,
  ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs,
  ListTags: listTags,
  ListVersionsByFunction: listVersionsByFunction,
  PauseDurableExecution: "not-implemented",
  PublishLayerVersion: publishLayerVersion,
  PublishVersion: publishVersion,
  PutFunctionCodeSigningConfig: "not-implemented",
  PutFunctionConcurrency: putFunctionConcurrency,
  PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig,
  PutFunctionRecursionConfig: putFunctionRecursionConfig,
  PutFunctionScalingConfig: "not-implemented",
  PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig,
  PutResourcePolicy: "not-implemented",
  PutRuntimeManagementConfig: putRuntimeManagementConfig,
  RemoveLayerVersionPermission: removeLayerVersionPermission,
  RemovePermission: removePermission,
  ResumeDurableExecution: "not-implemented",
  SendDurableExecutionCallbackFailure: "not-implemented",
  SendDurableExecutionCallbackHeartbeat: "not-implemented",
  SendDurableExecutionCallbackSuccess: "not-implemented",
  StopDurableExecution: "not-implemented",
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateAlias: updateAlias,
  UpdateCapacityProvider: "not-implemented",
  UpdateCodeSigningConfig: "not-implemented",
  UpdateEventSourceMapping: updateEventSourceMapping,
  UpdateFunctionCode: updateFunctionCode,
  UpdateFunctionConfiguration: updateFunctionConfiguration,
  UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig,
  UpdateFunctionUrlConfig: updateFunctionUrlConfig,
};
