import { SignalName } from "../protocol/commands.ts";

/** Returns whether a signal still means something for the next activation. */
export function isCarried(name: SignalName): boolean {
  switch (name) {
    case SignalName.Wake:
    case SignalName.Destroy:
      return true;
    case SignalName.Sleep:
    case SignalName.Kill:
      return false;
  }
}
