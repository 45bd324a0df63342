/** Reports an error of the app's code as the platform reports uncaught ones. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Sends a transient message to the delegate. If that throws, the error is reported and changes nothing. */
export async function notify(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    report(error);
  }
}
