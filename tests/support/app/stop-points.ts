/**
 * Lets a worker stand still for good at one write to an old queue, so that a test stops it exactly there: before the n-th
 * transaction, or right after it is on disk. Nothing else of the worker goes on, as after a kill.
 */
export function standStillAt(point: string): void {
  const [time, place] = point.split(" ");
  atWrite(
    Number(place),
    () => time === "before" && standStill(),
    (made) => time === "after" && made.addEventListener("complete", standStill),
  );
}

/**
 * Takes the first row out of an old queue, as an old worker does that is about to send it: right before the write to
 * that queue which replaces rows, the second one of a pass, or right after it, with what it has read before.
 */
export function takeFirstAt(time: string): void {
  const transaction = IDBDatabase.prototype.transaction;
  const take = (database: IDBDatabase): void => {
    const store = transaction.call(database, "requests", "readwrite").objectStore("requests");
    const first = store.openCursor();
    first.onsuccess = () => void first.result?.delete();
  };
  atWrite(
    2,
    (database) => time === "before" && take(database),
    ({ db }) => time === "after" && take(db),
  );
}

/** Calls the functions right before and right after the n-th transaction begins that writes to an old queue. */
function atWrite(
  place: number,
  before: (database: IDBDatabase) => unknown,
  after: (made: IDBTransaction) => unknown,
): void {
  const transaction = IDBDatabase.prototype.transaction;
  let count = 0;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
    const isWrite = given[1] === "readwrite" && /^(workbox|serwist)-background-sync$/.test(this.name);
    const isHere = isWrite && ++count === place;
    if (isHere) before(this);
    const made = transaction.apply(this, given);
    if (isHere) after(made);
    return made;
  };
}

function standStill(): void {
  new BroadcastChannel("stop-points").postMessage("here");
  for (;;);
}
