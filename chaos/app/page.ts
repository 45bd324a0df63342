import { BackgroundSession, type BackgroundTask, type SessionConfiguration } from "background-session";
import type { Act, OnBusy } from "../plan.ts";
import { placeOf, QUEUES, SESSIONS, type SessionName, type TaskPlan } from "../task-plan.ts";
import { bodyBytes } from "./body-bytes.ts";
import { completionHandlers, delegate, type Mark, markOf } from "./delegate.ts";
import { readJournal } from "./journal.ts";
import { backgroundFetches, leftovers, unfinishedRows } from "./leftovers.ts";
import { watchPlace } from "./placed.ts";

const parameters = new URLSearchParams(location.search);

/** Makes a stalled transfer resume soon. */
const CONFIGURATION: SessionConfiguration = {
  timeoutIntervalForRequest: 2,
  challengeStatuses: [401],
  transport: parameters.has("background-fetch") ? "auto" : "worker",
  queues: Object.fromEntries(Object.entries(QUEUES).map(([name, onFailure]) => [name, { onFailure }])),
};

const opening = new Map<SessionName, Promise<BackgroundSession>>();

function open(name: SessionName, onBusy: OnBusy = "observe", retention?: number): Promise<BackgroundSession> {
  const current = BackgroundSession.current(name);
  if (current !== undefined) return Promise.resolve(current);
  const known = opening.get(name);
  if (known !== undefined) return known;
  const session = BackgroundSession.open(name, {
    serviceWorker: "/sw.js",
    delegate,
    completionHandlers,
    onBusy,
    configuration: { ...CONFIGURATION, ...(retention !== undefined && { retention }) },
  }).finally(() => opening.delete(name));
  opening.set(name, session);
  return session;
}

function optionsOf(plan: TaskPlan) {
  const { uid, throws, throwsLate, slowMs, id, onDuplicate, priority, hasHandler, queue, after, group } =
    plan;
  const mark: Mark = { uid, throws, throwsLate, slowMs, place: placeOf(plan), answers: plan.answers };
  return {
    description: JSON.stringify(mark),
    id: id ?? uid,
    ...(queue !== undefined && { queue }),
    ...(after !== undefined && { after }),
    ...(group !== undefined && { group }),
    onDuplicate,
    priority,
    ...(hasHandler && { completion: { handler: "done", context: mark } }),
  };
}

/** Makes a task. @returns whether it was inserted; undefined if it was not resumed, since nobody has said so */
async function make(plan: TaskPlan, isResumed: boolean): Promise<boolean | undefined> {
  const session = await open(plan.session);
  const options = optionsOf(plan);
  const task =
    plan.kind === "download"
      ? session.downloadTask(plan.url, {
          ...options,
          ...(plan.destination && { destination: plan.destination }),
          ...(plan.connections !== undefined && { connections: plan.connections }),
        })
      : session.uploadTask(plan.url, new Blob([bodyBytes(plan.sizeBytes, plan.seed)]), {
          ...options,
          ...(plan.protocol !== undefined && { protocol: plan.protocol }),
        });
  return isResumed ? (await task.resume()).inserted : undefined;
}

/** Makes all tasks in one turn, if their sessions are open. @returns whether each was inserted; null if it failed */
async function makeAll(
  plans: readonly TaskPlan[],
  isResumed: boolean,
): Promise<(boolean | undefined | null)[]> {
  const made = await Promise.allSettled(plans.map((plan) => make(plan, isResumed)));
  return made.map((one) => (one.status === "fulfilled" ? one.value : null));
}

async function taskOf(name: SessionName, uid: string): Promise<BackgroundTask | undefined> {
  const session = await open(name);
  return session.tasks().find((task) => markOf(task).uid === uid);
}

/** @returns whether the task existed */
async function control(
  name: SessionName,
  uid: string,
  action: "suspend" | "resume" | "cancel",
): Promise<boolean> {
  const task = await taskOf(name, uid);
  await task?.[action]();
  return task !== undefined;
}

type OfAll = Extract<Act, { readonly by: unknown }>;

/** @returns how many tasks there were, for the story */
async function controlAll({ kind, session: name, by, name: selected }: OfAll): Promise<string> {
  const session = await open(name);
  const tasks = by === "group" ? session.group(selected) : session.queue(selected);
  const count = tasks.tasks().length;
  if (kind === "suspend-all-of") await tasks.suspend();
  else if (kind === "resume-all-of") await tasks.resume();
  else await tasks.cancel();
  return `${count} of ${by} ${selected}`;
}

/** Cancels a task with resume data, and continues from it. @returns whether the next task was inserted */
async function goOn({ session: name, uid }: TaskPlan, next: TaskPlan): Promise<boolean> {
  const resumeData = await (await taskOf(name, uid))?.cancelByProducingResumeData();
  if (resumeData === undefined) return false;
  const session = await open(name);
  const options = optionsOf(next);
  const task =
    next.kind === "download"
      ? session.downloadTask({ resumeData }, options)
      : session.uploadTask({ resumeData }, options);
  return (await task.resume()).inserted;
}

/** Cancels a download, and retries it. @returns whether the next task was inserted */
async function retry({ session: name, uid }: TaskPlan, next: TaskPlan): Promise<boolean> {
  const task = await taskOf(name, uid);
  if (task === undefined) return false;
  await task.cancel();
  await task.completed;
  return (await (await open(name)).retry(task, optionsOf(next)).resume()).inserted;
}

/** What `letEverythingThrough` waits for. */
let awaited = "";

async function letEverythingThrough(): Promise<void> {
  globalThis.dispatchEvent(new Event("online"));
  for (const name of SESSIONS) {
    awaited = `opening ${name}`;
    const session = await open(name, "take-over");
    awaited = `retryParked of ${name}`;
    await session.retryParked();
    awaited = `resuming the queues of ${name}`;
    for (const queue of Object.keys(QUEUES)) await session.queue(queue).resume();
    awaited = `resuming the tasks of ${name}`;
    for (const task of session.tasks()) if (task.state === "suspended") await task.resume();
  }
  awaited = "";
}

const chaos = {
  openAll: async (onBusy: OnBusy, retention?: number) => {
    for (const name of SESSIONS) await open(name, onBusy, retention);
  },
  open: async (name: SessionName, onBusy: OnBusy) => (await open(name, onBusy)).role,
  close: (name: SessionName) => BackgroundSession.current(name)?.close(),
  closeAll: async () => {
    for (const name of SESSIONS) await BackgroundSession.current(name)?.close();
  },
  makeAll,
  control,
  controlAll,
  goOn,
  retry,
  cancelAll: async (name: SessionName) => (await open(name)).invalidateAndCancel(),
  deleteSession: () => BackgroundSession.delete("account", { serviceWorker: "/sw.js" }),
  networkReturns: () => void globalThis.dispatchEvent(new Event("online")),
  update: async () => void (await (await navigator.serviceWorker.getRegistration())?.update()),
  letEverythingThrough,
  awaited: () => awaited,
  readJournal,
  watchPlace,
  leftovers,
  unfinishedRows,
  backgroundFetches,
};
export type Chaos = typeof chaos;
Object.assign(globalThis, { chaos });

// The default of an app that shows its transfers.
const onBusy = parameters.get("busy");
if (onBusy !== null) void chaos.openAll(onBusy as OnBusy).catch(() => {});
