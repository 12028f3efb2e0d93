import {
  type ActorContext,
  type ActorDefinition,
  type ActorRef,
  defineActor,
} from "../../src/index.ts";

/** What tests have actors do, from outside: run it in the handler or as a task. */
export type Act = (c: ActorContext<undefined>) => unknown;

export type PuppetMessages = {
  run(c: ActorContext<undefined>, act: Act): unknown;
  value(c: ActorContext<undefined>): number;
};

export type PuppetRef = ActorRef<PuppetMessages>;

/** An actor whose handler does what the test says. */
export const puppet: ActorDefinition<undefined, undefined, PuppetMessages> = defineActor("puppet", {
  handlers: {
    run: (c: ActorContext<undefined>, act: Act): unknown => act(c),
    value: (): number => 42,
  },
});

/** The same with a mailbox of one that makes senders wait. */
export const narrow: ActorDefinition<undefined, undefined, PuppetMessages, "wait"> = defineActor(
  "narrow",
  {
    mailbox: { limit: 1, whenFull: "wait" },
    handlers: {
      run: (c: ActorContext<undefined>, act: Act): unknown => act(c),
      value: (): number => 42,
    },
  },
);
