import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "../../../src/client.ts";
import { useActor } from "../../../src/react.ts";
import type { Actors } from "./actors.ts";

/** The spans of the page in whose names it has sent something. */
const injected: { readonly traceId: string; readonly spanId: string }[] = [];

function randomHex(bytes: number): string {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => value.toString(16).padStart(2, "0")).join("");
}

const gateway = new URLSearchParams(location.search).get("gateway") ?? location.origin;
const client = createClient<Actors>(gateway, {
  timeoutMs: 5_000,
  inject: (carrier) => {
    const [traceId, spanId] = [randomHex(16), randomHex(8)];
    injected.push({ traceId, spanId });
    carrier["traceparent"] = `00-${traceId}-${spanId}-01`;
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
    Object.assign(globalThis, { client, injected, setViews, setKey });
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
