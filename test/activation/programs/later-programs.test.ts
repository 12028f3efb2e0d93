import { storePlaces } from "../../_support/keyed-stores.ts";
import { describeLaterPrograms } from "./later-programs.ts";

for (const [name, open] of Object.entries(storePlaces)) describeLaterPrograms(name, open);
