// THE TABLE of SQS's operations. Every name of the model stands here; what is not built is refused by name.

import type { SqsOperations } from "../../models/sqs.ts";
import type { OperationTable } from "../../wire/call.ts";
import { changeMessageVisibility } from "./message/change-message-visibility.ts";
import { changeMessageVisibilityBatch } from "./message/change-message-visibility-batch.ts";
import { deleteMessage } from "./message/delete-message.ts";
import { deleteMessageBatch } from "./message/delete-message-batch.ts";
import { receiveMessage } from "./message/receive-message.ts";
import { sendMessage } from "./message/send-message.ts";
import { sendMessageBatch } from "./message/send-message-batch.ts";
import { cancelMessageMoveTask } from "./move-task/cancel-message-move-task.ts";
import { listMessageMoveTasks } from "./move-task/list-message-move-tasks.ts";
import { startMessageMoveTask } from "./move-task/start-message-move-task.ts";
import { addPermission } from "./permission/add-permission.ts";
import { removePermission } from "./permission/remove-permission.ts";
import { createQueue } from "./queue/create-queue.ts";
import { deleteQueue } from "./queue/delete-queue.ts";
import { getQueueAttributes } from "./queue/get-queue-attributes.ts";
import { getQueueUrl } from "./queue/get-queue-url.ts";
import { listDeadLetterSourceQueues } from "./queue/list-dead-letter-source-queues.ts";
import { listQueues } from "./queue/list-queues.ts";
import { purgeQueue } from "./queue/purge-queue.ts";
import { setQueueAttributes } from "./queue/set-queue-attributes.ts";
import type { Sqs } from "./sqs.ts";
import { listQueueTags } from "./tag/list-queue-tags.ts";
import { tagQueue } from "./tag/tag-queue.ts";
import { untagQueue } from "./tag/untag-queue.ts";

export const operations: OperationTable<SqsOperations, Sqs> = {
  AddPermission: addPermission,
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: listQueueTags,
  ListQueues: listQueues,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
  RemovePermission: removePermission,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  StartMessageMoveTask: startMessageMoveTask,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};
