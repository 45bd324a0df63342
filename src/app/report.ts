/** Reports an error of the app's code as the platform reports uncaught ones. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Calls the app, and reports what it throws. @returns whether the call fulfilled */
export async function notify(call: () => unknown): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}
