import { storePlaces } from "../../_support/keyed-stores.ts";
import { describeLooking } from "./looking.ts";

for (const [name, open] of Object.entries(storePlaces)) describeLooking(name, open);
