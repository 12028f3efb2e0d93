import {
  type ActorContext,
  type ActorDefinition,
  type ActorSystem,
  defineActor,
} from "../index.ts";
import { branch } from "./actors/branch.ts";
import { carrier, tracking } from "./actors/carrier.ts";
import { DemoScenario } from "./scenario-names.ts";

/** The scenario is played at the start, and again after each interval of this length. */
const AGAIN_MS = 12_000;

type Nothing = { readonly idle: (c: ActorContext<() => void>) => void };

/** Triggers the scenario. */
const troublemaker: ActorDefinition<() => void, () => void, Nothing> = defineActor("troublemaker", {
  state: (act: () => void) => act,
  onStart(c) {
    c.state();
    c.every("again", AGAIN_MS, c.state);
  },
  handlers: { idle: () => {} },
});

/** Adds the actors of `scenario` to the shop's. */
export function playScenario(system: ActorSystem, scenario: DemoScenario): void {
  switch (scenario) {
    case DemoScenario.Orders:
      return;
    case DemoScenario.Deadlock: {
      const [north, south] = [system.spawn(branch), system.spawn(branch)];
      const transfer = (): void => {
        north.tell.transfer(south, 4_900);
        south.tell.transfer(north, 12_900);
      };
      system.spawn(troublemaker, { input: transfer });
      return;
    }
    case DemoScenario.Stuck: {
      const desk = system.spawn(tracking, { input: system.spawn(carrier) });
      system.spawn(troublemaker, { input: () => desk.tell.track("54b44245") });
    }
  }
}
