import type { ComponentChildren, JSX } from "preact";
import { useConsole } from "../state/console-context.ts";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly pressed?: boolean;
  /** Whether the label is visible. Otherwise only screen readers announce it. */
  readonly wide?: boolean;
}

/** A button with an icon. */
export function IconButton({ icon, label, onClick, pressed, wide }: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={wide ? "button" : "button button-icon"}
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
      {wide ? <span>{label}</span> : null}
    </button>
  );
}

interface FieldProps {
  /** The URL parameter that it changes. */
  readonly param: string;
  readonly label: string;
}

/** A text filter. The `/` key focuses the first one of a tab. */
export function FilterText({ param, label }: FieldProps): JSX.Element {
  const { state, controller } = useConsole();
  return (
    <label class="field field-text">
      <Icon name="search" />
      <input
        type="search"
        data-filter
        spellcheck={false}
        autocomplete="off"
        placeholder={label}
        aria-label={label}
        value={state.route.params[param] ?? ""}
        onInput={({ currentTarget }) => controller.setParams({ [param]: currentTarget.value })}
      />
    </label>
  );
}

interface FilterChoiceProps extends FieldProps {
  /** Values and texts. The first option means no filter. */
  readonly options: readonly (readonly [value: string, text: string])[];
}

/** A filter with a fixed set of options. */
export function FilterChoice({ param, label, options }: FilterChoiceProps): JSX.Element {
  const { state, controller } = useConsole();
  const value = state.route.params[param] ?? "";
  const known = options.some(([option]) => option === value);
  return (
    <label class={value === "" ? "field" : "field field-set"}>
      <span class="field-label">{label}</span>
      <select
        aria-label={label}
        value={value}
        onChange={({ currentTarget }) => controller.setParams({ [param]: currentTarget.value })}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
        {known ? null : <option value={value}>{value}</option>}
      </select>
    </label>
  );
}

interface SwitchProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly onChoose: (value: Value) => void;
}

/** A switch between two or three alternatives. */
export function Switch<Value extends string>(props: SwitchProps<Value>): JSX.Element {
  const { label, value, options, onChoose } = props;
  return (
    <fieldset class="switch">
      <legend class="sr-only">{label}</legend>
      {options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          onClick={() => onChoose(option)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}

/** A {@link Switch} that changes a URL parameter. */
export function FilterSwitch({ param, label, options }: FilterChoiceProps): JSX.Element {
  const { state, controller } = useConsole();
  return (
    <Switch
      label={label}
      value={state.route.params[param] ?? ""}
      options={options}
      onChoose={(value) => controller.setParams({ [param]: value })}
    />
  );
}

/** The bar above a tab's content. */
export function Toolbar({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="toolbar" role="toolbar" aria-label="Filter">
      {children}
    </div>
  );
}
