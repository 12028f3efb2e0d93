/** The start of each wrong program: an actor with inferred messages, one that declares them, and a keyed one. */
const START = `import { createSystem, defineActor, defineKeyedActor } from "ENTRY";
interface CounterMessages { add(by: number): number; again(): void }
const account = defineActor("account", {
  state: (input: { readonly owner: string }) => ({ ...input, balance: 0 }),
  handlers: {
    deposit(c, amount: number) {
      c.state.balance += amount;
      return c.state.balance;
    },
  },
});
const counter = defineActor("counter", {
  state: () => ({ count: 0 }),
  messages: {} as CounterMessages,
  handlers: {
    add: (c, by) => (c.state.count += by),
    again: (c) => void c.self.ask.add(1),
  },
});
const limiter = defineKeyedActor("limiter", {
  state: (input: { readonly perMinute: number }) => ({ ...input }),
  messages: {} as CounterMessages,
  handlers: { add: (c, by) => c.state.perMinute + by, again: (c) => c.sleep() },
});
const system = createSystem();
export const client = system.get(limiter, "a");
export const alice = system.spawn(account, { input: { owner: "alice" } });
export const visits = system.spawn(counter);
`;

/** A wrong program, and what the first line of the compiler's only complaint must say. */
export interface WrongProgram {
  readonly name: string;
  readonly source: string;
  readonly says: RegExp;
}

function wrong(name: string, line: string, says: RegExp): WrongProgram {
  return { name, source: `${START}${line}\n`, says };
}

/** The commonest mistakes, some in more than one form. */
export const wrongPrograms: readonly WrongProgram[] = [
  wrong(
    "a misspelt message",
    "alice.ask.depositt(1);",
    /^Property 'depositt' does not exist on type 'Asks<\{.*\}>'\. Did you mean 'deposit'\?$/,
  ),
  wrong(
    "a misspelt message of a declared actor",
    "visits.tell.addd(1);",
    /^Property 'addd' does not exist on type 'Tells<.*CounterMessages.*>'\. Did you mean 'add'\?$/,
  ),
  wrong(
    "a misspelt message to itself",
    `defineActor("a", {
      messages: {} as CounterMessages,
      handlers: { add: (c) => c.self.ask.agian().then(() => 1), again() {} },
    });`,
    /^Property 'agian' does not exist on type 'Asks<.*CounterMessages.*>'\. Did you mean 'again'\?$/,
  ),
  wrong(
    "a wrong argument",
    `alice.ask.deposit("10");`,
    /^Argument of type 'string' is not assignable to parameter of type 'number'\.$/,
  ),
  wrong("a missing input", "system.spawn(account);", /^Expected 2 arguments, but got 1\.$/),
  wrong(
    "options without the input",
    `system.spawn(account, { name: "bob" });`,
    /(Property 'input' is missing in|is not assignable to parameter of) type .*readonly input: \{ readonly owner: string; \}/,
  ),
  wrong(
    "a tell awaited for its reply",
    "export const balance: number = await alice.tell.deposit(1);",
    /^Type 'void' is not assignable to type 'number'\.$/,
  ),
  wrong(
    "a handler without the context",
    `defineActor("a", { handlers: { add: (amount: number) => amount + 1 } });`,
    /^Type '\(amount: number\) => number' is not assignable to type '\(c: ActorContext<undefined, AnyMessages, "reject">, \.\.\.args: never\[\]\) => unknown'\.$/,
  ),
  wrong(
    "a handler that is not declared",
    `defineActor("a", { messages: {} as CounterMessages, handlers: { add: () => 1, agian() {} } });`,
    /^Object literal may only specify known properties, but 'agian' does not exist in type 'Handlers<.*CounterMessages.*>'\. Did you mean to write 'again'\?$/,
  ),
  wrong(
    "a wrong type of the state",
    `defineActor("a", { state: () => ({ n: 0 }), handlers: { set: (c) => { c.state.n = "1"; } } });`,
    /^Type 'string' is not assignable to type 'number'\.$/,
  ),
  wrong(
    "an unknown field of the state",
    `defineActor("a", { state: () => ({ sum: 0 }), handlers: { get: (c) => c.state.summ } });`,
    /^Property 'summ' does not exist on type '\{ sum: number; \}'\. Did you mean 'sum'\?$/,
  ),
  wrong(
    "a misspelt message of a keyed actor",
    "client.ask.agian();",
    /^Property 'agian' does not exist on type 'Asks<.*CounterMessages.*>'\. Did you mean 'again'\?$/,
  ),
  wrong(
    "a wrong input of a keyed actor",
    `system.get(limiter, "a", { input: { perHour: 1 } });`,
    /^Object literal may only specify known properties, and 'perHour' does not exist in type '\{ readonly perMinute: number; \}'\.$/,
  ),
  wrong(
    "another actor addressed by a key",
    `system.get(account, "a");`,
    /^Property 'keyed' is missing in type 'ActorDefinition<.*>' but required in type 'KeyedAddress<unknown, unknown>'\.$/,
  ),
  wrong(
    "a misspelt message in a schedule",
    `defineKeyedActor("a", {
      messages: {} as CounterMessages,
      handlers: { add: (c) => c.schedule.after(1).agian().dueAtMs, again() {} },
    });`,
    /^Property 'agian' does not exist on type 'ScheduleCalls<CounterMessages>'\. Did you mean 'again'\?$/,
  ),
  wrong(
    "a misspelt hook of a keyed actor",
    `defineKeyedActor("a", { onSleeps() {}, handlers: { add: () => 1 } });`,
    /^Object literal may only specify known properties, but 'onSleeps' does not exist in type 'KeyedOptions<.*>'\. Did you mean to write 'onSleep'\?$/,
  ),
  wrong(
    "a keyed actor that is stopped",
    `defineKeyedActor("a", { handlers: { end: (c) => c.stop() } });`,
    /^Property 'stop' does not exist on type 'KeyedContext<.*>'\.$/,
  ),
];
