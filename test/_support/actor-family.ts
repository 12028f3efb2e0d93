import {
  type ActorContext,
  type ActorDefinition,
  type ActorOptions,
  type ActorRef,
  defineActor,
  type RestartOptions,
  type SupervisionOptions,
} from "../../src/index.ts";

/** What all members of a test's family understand. A type, since an interface is no record of handlers. */
export type Member = {
  act(c: ActorContext<undefined>, act: (c: ActorContext<undefined>) => unknown): unknown;
  fail(c: ActorContext<undefined>, error?: Error): never;
};

export type MemberRef = ActorRef<Member>;
export type MemberDefinition = ActorDefinition<undefined, undefined, Member>;

/** What may differ between members. */
export interface MemberOptions {
  readonly restart?: RestartOptions;
  readonly supervision?: SupervisionOptions;
  readonly onStart?: (c: ActorContext<undefined>) => unknown;
  readonly onFailure?: NonNullable<
    ActorOptions<undefined, undefined, Member, "reject">["onFailure"]
  >;
  readonly onTerminated?: NonNullable<
    ActorOptions<undefined, undefined, Member, "reject">["onTerminated"]
  >;
}

/** Defines an actor that writes its starts and ends into `diary`, and fails or does whatever it is told. */
export function defineMember(
  type: string,
  diary: string[],
  options: MemberOptions = {},
): MemberDefinition {
  return defineActor(type, {
    ...options,
    onStart(c) {
      diary.push(`${type} starts`);
      return options.onStart?.(c);
    },
    onStop: (_c, reason) => diary.push(`${type} stops: ${reason}`),
    handlers: {
      act: (c, act: (c: ActorContext<undefined>) => unknown) => act(c),
      fail(_c, error: Error = new Error("oops")): never {
        throw error;
      },
    },
  });
}

/** Makes `parent` spawn children of these definitions, in this order. */
export async function spawnBelow(
  parent: MemberRef,
  definitions: readonly MemberDefinition[],
  restart?: RestartOptions,
): Promise<MemberRef[]> {
  const children: MemberRef[] = [];
  await parent.ask.act((c) => {
    for (const definition of definitions) {
      children.push(c.spawnChild(definition, restart === undefined ? {} : { restart }));
    }
  });
  for (const child of children) await child.whenReady();
  return children;
}
