import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ActionButton, useAction, useActionsAllowed } from "../parts/action-button.tsx";
import { useConsole } from "../state/console-context.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** Actions on the actor, if the process allows them. They require a confirmation. */
export const actionsSection: SectionDefinition = {
  title: "Actions",
  applies: ({ row }) => row.stopped === null,
  Content: ActionsSection,
};

const VERBS = ["stop", "restart", "kill"] as const;

function ActionsSection({ row }: SectionProps): JSX.Element {
  const act = useAction();
  if (!useActionsAllowed()) {
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
          <ActionButton
            key={verb}
            verb={verb}
            of={row.id}
            confirm
            act={() => act(`${verb} ${row.id}`, { action: verb, id: row.id })}
          />
        ))}
      </div>
      <SendForm id={row.id} />
    </>
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
