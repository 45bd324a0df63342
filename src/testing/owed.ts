import { withDatabase } from "../store/with-database.ts";
import { untilQuiet } from "./until-quiet.ts";

/** Whether there is an event in the outbox that the app has not got yet, and that is not parked. */
export async function isAnythingOwed(scope: string): Promise<boolean> {
  let events: readonly { readonly isParked?: true }[] | undefined;
  void withDatabase(scope, async (database) => {
    events = await database.read(["outbox"], (tx) => tx.objectStore("outbox").getAll());
  });
  await untilQuiet(() => events === undefined);
  return events?.some(({ isParked }) => !isParked) ?? false;
}
