import type { TextMapPropagator } from "@opentelemetry/api";
import type { Environment } from "./environment.ts";
import { loadB3, loadCore } from "./packages.ts";

const VARIABLE = "OTEL_PROPAGATORS";
const DEFAULT = ["tracecontext", "baggage"];

/** The propagators that the variable knows. */
const PROPAGATORS: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new (loadCore().W3CTraceContextPropagator)(),
  baggage: () => new (loadCore().W3CBaggagePropagator)(),
  b3: () => new (loadB3().B3Propagator)(),
  b3multi: () => {
    const { B3InjectEncoding, B3Propagator } = loadB3();
    return new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER });
  },
};

/** Creates the propagator that `OTEL_PROPAGATORS` names, or `undefined` for `none`. */
export function createPropagator(environment: Environment): TextMapPropagator | undefined {
  const names = environment.list(VARIABLE, DEFAULT);
  if (names.includes("none")) return undefined;
  const propagators = names.flatMap((name) => {
    const create = Object.hasOwn(PROPAGATORS, name) ? PROPAGATORS[name] : undefined;
    if (create !== undefined) return [create()];
    const known = Object.keys(PROPAGATORS).join(", ");
    environment.report(`${VARIABLE} knows ${known}, none, not ${JSON.stringify(name)}`);
    return [];
  });
  const [first, ...others] = propagators;
  if (first === undefined || others.length === 0) return first;
  return new (loadCore().CompositePropagator)({ propagators });
}
