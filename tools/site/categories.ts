import { join } from "node:path";
import {
  type Application,
  Comment,
  CommentTag,
  type Comment as CommentType,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
} from "typedoc";

/*
 * A plugin of TypeDoc that puts each public name into a category, which follows from the file that declares it.
 */

/** Categories in the order of the pages, and the files below `src` that belong to each. */
const CATEGORIES: readonly (readonly [category: string, files: RegExp])[] = [
  ["Systems and actors", /^(?:system\/|actor\/definition\/(?:actor-system|context|definition))/],
  ["Messages", /^actor\/definition\/(?:messages|ref|later-reply|ref-of|pipe-options|dead-letter)/],
  ["Pools and topics", /^actor\/(?:definition\/pool-ref|topic\/)/],
  ["Failures", /^(?:supervision\/|base\/errors)/],
  ["Health", /^health\//],
  ["Monitoring", /^(?:monitor\/|wire\/snapshot)/],
  ["Time", /^base\/clock/],
  ["Console", /^console\//],
  ["Answers of the console's API", /^wire\//],
  ["Logs", /^telemetry\/logs\//],
  ["Spans", /^telemetry\/(?:traces\/|process-taps)/],
  ["Metrics", /^telemetry\/(?:metrics\/|catalogue)/],
  ["Names and values", /^telemetry\/attributes/],
  ["The preload", /^preload\//],
  ["Testing", /^testing\//],
];
const FAILURES = /^(?:Failure|Restart|Supervision)/;

function categoryOf(file: string, name: string): string {
  if (FAILURES.test(name)) return "Failures";
  const [category] = CATEGORIES.find(([, files]) => files.test(file)) ?? [];
  if (category !== undefined) return category;
  throw new Error(
    `${name} of src/${file} has no category: add its file to tools/site/categories.ts`,
  );
}

/** The comment that shows on the page: that of a function is on its signature. */
function commentOf(reflection: DeclarationReflection): CommentType {
  const comment = reflection.signatures?.[0]?.comment ?? reflection.comment ?? new Comment();
  reflection.comment ??= comment;
  return comment;
}

/** Called by TypeDoc. */
export function load(app: Application): void {
  app.options.setValue("categoryOrder", [...CATEGORIES.map(([category]) => category), "*"]);
  const src = join(import.meta.dirname, "../../src/");
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context: Context) => {
    for (const module of context.project.getChildrenByKind(ReflectionKind.Module)) {
      for (const child of module.children ?? []) {
        const file = context.project.getSymbolIdFromReflection(child)?.fileName ?? "";
        if (!file.startsWith(src)) continue; // a name that another entry has declared
        const text = [
          { kind: "text" as const, text: categoryOf(file.slice(src.length), child.name) },
        ];
        commentOf(child).blockTags.push(new CommentTag("@category", text));
      }
    }
  });
}
