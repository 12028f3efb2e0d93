import type { Faceted, Facets } from "../../activation/definition/facets.ts";
import {
  type AnyKeyedDefinition,
  type KeyedDefinition,
  requireKeyedDefinition,
} from "../../activation/definition/keyed-definition.ts";
import type { WhenFull } from "../../actor/definition/messages.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { requireFunction, requireKnownKeys } from "../../base/options.ts";
import { type Access, type ExposeOptions, REQUEST_METHODS } from "./expose-options.ts";
import { isSchema, type StandardSchema } from "./standard-schema.ts";
import { unchecked } from "./unchecked.ts";

/** What a gateway reaches of an actor type, made by {@link expose}. Its type carries what clients see. */
export interface Exposed<Type extends string, Seen> extends Faceted<Seen> {
  /** The name given to `defineKeyedActor`. */
  readonly type: Type;
}

/** The schemas of a message's arguments, or that they are passed on as they came. */
export type ArgumentSchemas = readonly StandardSchema[] | typeof unchecked;
/** The schema of a value, or that it is passed on as it came. */
export type ValueSchema = StandardSchema | typeof unchecked;

/** What {@link expose} returns, as the gateway uses it. Names from outside are looked up in maps and sets only. */
export interface ExposedType extends Exposed<string, unknown> {
  readonly exposed: true;
  readonly definition: AnyKeyedDefinition;
  readonly calls: ReadonlyMap<string, ArgumentSchemas>;
  readonly queues: ReadonlyMap<string, ValueSchema>;
  readonly events: ReadonlySet<string>;
  readonly params: StandardSchema | undefined;
  readonly input: StandardSchema | undefined;
  readonly create: boolean;
  readonly requests: ReadonlySet<string>;
  readonly allow: ((access: Access) => unknown) | undefined;
}

const OPTIONS = ["calls", "queues", "params", "input", "create", "requests", "allow"];

/**
 * States what a gateway reaches of an actor type: messages, queues and requests by name, and all events. Another gateway
 * may be given something else of the same type.
 *
 * @throws UsageError `ERR_INVALID_OPTION` for a message, queue or hook that the definition does not have, and
 *   for what is no schema
 * @example
 * ```ts
 * const counter = defineKeyedActor("counter", {
 *   state: () => ({ count: 0 }),
 *   handlers: {
 *     add: (c, by: number) => (c.state.count += by),
 *     reset: (c) => (c.state.count = 0), // not reached from outside
 *   },
 * });
 * const actors = [expose(counter, { calls: { add: unchecked }, create: false })];
 * console.log(actors[0]?.type); // counter
 * ```
 */
export function expose<
  Type extends string,
  Input,
  Messages,
  Queues,
  Full extends WhenFull,
  Events,
  Params,
  Called extends keyof Messages = never,
  Sent extends keyof Queues = never,
>(
  definition: KeyedDefinition<Type, Input, Messages, Queues, Full, Events, Params>,
  options: ExposeOptions<Messages, Queues, Params, Input, Called, Sent>,
): Exposed<Type, Facets<Pick<Messages, Called>, Pick<Queues, Sent>, Events, Params, Input>> {
  const keyed = requireKeyedDefinition(definition);
  const { type } = definition;
  requireKnownKeys(`what is exposed of ${type}`, options ?? null, OPTIONS);
  const { calls, queues, params, input, create = true, requests, allow } = options;
  if (typeof create !== "boolean") throw invalid(type, "create", "must be a boolean");
  requireFunction(`allow\` of \`${type}`, allow);
  const { handlers } = keyed.options;
  const exposed: ExposedType = {
    type,
    exposed: true,
    definition: keyed,
    calls: new Map(entriesOf(type, "calls", calls, handlers).map(argumentsOf(type))),
    queues: new Map(entriesOf(type, "queues", queues, keyed.settings.queues).map(bodyOf(type))),
    events: new Set(Object.keys(keyed.settings.events)),
    params: schemaOf(type, "params", params),
    input: schemaOf(type, "input", input),
    create,
    requests: methodsOf(keyed, requests),
    allow,
  };
  return Object.freeze(exposed) as unknown as Exposed<Type, never>;
}

/**
 * Returns what `expose` returned, as the gateway uses it.
 *
 * @throws UsageError `ERR_INVALID_OPTION` for anything else
 */
export function requireExposed(value: unknown): ExposedType {
  const { exposed, calls } = (value ?? {}) as Partial<ExposedType>;
  if (exposed === true && calls !== undefined) return value as ExposedType;
  throw new UsageError("`actors` of a gateway must hold what `expose` returns", {
    code: ErrorCode.InvalidOption,
  });
}

/** Returns what is named, which the definition must have. */
function entriesOf(
  type: string,
  option: string,
  named: object | undefined,
  known: object,
): readonly (readonly [name: string, value: unknown])[] {
  if (named === undefined) return [];
  if (typeof named !== "object" || named === null) throw invalid(type, option, "must be an object");
  for (const name of Object.keys(named)) {
    if (Object.hasOwn(known, name)) continue;
    const has = Object.keys(known).join(", ") || "none";
    throw invalid(type, option, `name ${quote(name)}, which ${type} does not have; it has ${has}`);
  }
  return Object.entries(named);
}

type Entry<Value> = readonly [name: string, value: Value];

function argumentsOf(type: string): (entry: Entry<unknown>) => Entry<ArgumentSchemas> {
  return ([name, value]) => {
    if (value === unchecked) return [name, unchecked];
    if (Array.isArray(value) && value.every(isSchema)) return [name, Object.freeze([...value])];
    throw invalid(type, `calls.${name}`, "must be an array of schemas, or `unchecked`");
  };
}

function bodyOf(type: string): (entry: Entry<unknown>) => Entry<ValueSchema> {
  return ([name, value]) => {
    if (value === unchecked || isSchema(value)) return [name, value];
    throw invalid(type, `queues.${name}`, "must be a schema, or `unchecked`");
  };
}

function schemaOf(type: string, option: string, value: unknown): StandardSchema | undefined {
  if (value === undefined || isSchema(value)) return value;
  throw invalid(type, option, "must be a schema");
}

function methodsOf(
  { type, options }: AnyKeyedDefinition,
  methods: readonly string[] = [],
): ReadonlySet<string> {
  const known: readonly string[] = REQUEST_METHODS;
  if (!Array.isArray(methods) || !methods.every((method) => known.includes(method))) {
    throw invalid(type, "requests", `must be an array of ${known.join(", ")}`);
  }
  if (methods.length > 0 && options.onRequest === undefined) {
    throw invalid(type, "requests", `need \`onRequest\` of ${type}`);
  }
  return new Set(methods);
}

function invalid(type: string, option: string, rule: string): UsageError {
  return new UsageError(`\`${option}\` exposed of ${type} ${rule}`, {
    code: ErrorCode.InvalidOption,
  });
}
