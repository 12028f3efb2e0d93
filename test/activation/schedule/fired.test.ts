import { storePlaces } from "../../_support/keyed-stores.ts";
import { describeFiredSchedules } from "./fired.ts";

for (const [name, open] of Object.entries(storePlaces)) describeFiredSchedules(name, open);
