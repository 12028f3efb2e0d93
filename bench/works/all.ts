import { ask, ask100 } from "./ask.ts";
import { fanOut } from "./fan-out.ts";
import { pingPong } from "./ping-pong.ts";
import { spawn } from "./spawn.ts";
import { spawnStop } from "./spawn-stop.ts";
import { tell, tellBursts } from "./tell.ts";
import { tellDistinct } from "./tell-distinct.ts";
import type { Work } from "./work.ts";

/** Every work, in the order of the table's columns. */
export const works: readonly Work[] = [
  spawn,
  tell,
  tellBursts,
  ask,
  ask100,
  fanOut,
  pingPong,
  spawnStop,
  tellDistinct,
];
