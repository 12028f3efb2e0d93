import { storePlaces } from "../../_support/keyed-stores.ts";
import { describeStatePrograms } from "./state-programs.ts";

for (const [name, open] of Object.entries(storePlaces)) describeStatePrograms(name, open);
