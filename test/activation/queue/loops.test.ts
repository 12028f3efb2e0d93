import { storePlaces } from "../../_support/keyed-stores.ts";
import { describeQueueLoops } from "./loops.ts";

for (const [name, open] of Object.entries(storePlaces)) describeQueueLoops(name, open);
