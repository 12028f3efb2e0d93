import type { StandardSchema } from "../../gateway.ts";
import { ITEMS, MAX_QUANTITY, type OrderRequest } from "./order.ts";

type Result = ReturnType<StandardSchema<OrderRequest>["~standard"]["validate"]>;

/**
 * The schema of an {@link OrderRequest}, without a library: the demo needs no package that limelight does not. Its messages
 * do not quote what was sent, which is customer data.
 */
export const orderRequest: StandardSchema<OrderRequest> = {
  "~standard": {
    version: 1,
    vendor: "limelight-demo",
    validate,
    // For the OpenAPI document.
    ...{ jsonSchema: { input: jsonSchema } },
  },
};

function validate(value: unknown): Result {
  const { item: asked, quantity } = Object(value) as Record<string, unknown>;
  const item = ITEMS.find((known) => known === asked);
  if (item === undefined) return problem("item", `must be one of ${ITEMS.join(", ")}`);
  if (typeof quantity === "number" && Number.isInteger(quantity)) {
    if (quantity >= 1 && quantity <= MAX_QUANTITY) return { value: { item, quantity } };
  }
  return problem("quantity", `must be an integer from 1 to ${MAX_QUANTITY}`);
}

function problem(property: keyof OrderRequest, rule: string): Result {
  return { issues: [{ message: `\`${property}\` ${rule}`, path: [property] }] };
}

function jsonSchema(): object {
  return {
    type: "object",
    properties: {
      item: { enum: ITEMS },
      quantity: { type: "integer", minimum: 1, maximum: MAX_QUANTITY },
    },
    required: ["item", "quantity"],
  };
}
