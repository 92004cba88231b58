// SQS as the command line speaks it: queues by name, calls as the API has them.

import type {
  DeleteMessageBatchRequest,
  GetQueueAttributesResult,
  GetQueueUrlResult,
  ListMessageMoveTasksResult,
  ListMessageMoveTasksResultEntry,
  ListQueuesResult,
  Message,
  ReceiveMessageRequest,
  ReceiveMessageResult,
  SendMessageBatchRequestEntry,
  SendMessageBatchResult,
} from "../models/sqs.ts";
import { ApiError } from "./api-error.ts";
import type { AwsClient } from "./aws-client.ts";
import { CommandFailure } from "./failure.ts";

const PAGE = 1_000;

export class SqsClient {
  readonly #aws: AwsClient;

  constructor(aws: AwsClient) {
    this.#aws = aws;
  }

  /** Of every queue of the account and region, or of those whose names begin so. */
  async urls(QueueNamePrefix?: string): Promise<readonly string[]> {
    const all: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#call<ListQueuesResult>("ListQueues", { QueueNamePrefix, MaxResults: PAGE, NextToken });
      all.push(...(page.QueueUrls ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return all;
  }

  /** Of a queue by its name, or a URL as it is. Throws CommandFailure. */
  async url(name: string): Promise<string> {
    if (/^https?:/.test(name)) return name;
    try {
      const { QueueUrl = "" } = await this.#call<GetQueueUrlResult>("GetQueueUrl", { QueueName: name });
      return QueueUrl;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "QueueDoesNotExist") throw error;
      throw new CommandFailure(`There is no queue ${name}. \`lambent queue list\` shows those that are there.`, { cause: error });
    }
  }

  async attributes(QueueUrl: string): Promise<Readonly<Record<string, string>>> {
    return (await this.#call<GetQueueAttributesResult>("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes ?? {};
  }

  send(QueueUrl: string, Entries: readonly SendMessageBatchRequestEntry[]): Promise<SendMessageBatchResult> {
    return this.#call("SendMessageBatch", { QueueUrl, Entries });
  }

  async receive(request: ReceiveMessageRequest): Promise<readonly Message[]> {
    return (await this.#call<ReceiveMessageResult>("ReceiveMessage", request)).Messages ?? [];
  }

  delete(QueueUrl: string, Entries: DeleteMessageBatchRequest["Entries"]): Promise<void> {
    return this.#call("DeleteMessageBatch", { QueueUrl, Entries });
  }

  purge(QueueUrl: string): Promise<void> {
    return this.#call("PurgeQueue", { QueueUrl });
  }

  startMove(SourceArn: string, DestinationArn: string | undefined, MaxNumberOfMessagesPerSecond: number | undefined): Promise<void> {
    return this.#call("StartMessageMoveTask", { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond });
  }

  /** The latest one. */
  async move(SourceArn: string): Promise<ListMessageMoveTasksResultEntry | undefined> {
    return (await this.#call<ListMessageMoveTasksResult>("ListMessageMoveTasks", { SourceArn })).Results?.[0];
  }

  #call<T>(operation: string, input: object): Promise<T> {
    return this.#aws.call("sqs", `AmazonSQS.${operation}`, "1.0", input);
  }
}
