// /_lambent/queues/peek: messages as they wait, without taking them: SQS's API has no such call. For the server's operator.

import { ServiceError } from "../lib/errors.ts";
import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";

const MESSAGES_MAX = 1_000;

export interface QueuesRouteParts {
  /** undefined: there is no such queue. */
  readonly peek: (arn: string, max: number) => Promise<readonly object[] | undefined>;
}

export function queuesRoute({ peek }: QueuesRouteParts): InternalRoute {
  return {
    method: "GET",
    prefix: `${INTERNAL_PREFIX}queues/peek`,
    async handle(request) {
      const query = new URLSearchParams(request.query);
      const max = Number(query.get("max") ?? 10);
      if (!Number.isInteger(max) || max < 1 || max > MESSAGES_MAX)
        throw new ServiceError("BadRequest", 400, `max is 1 to ${MESSAGES_MAX}.`);
      const messages = await peek(query.get("arn") ?? "", max);
      if (messages === undefined) throw new ServiceError("NoSuchQueue", 404, "There is no such queue.");
      return jsonResponse(200, { messages });
    },
  };
}
