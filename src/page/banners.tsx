import type { JSX } from "preact";
import { attentionOf } from "../viewer/attention.ts";
import { clockText } from "../viewer/format.ts";
import { deadlockEnd } from "../viewer/wait-texts.ts";
import { Icon } from "./parts/icon.tsx";
import { useConsole } from "./state/console-context.ts";
import { Connection } from "./state/worker-messages.ts";

/** Critical findings, shown on every tab. */
export function Banners(): JSX.Element {
  return (
    <div class="banners">
      <ConnectionBanner />
      <FileBanner />
      <DeadlockBanner />
    </div>
  );
}

function ConnectionBanner(): JSX.Element | null {
  const { connection, view } = useConsole().state;
  if (view === null) return null;
  if (connection === Connection.Lost) {
    return (
      <p class="banner banner-warn" role="alert">
        <Icon name="alert" />
        The process does not answer. What you see is of {clockText(view.newestAtMs)}; trying again.
      </p>
    );
  }
  if (connection !== Connection.Refused) return null;
  return (
    <p class="banner banner-warn" role="alert">
      <Icon name="alert" />
      The process does not know this page any more. What you see is of {clockText(view.newestAtMs)}.
      Open the latest address that it printed.
    </p>
  );
}

function FileBanner(): JSX.Element | null {
  const { state, controller } = useConsole();
  if (state.file === null) return null;
  const { name, file } = state.file;
  const { capturedAtMs } = file.frame;
  return (
    <p class="banner banner-file">
      <Icon name="file" />
      <span>
        <b>Imported file</b> {name}: how it was on {new Date(capturedAtMs).toLocaleDateString()} at{" "}
        {clockText(capturedAtMs)}. Nothing here is live.
      </span>
      <button type="button" class="button" onClick={() => controller.closeFile()}>
        Back to live
      </button>
    </p>
  );
}

function DeadlockBanner(): JSX.Element | null {
  const { state, controller } = useConsole();
  const all = state.view === null ? [] : attentionOf(state.view).deadlocks;
  const [first] = all;
  if (first === undefined) return null;
  return (
    <p class="banner banner-bad" role="alert">
      <Icon name="deadlock" />
      <span class="banner-text">
        <b>Deadlock</b> {first.deadlock.text}.{" "}
        <span class="banner-faint">{deadlockEnd(first.deadlock, state.view?.atMs ?? 0)}</span>
        {all.length > 1 ? <b> And {all.length - 1} more.</b> : null}
      </span>
      <button
        type="button"
        class="button"
        onClick={() => controller.openTab("waits", { system: first.system })}
      >
        Show in Waits
      </button>
    </p>
  );
}
