import { expect, test } from "../support/fixtures.ts";

test("a cancelled download is retried with a new id", async ({ page, site }) => {
  const result = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1MB.bin", { id: "old", description: "One", priority: 0.9 });
    await task.cancel();
    await task.completed;
    const next = session.retry(task);
    void next.resume();
    const { file, error } = await next.completed;
    return {
      isFresh: next.id !== task.id,
      description: next.description,
      priority: next.priority,
      error: error?.code,
      sha256: file && (await app.sha256(file)),
    };
  });
  const sha256 = await site.sha256("/files/1MB.bin");
  expect(result).toEqual({ isFresh: true, description: "One", priority: 0.9, sha256 });
});

for (const [size, length] of Object.entries({ small: 10, large: 300_000 })) {
  test(`a failed POST is retried with its ${size} body and a new key`, async ({ page, site }) => {
    const echo = await page.evaluate(async (length) => {
      const session = await app.open();
      const body = "x".repeat(length);
      const request = { url: "/echo?after=cut&afterTimes=1", method: "POST", body };
      const task = session.dataTask(request, { retry: { unsafe: false } });
      void task.resume();
      const { error } = await task.completed;
      const next = session.retry(task);
      void next.resume();
      const { response } = await next.completed;
      return { error: error?.code, ...(await response?.json()) };
    }, length);
    expect(echo).toMatchObject({ error: "network-lost", method: "POST", bodyBytes: length });
    const keys = site.requests("/echo").map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
  });
}

test("a retry with another header is refused, with the reason", async ({ page }) => {
  const message = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1MB.bin");
    await task.cancel();
    await task.completed;
    try {
      session.retry(task, { headers: {} } as never);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  });
  expect(message).toContain("the request is that of the task which is retried, and cannot be changed");
});

test("a task that is not finished is not retried", async ({ page }) => {
  const thrown = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/files/1MB.bin", { id: "still" });
    try {
      session.retry(task);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return undefined;
  });
  expect(thrown).toMatch(/^TypeError: Task "still" is not finished/);
});
