import type { TestPage } from "./test-browser.ts";

export interface OldRow {
  readonly url: string;
  /** @default the next one */
  readonly id?: number;
  readonly body?: string;
  /** @default now */
  readonly timestamp?: number;
  /** @default "orders" */
  readonly queueName?: string;
  readonly metadata?: unknown;
  /** What is different in its request. */
  readonly request?: Readonly<Record<string, unknown>>;
}

/** Writes rows as workbox's and Serwist's `QueueStore` do, of a page that made them. */
export async function writeOldRows(
  page: TestPage,
  rows: readonly OldRow[],
  name: string = "workbox-background-sync",
): Promise<void> {
  await page.evaluate(
    async ([name, rows]) => {
      const database = await app.openDB(name, 3, {
        upgrade: (upgraded) =>
          void upgraded
            .createObjectStore("requests", { autoIncrement: true, keyPath: "id" })
            .createIndex("queueName", "queueName", { unique: false }),
      });
      for (const { url, body = "", timestamp = Date.now(), queueName = "orders", ...row } of rows)
        await database.add("requests", {
          queueName,
          timestamp,
          ...(row.id !== undefined && { id: row.id }),
          ...(row.metadata !== undefined && { metadata: row.metadata }),
          requestData: {
            url: new URL(url, location.href).href,
            headers: { "content-type": "text/plain" },
            method: "POST",
            body: new TextEncoder().encode(body).buffer,
            referrer: location.href,
            referrerPolicy: "",
            mode: "cors",
            credentials: "same-origin",
            cache: "default",
            redirect: "follow",
            integrity: "",
            keepalive: false,
            ...row.request,
          },
        });
      database.close();
    },
    [name, rows] as const,
  );
}

/** Returns what the databases of workbox and Serwist have, in the order of their keys, without the daemon's own mark. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at it from the outside
export function oldRows(page: TestPage): Promise<any[]> {
  return page.evaluate(async () => {
    const found = [];
    for (const { name = "" } of await indexedDB.databases()) {
      if (!/^(workbox|serwist)-background-sync$/.test(name)) continue;
      const database = await app.openDB(name);
      const rows = await database.getAll("requests");
      found.push(...rows.filter(({ queueName }) => !queueName.startsWith("background-session:")));
      database.close();
    }
    return found;
  });
}
