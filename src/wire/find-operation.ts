// From a request to the operation that it asks for, in whichever way its protocol says so.

import { ServiceError } from "../lib/errors.ts";
import { queryValue, type RequestHead } from "./identify.ts";
import type { CodecName } from "./protocols.ts";
import { RestRouter, type Route } from "./rest-router.ts";
import type { ServiceModel } from "./service-model.ts";

export class OperationFinder {
  readonly #routers = new Map<ServiceModel, RestRouter>();

  /** `form` is the body of a query request. Throws ServiceError if the service has no such operation. */
  find(service: ServiceModel, codec: CodecName, head: RequestHead, form = ""): Route {
    if (codec === "rest-json" || codec === "rest-xml") return this.#router(service).find(head) ?? refuse(service, head);
    const name = codec === "query" ? queryAction(head, form) : codec === "rpc-v2-cbor" ? (head.path.split("/")[4] ?? "") : targetOf(head);
    const operation = service.operation(name);
    if (operation) return { operation, labels: [] };
    if (codec !== "query")
      throw new ServiceError("UnknownOperationException", 400, `${service.name} has no operation ${JSON.stringify(name.slice(0, 200))}.`);
    throw new ServiceError(
      "InvalidAction",
      400,
      `Could not find operation ${name.slice(0, 200)} for version ${service.metadata.apiVersion}`,
    );
  }

  #router(service: ServiceModel): RestRouter {
    const known = this.#routers.get(service);
    if (known) return known;
    const router = new RestRouter(service);
    this.#routers.set(service, router);
    return router;
  }
}

function queryAction(head: RequestHead, form: string): string {
  const action = queryValue(head.query, "Action") ?? queryValue(form, "Action");
  if (action === undefined) throw new ServiceError("MissingAction", 400, "The request must contain the parameter Action.");
  return action;
}

const targetOf = (head: RequestHead): string => {
  const target = head.headers["x-amz-target"] ?? "";
  return target.slice(target.indexOf(".") + 1);
};

function refuse(service: ServiceModel, head: RequestHead): never {
  const text = `${service.metadata.serviceId} has no operation for ${head.method} ${head.path.slice(0, 300)}.`;
  if (service.name === "s3") throw new ServiceError("MethodNotAllowed", 405, "The specified method is not allowed against this resource.");
  throw new ServiceError("UnknownOperationException", 404, text);
}
