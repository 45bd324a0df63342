import { isReadable } from "../../store/bodies.ts";
import type { BodyContent } from "../../store/schema.ts";

/** A worker that ends with its page is gone by then. */
const SECOND_LOOK_MS = 1_000;

/**
 * Whether what is to be sent can be read no more, also at a second look: in WebKit a worker that is just being ended runs
 * a little longer than it can read, and would write down that the body is lost.
 */
export async function isLost(body: BodyContent | undefined): Promise<boolean> {
  if (body === undefined || (await isReadable(body))) return false;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  return !(await isReadable(body));
}
