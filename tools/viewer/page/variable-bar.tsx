import { useEffect } from "preact/hooks";
import type { JSX } from "preact/jsx-runtime";
import { type Address, ALL } from "../model/address.ts";
import type { Variable } from "./choices.ts";
import { goTo } from "./navigation.ts";

interface ChoiceProps {
  readonly variable: Variable;
  readonly choose: (values: readonly string[]) => void;
}

/** Closes open lists when something else is clicked on. */
function useClosing(): void {
  useEffect(() => {
    const close = ({ target }: Event): void => {
      for (const list of document.querySelectorAll<HTMLDetailsElement>(".select[open]")) {
        if (!(target instanceof Node && list.contains(target))) list.open = false;
      }
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, []);
}

/** The variables that can be chosen; data sources are what the viewer was started with. */
export function VariableBar(props: {
  readonly variables: readonly Variable[];
  readonly address: Address;
}): JSX.Element {
  const { variables, address } = props;
  useClosing();
  return (
    <div class="variables">
      {variables.map((variable) => {
        const { name, type, label = name, description } = variable.json;
        if (type !== "query" && type !== "textbox") return null;
        const choose = (values: readonly string[]): void =>
          goTo({ ...address, chosen: { ...address.chosen, [name]: values } });
        const Choice = type === "query" ? Select : TextBox;
        return (
          <div class="variable" key={name} title={description}>
            <span>{label}</span>
            <Choice variable={variable} choose={choose} />
          </div>
        );
      })}
    </div>
  );
}

function TextBox({ variable, choose }: ChoiceProps): JSX.Element {
  const { json, choice } = variable;
  return (
    <input
      type="text"
      aria-label={json.label ?? json.name}
      spellcheck={false}
      placeholder="all"
      value={choice.values[0] ?? ""}
      onChange={(event) => choose([event.currentTarget.value.trim()])}
    />
  );
}

/** Several of many, or all; one of many for a variable that is not `multi`. */
function Select({ variable, choose }: ChoiceProps): JSX.Element {
  const { options, choice } = variable;
  const { name, multi = false, includeAll = false } = variable.json;
  const type = multi ? "checkbox" : "radio";
  const offered = [...new Set([...options, ...choice.values])];
  const toggle = (value: string): void => {
    const others = choice.values.filter((each) => each !== value);
    const next = choice.values.includes(value) ? others : [...choice.values, value];
    choose(next.length === 0 ? [ALL] : next);
  };
  return (
    <details class="select">
      <summary>{choice.all ? "All" : choice.values.join(", ")}</summary>
      <div class="options">
        {includeAll ? (
          <label>
            <input type={type} name={name} checked={choice.all} onChange={() => choose([ALL])} />
            All
          </label>
        ) : null}
        {offered.map((value) => (
          <label key={value}>
            <input
              type={type}
              name={name}
              checked={choice.values.includes(value)}
              onChange={() => (multi ? toggle(value) : choose([value]))}
            />
            {value}
          </label>
        ))}
      </div>
    </details>
  );
}
