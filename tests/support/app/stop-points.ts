/**
 * Lets a worker stand still for good at one write to an old queue, so that a test stops it exactly there: before the n-th
 * transaction, or right after it is on disk. Nothing else of the worker goes on, as after a kill.
 */
export function standStillAt(point: string): void {
  const [time, place] = point.split(" ");
  const transaction = IDBDatabase.prototype.transaction;
  let count = 0;
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
    const isWrite = given[1] === "readwrite" && /^(workbox|serwist)-background-sync$/.test(this.name);
    const isHere = isWrite && ++count === Number(place);
    if (isHere && time === "before") standStill();
    const made = transaction.apply(this, given);
    if (isHere && time === "after") made.addEventListener("complete", standStill);
    return made;
  };
}

function standStill(): void {
  new BroadcastChannel("stop-points").postMessage("here");
  for (;;);
}
