// Finds the properties in the reference that no comment explains.
import { ReflectionKind } from "typedoc";

/** Returns the names of the public properties that need a comment and have none. */
export function undocumentedProperties(project) {
  return project
    .getReflectionsByKind(ReflectionKind.Property)
    .filter((property) => !hasComment(property) && !isFixed(property) && !isExplainedAbove(property))
    .map((property) => property.getFriendlyFullName());
}

/** A default alone says nothing. The comment of a function is at its signature. */
function hasComment({ comment, type }) {
  const signatures = type?.declaration?.signatures ?? [];
  return [comment, ...signatures.map((signature) => signature.comment)].some((it) => it?.summary.length > 0);
}

/** Its type has one value, which tells the members of a union apart: `kind: "next"`, `queue?: undefined`. */
function isFixed({ type }) {
  return type?.type === "literal" || type?.name === "undefined";
}

/** An object without a name: a comment above it names the property in backticks, or it is what a function takes. */
function isExplainedAbove({ name, parent: object }) {
  if (!object.kindOf(ReflectionKind.TypeLiteral)) return false;
  const { kind, comment, type } = object.parent;
  if (kind === ReflectionKind.Parameter) return true;
  const text = [comment?.summary, ...(type?.elementSummaries ?? [])].flat();
  return text.some((part) => part?.kind === "code" && part.text.split(/[^\w-]+/).includes(name));
}
