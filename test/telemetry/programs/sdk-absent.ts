// No SDK, no context manager: the runtime with nothing but itself.
import { createSystem } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { exercise, failOnUncaught, report } from "./report.ts";

failOnUncaught();
const system = createSystem();
await exercise(system);
await system.shutdown();
expectBooks(system);
report(system.books());
