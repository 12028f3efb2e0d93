import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useConsole } from "../state/console-context.ts";
import { postAction } from "../state/data-source.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Actions on the actor, if the process allows them. They require a confirmation. */
export const actionsSection: SectionDefinition = {
  title: "Actions",
  applies: ({ row }) => row.stopped === null,
  Content: ActionsSection,
};

const VERBS = ["stop", "restart", "kill"] as const;

function ActionsSection({ row }: SectionProps): JSX.Element {
  const { state } = useConsole();
  const allowed = state.summary?.allowActions === true && state.file === null;
  if (!allowed) {
    return (
      <p class="hint">
        Actions are disabled. Set allowActions to stop, restart and message actors here.
      </p>
    );
  }
  return (
    <>
      <div class="actions">
        {VERBS.map((verb) => (
          <ActionButton key={verb} verb={verb} id={row.id} />
        ))}
      </div>
      <SendForm id={row.id} />
    </>
  );
}

function useAction(): (what: string, action: object) => void {
  const { controller } = useConsole();
  return (what, action) => {
    void postAction(action).then(({ problem }) =>
      controller.notify(problem === null ? `Done: ${what}.` : `Not done: ${problem}.`),
    );
  };
}

interface ActionButtonProps {
  readonly verb: (typeof VERBS)[number];
  readonly id: string;
}

function ActionButton({ verb, id }: ActionButtonProps): JSX.Element {
  const [asked, setAsked] = useState(false);
  const act = useAction();
  const press = (): void => {
    if (asked) act(`${verb} ${id}`, { action: verb, id });
    setAsked(!asked);
  };
  return (
    <button
      type="button"
      class={asked ? "button button-danger" : "button"}
      onClick={press}
      onBlur={() => setAsked(false)}
    >
      {asked ? `Really ${verb}?` : verb}
    </button>
  );
}

function SendForm({ id }: { readonly id: string }): JSX.Element {
  const { controller } = useConsole();
  const [messageType, setMessageType] = useState("");
  const [text, setText] = useState("[]");
  const act = useAction();
  const send = (event: Event): void => {
    event.preventDefault();
    const args = parseArguments(text);
    if (args === null) controller.notify('Arguments are a JSON list, such as [1, "two"].');
    else act(`${messageType} sent to ${id}`, { action: "send", id, messageType, args });
  };
  return (
    <form class="send" onSubmit={send}>
      <input
        required
        placeholder="message"
        aria-label="Message"
        value={messageType}
        onInput={({ currentTarget }) => setMessageType(currentTarget.value)}
      />
      <input
        class="mono"
        aria-label="Arguments as a JSON list"
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit" class="button">
        Tell
      </button>
    </form>
  );
}

function parseArguments(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
