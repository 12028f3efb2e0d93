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
import { CATEGORIES } from "./category-table.ts";

/*
 * A plugin of TypeDoc that puts each public name into a category, which follows from the file that declares it.
 */

/** Names of the definition's files that concern failures. */
const FAILURES = /^(?:Failure|Restart|Supervision)/;

function categoryOf(file: string, name: string): string {
  if (FAILURES.test(name)) return "Failures";
  const [category] = CATEGORIES.find(([, files]) => files.test(file)) ?? [];
  if (category !== undefined) return category;
  throw new Error(
    `${name} of src/${file} has no category: add its file to tools/site/category-table.ts`,
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
  const src = join(import.meta.dirname, "../../src/");
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context: Context) => {
    for (const module of context.project.getChildrenByKind(ReflectionKind.Module)) {
      for (const child of module.children ?? []) {
        if (child.isReference()) continue; // a name that another entry exports, too
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
