// Doubles as an app writes them for its own tests. They compile with the oldest TypeScript, against the packed package.
import type {
  BackgroundSession,
  BackgroundTask,
  SessionDelegate,
  SessionSnapshot,
  TaskQueue,
  TaskResult,
  TaskSnapshot,
  TasksSnapshot,
} from "background-session";

class FakeTask implements BackgroundTask {
  readonly id = "a";
  readonly kind = "download";
  readonly description = undefined;
  readonly group = undefined;
  readonly queue = undefined;
  readonly state = "running";
  readonly activity = "none";
  readonly originalRequest = { url: "/a", method: "GET", headers: {} };
  readonly currentRequest = this.originalRequest;
  readonly response = undefined;
  readonly error = undefined;
  priority = 0.5;
  readonly earliestBeginDate = undefined;
  readonly nextAttemptDate = undefined;
  readonly createdAt = new Date(0);
  readonly finishedAt = undefined;
  readonly countOfBytesReceived = 0;
  readonly countOfBytesExpectedToReceive = -1;
  readonly countOfBytesSent = 0;
  readonly countOfBytesExpectedToSend = -1;
  readonly countOfBytesClientExpectsToSend = undefined;
  readonly countOfBytesClientExpectsToReceive = undefined;
  readonly progress = { fraction: undefined, bytesPerSecond: undefined, secondsLeft: undefined };
  readonly transport = undefined;
  readonly attempts = 0;
  readonly completed = Promise.resolve<TaskResult>({});
  get info(): TaskSnapshot {
    return { ...this, task: this, uid: "a", response: undefined };
  }
  resume = async () => ({ inserted: true });
  suspend = async () => {};
  cancel = async () => {};
  cancelByProducingResumeData = async () => undefined;
}

class FakeQueue implements TaskQueue {
  readonly name = "a";
  readonly counts = { running: 1, suspended: 0, succeeded: 0, failed: 0 };
  readonly progress = { fraction: 0, bytesPerSecond: undefined, secondsLeft: undefined };
  tasks = () => [new FakeTask()];
  getSnapshot = () => ({ tasks: [], finished: [], counts: this.counts, progress: this.progress });
  subscribe = (listener: (snapshot: TasksSnapshot) => void) => {
    listener(this.getSnapshot());
    return () => {};
  };
  suspend = async () => {};
  resume = async () => {};
  cancel = async () => {};
}

export class FakeSession implements BackgroundSession {
  readonly identifier = "a";
  readonly role = "owner";
  readonly daemon = "page";
  fetch = async () => new Response();
  getSnapshot = () => ({
    ...new FakeQueue().getSnapshot(),
    role: "owner" as const,
    isOpen: true,
    error: undefined,
  });
  subscribe = (listener: (snapshot: SessionSnapshot) => void) => {
    listener(this.getSnapshot());
    return () => {};
  };
  tasks = () => [new FakeTask()];
  task = () => new FakeTask();
  group = () => new FakeQueue();
  queue = () => new FakeQueue();
  downloadTask = () => new FakeTask();
  uploadTask = () => new FakeTask();
  dataTask = () => new FakeTask();
  retry = () => new FakeTask();
  history = async () => [new FakeTask()];
  findDownload = async () => undefined;
  forget = async () => {};
  contextOf = async () => undefined;
  addCompletionHandler = () => () => {};
  parkedEvents = async () => [];
  retryParked = async () => {};
  close = async () => {};
  finishTasksAndInvalidate = async () => {};
  invalidateAndCancel = async () => {};
}

/** What an app's test does with them. */
export function tell(delegate: SessionDelegate): void {
  delegate.didComplete?.(new FakeTask(), undefined, { eventId: "1", delivery: 1 });
  delegate.didBecomeOwner?.(new FakeSession());
}
