import { parseArgs } from "node:util";
import { drawPlan } from "./draw-plan.ts";
import { perform, watchProcess } from "./performance.ts";

const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" } } });
const count = Number(values.count ?? 1000),
  seed = Number(values.seed ?? 1);
watchProcess();
const t = Date.now();
let m = 0,
  a = 0;
for (let i = seed; i < seed + count; i += 1) {
  const o = await perform(drawPlan(i));
  m += o.messages;
  a += o.actors;
  if (o.problems.length) {
    console.log(i, o.problems.slice(0, 5));
  }
}
console.log(count, Date.now() - t, m, a);
