import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import type { EventDefinition } from "../../../src/activation/definition/event-types.ts";
import type { Faceted, Facets } from "../../../src/activation/definition/facets.ts";
import { createClient } from "../../../src/client.ts";
import { useActor } from "../../../src/react.ts";

/** What the gateway of the test exposes. */
interface Messages {
  lines(c: never): string[];
  say(c: never, text: string): void;
}
type Room = Facets<
  Messages,
  unknown,
  { readonly said: EventDefinition<string> },
  { readonly name: string },
  undefined
>;
type Actors = readonly [{ readonly type: "room" } & Faceted<Room>];

const gateway = new URLSearchParams(location.search).get("gateway") ?? location.origin;
const client = createClient<Actors>(gateway, {
  timeoutMs: 5_000,
  inject: (carrier) => {
    carrier["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  },
});

function RoomView({
  room: key,
  name,
}: {
  readonly room: string | undefined;
  readonly name: string;
}) {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [reasons, setReasons] = useState<readonly string[]>([]);
  const [renders, setRenders] = useState(0);
  const room = useActor(client.room, key, { params: { name } });
  room.useEvent("said", (text) => setLines((before) => [...before, `${text} (${renders})`]));
  room.useResync(async ({ reason }) => {
    setReasons((before) => [...before, reason]);
    setLines(await room.ask.lines());
  });
  return (
    <section data-name={name} data-status={room.status} data-error={room.error?.code ?? ""}>
      <ol>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      <output>{reasons.join(",")}</output>
      <button type="button" name="say" onClick={() => void room.ask.say("hello")}>
        say
      </button>
      <button type="button" name="render" onClick={() => setRenders(renders + 1)}>
        render
      </button>
    </section>
  );
}

/** Views that the test adds and removes, each written as a number and a name. */
function App() {
  const [views, setViews] = useState<readonly string[]>([]);
  const [key, setKey] = useState<string | undefined>("lobby");
  useEffect(() => {
    Object.assign(globalThis, { setViews, setKey });
  }, []);
  return views.map((view) => <RoomView key={view} room={key} name={view.split(" ")[1] ?? ""} />);
}

const root = document.querySelector("main");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
