import type { JSX } from "preact";
import { keyIdOf } from "../../wire/keys.ts";
import { AwakeList } from "../parts/awake-list.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { useConsole } from "../state/console-context.ts";
import type { SectionDefinition, SectionProps } from "./section.ts";

/** The key of a keyed actor, and why it is awake. */
export const keySection: SectionDefinition = {
  title: "Why is it awake?",
  applies: ({ row }) => row.keyed !== undefined,
  Content: KeySection,
};

function KeySection({ row, view, nowAtMs }: SectionProps): JSX.Element | null {
  const { controller } = useConsole();
  if (row.keyed === undefined) return null;
  const { key, generation, awake } = row.keyed;
  const id = keyIdOf(row.type, key);
  return (
    <>
      {row.stopped === null ? (
        <AwakeList reasons={awake} nowAtMs={nowAtMs} />
      ) : (
        <p class="faint">It is not: this activation has ended.</p>
      )}
      <Facts>
        <Fact name="key">
          <button
            type="button"
            class="link mono"
            title={id}
            onClick={() =>
              controller.openTab("keys", { type: row.type, key: id, system: view.system })
            }
          >
            {key}
          </button>
        </Fact>
        <Fact name="activation">{generation === null ? null : `number ${generation}`}</Fact>
      </Facts>
    </>
  );
}
