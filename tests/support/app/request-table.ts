import type { BackgroundSession, BackgroundTask, StorableBody, TaskRequest } from "background-session";
import { type Realm, ROWS, type Row } from "./request-rows.ts";

/** How a row is given to the call. */
export type Way =
  | "address"
  | "URL"
  | "description"
  | "description of another realm"
  | "Request"
  | "Request of a Request"
  | "Request of an address and a Request"
  | "Request of another realm";

export type Kind = "data" | "download" | "upload" | "tus";

/** The request that the server received, or the reason why nothing was sent. */
export interface Seen {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bodyBytes?: number;
  readonly body?: string;
  /** Name and message of the exception, or the code of the task's error. */
  readonly error?: string;
}

export interface Comparison {
  readonly row: string;
  readonly way: Way;
  readonly key: string;
  readonly fetched: Seen;
  readonly sent: Seen;
}

interface Plan {
  readonly session: BackgroundSession;
  readonly kind: Kind;
  readonly ways: readonly Way[];
  readonly crossOrigin: string;
  /** All rows if it is left out. */
  readonly isWanted?: (row: Row) => boolean;
}

/**
 * Sends each row by this page's `fetch` and by a task, in each way, and returns what the server received from both.
 */
export async function compare({ session, kind, ways, crossOrigin, isWanted = () => true }: Plan) {
  const realms = { here: globalThis as Realm, there: await otherRealm() };
  const isUpload = kind === "upload" || kind === "tus";
  const cells = ROWS.filter(isWanted).flatMap((row, number) =>
    ways.flatMap((way) => {
      const key = `${kind}-${number}-${way.replaceAll(" ", "-")}`;
      const given = (who: string) => givenOf(row, way, realms, crossOrigin, `${key}-${who}`);
      // Uploads leave out the rows that do not suit them.
      const isSuited = !isUpload || isSuitedForUpload(kind, row, given("asked").init);
      return isSuited && suits(way, given("asked").init) ? [{ row, way, key, given }] : [];
    }),
  );
  const fetched = await Promise.all(cells.map(({ given }) => fetchedOf(given("fetched"), isUpload)));
  const tasks = cells.map(({ given }) => sentOf(session, kind, given("sent")));
  const sent = await Promise.all(tasks);
  return cells.map(
    ({ row, way, key }, index): Comparison => ({
      row: row.name,
      way,
      key,
      fetched: fetched[index] as Seen,
      sent: sent[index] as Seen,
    }),
  );
}

interface Given {
  readonly way: Way;
  readonly realm: Realm;
  readonly url: string;
  readonly init: RequestInit;
}

function givenOf(
  row: Row,
  way: Way,
  { here, there }: { here: Realm; there: Realm },
  crossOrigin: string,
  key: string,
): Given {
  const realm = way.includes("another realm") ? there : here;
  const { url = "", ...init } = row.init(realm);
  const base = row.isForeign ? `${crossOrigin}/echo-there` : "/echo";
  return { way, realm, url: `${base}?key=${key}${url}`, init };
}

/** A plain URL carries no other settings. */
function suits(way: Way, init: RequestInit): boolean {
  return (way !== "address" && way !== "URL") || Object.keys(init).length === 0;
}

function isSuitedForUpload(kind: Kind, row: Row, { method = "POST", body = "" }: RequestInit): boolean {
  // The server of the second origin knows none of our uploads.
  const methods = kind === "tus" ? ["POST"] : ["POST", "PUT", "PATCH"];
  const isThere = kind !== "tus" || !row.isForeign;
  return isThere && methods.includes(method) && body !== null && !row.isInvisible;
}

function inputOf({ way, realm, url, init }: Given): TaskRequest {
  const address = new URL(url, location.href);
  switch (way) {
    case "address":
      return url;
    case "URL":
      return address;
    case "description":
      return { url, ...init } as TaskRequest;
    case "description of another realm":
      return { url: new realm.URL(address.href), ...init } as TaskRequest;
    case "Request":
    case "Request of another realm":
      return new realm.Request(url, init);
    case "Request of a Request":
      return new Request(new Request(url, init));
    case "Request of an address and a Request":
      return new Request(url, new Request(url, init));
  }
}

async function fetchedOf(given: Given, isUpload: boolean): Promise<Seen> {
  const init: RequestInit = isUpload ? { method: "POST", body: "upload", ...given.init } : given.init;
  const plainly = () => fetch(given.url, init);
  try {
    if (isUpload || given.way.startsWith("description")) return await seenIn(await plainly());
    const input = inputOf(given) as string | URL | Request;
    // The body of a Request made from another one is a stream, which HTTP/1.1 does not carry.
    return await seenIn(await fetch(input).catch(plainly));
  } catch (error) {
    return { error: String(error) };
  }
}

async function sentOf(session: BackgroundSession, kind: Kind, given: Given): Promise<Seen> {
  try {
    const task = taskOf(session, kind, given);
    void task.resume();
    const { response, file, error } = await task.completed;
    if (error !== undefined) return { error: error.code };
    if (kind === "tus") return {};
    return await seenIn(file === undefined ? (response as Response) : new Response(file));
  } catch (error) {
    return { error: String(error) };
  }
}

function taskOf(session: BackgroundSession, kind: Kind, given: Given): BackgroundTask {
  if (kind === "data") return session.dataTask(inputOf(given));
  if (kind === "download") return session.downloadTask(inputOf(given));
  const { body = "upload", ...init } = { method: "POST", ...given.init };
  const url = kind === "tus" ? given.url.replace(/^.*\?/, "/tus?") : given.url;
  const request = inputOf({ ...given, url, init });
  return session.uploadTask(request, body as StorableBody, kind === "tus" ? { protocol: "tus" } : {});
}

async function seenIn(response: Response): Promise<Seen> {
  const { method, url, headers, bodyBytes, bodyText, bodySha256 } = await response.json();
  return { method, url, headers, bodyBytes, body: bodyText ?? bodySha256 };
}

let frame: Promise<HTMLIFrameElement> | undefined;

async function otherRealm(): Promise<Realm> {
  frame ??= new Promise((resolve) => {
    const element = document.createElement("iframe");
    element.addEventListener("load", () => resolve(element));
    // A click must reach the page.
    element.hidden = true;
    element.src = "/frame.html";
    document.body.append(element);
  });
  return (await frame).contentWindow as unknown as Realm;
}
