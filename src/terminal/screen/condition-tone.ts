import { type Condition, ConditionTone, conditionTone } from "../../wire/condition.ts";
import { Tone } from "../text/styled-line.ts";

/** Returns the tone of a condition. */
export function toneOf(condition: Condition): Tone {
  switch (conditionTone(condition)) {
    case ConditionTone.Alarm:
      return Tone.Alarm;
    case ConditionTone.Bad:
      return Tone.Bad;
    case ConditionTone.Warn:
      return Tone.Warn;
    case ConditionTone.Wait:
      return Tone.Wait;
    case ConditionTone.Work:
      return Tone.Good;
    case ConditionTone.Faint:
      return Tone.Dim;
  }
}
