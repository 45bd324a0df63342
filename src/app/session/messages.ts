import { namesOf } from "../../protocol/names.ts";
import type { SecretPolicy } from "../../protocol/secret-headers.ts";
import type { TaskRow } from "../../store/schema.ts";
import { type CompletionHandler, handlerIn } from "../events/completion-handler.ts";
import { Delivery } from "../events/delivery.ts";
import { NoticeReader } from "../events/notice-reader.ts";
import { Ownership } from "../ownership/ownership.ts";
import { notify } from "../report.ts";
import type { TaskHandle } from "../tasks/task-handle.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import { warnOnce } from "../warn.ts";
import type { SessionContext } from "./session-context.ts";

export interface MessagesOptions {
  /** Nothing more will be delivered of a task. */
  readonly onSettled: () => void;
  /** Another realm has the session, or is to have it. */
  readonly onLoss: () => void;
  readonly onDeleted: () => void;
  readonly onDaemonStarted: () => void;
  readonly secrets: () => SecretPolicy;
}

/** What the app is told, and who is told: the owner gets the durable events, every session object the news. */
export class Messages {
  readonly #context: SessionContext;
  readonly #onLoss: () => void;
  #hasReceiver: boolean;
  /** Those that were added after the session was opened. */
  readonly #addedHandlers = new Map<string, CompletionHandler>();
  readonly delivery: Delivery;
  readonly notices: NoticeReader;
  readonly ownership: Ownership;

  constructor(context: SessionContext, tasks: TaskRegistry, options: MessagesOptions) {
    const { session, identifier, open, link, launch } = context;
    const { onLoss } = options;
    const { onBusy = "observe" } = open;
    const delegate = open.delegate ?? (open.completionHandlers && {});
    this.#context = context;
    this.#onLoss = onLoss;
    this.#hasReceiver = delegate !== undefined;
    this.delivery = new Delivery({
      database: link.database,
      session: identifier,
      delegate,
      handlerOf: (name) => this.#handlerOf(name),
      tasks,
      answer: ({ session: name, key }, eventId, answer) =>
        link.request({ type: "answer", session: name, key, eventId, answer }, undefined, context.life.closed),
      secrets: options.secrets,
      isLaunched: launch !== undefined,
      onOffered: () => notify(() => delegate?.didFinishEvents?.(session)),
      onSettled: (key) => {
        tasks.drop(key);
        options.onSettled();
      },
    });
    this.ownership = new Ownership({
      names: namesOf(link.scope),
      identifier,
      onBusy: open.role ?? onBusy,
      isThorough: launch !== undefined,
      onPromotion: () => this.#onPromotion(),
      onLoss,
      onGiveWay: onLoss,
    });
    this.notices = new NoticeReader({
      session: identifier,
      tasks,
      delegate: delegate ?? {},
      isDelivering: () => this.isDelivering,
      onEvents: () => this.#onEvents(),
      onDeleted: options.onDeleted,
      onDaemonStarted: options.onDaemonStarted,
    });
  }

  get isOwner(): boolean {
    return this.ownership.role === "owner";
  }

  /** A session that nobody listens to must not swallow what others wait for. */
  get isDelivering(): boolean {
    return this.#hasReceiver && this.isOwner;
  }

  /** What the delegate wants of the tasks that this session makes. */
  get wishes(): Pick<TaskRow, "asksToBegin" | "collectsMetrics"> {
    const { willBeginDelayedRequest, didFinishCollectingMetrics } = this.#context.open.delegate ?? {};
    return {
      ...(willBeginDelayedRequest && { asksToBegin: true }),
      ...(didFinishCollectingMetrics && { collectsMetrics: true }),
    };
  }

  /** Not before the caller has what it waits for. */
  beginSoon(): void {
    setTimeout(() => this.begin(), 0);
  }

  begin(): void {
    const { life, launch } = this.#context;
    if (!life.on("begin")) return;
    this.notices.begin();
    // If a window has the session, or came first, there is nothing left to do in this launch.
    if (launch !== undefined && !this.isOwner) this.#onLoss();
    else this.startDelivery();
  }

  startDelivery(): void {
    if (this.isDelivering && this.#context.life.state === "receiving") this.delivery.start();
  }

  /** A daemon in this realm need not launch anything for a session that this realm owns. */
  tellRole(isOwner: boolean = this.isOwner): void {
    const { link, identifier, changes, open } = this.#context;
    changes.mark();
    // Another object in this realm may be the owner.
    if (open.role === "observer") return;
    link.local?.owned[isOwner ? "add" : "delete"](identifier);
  }

  /** Adds a completion handler, and delivers what waits for it. @returns what takes it away */
  addHandler(name: string, handler: CompletionHandler): () => void {
    this.#addedHandlers.set(name, handler);
    this.#hasReceiver = true;
    this.startDelivery();
    this.delivery.offerUnhandled();
    return () => {
      if (this.#addedHandlers.get(name) === handler) this.#addedHandlers.delete(name);
    };
  }

  #handlerOf(name: string): CompletionHandler | undefined {
    const { completionHandlers = {} } = this.#context.open;
    return this.#addedHandlers.get(name) ?? handlerIn(completionHandlers, name);
  }

  /** A task that names a completion handler which this session does not have may wait for ever. */
  checkHandler(name: string | undefined): void {
    if (name === undefined || !this.#hasReceiver || this.#handlerOf(name) !== undefined) return;
    warnOnce(
      `The completion handler "${name}" is not among this session's completionHandlers: nobody calls it, unless ` +
        "another page or your worker's launch has it.",
    );
  }

  /** A task ended without an event on disk. */
  tellFailed(task: TaskHandle): void {
    const { life, open } = this.#context;
    if (!this.isOwner || life.state === "gone") return;
    const info = { eventId: crypto.randomUUID(), delivery: 1 };
    notify(() => open.delegate?.didComplete?.(task, task.error, info));
  }

  tellChanged(task: TaskHandle): void {
    notify(() => this.#context.open.delegate?.didChangeTask?.(task));
  }

  tellInvalid(): void {
    const { session, life, open } = this.#context;
    notify(() => open.delegate?.didBecomeInvalid?.(session, life.reason));
  }

  #onEvents(): void {
    if (this.isOwner) this.delivery.pump();
    // Events that stay there may mean that the owner does not move any more.
    else void this.ownership.doubt();
  }

  #onPromotion(): void {
    const { session, life, open } = this.#context;
    if (!life.isOpen) return;
    this.tellRole();
    // While it is being opened, the caller learns it from the role.
    if (life.state !== "receiving") return;
    notify(() => open.delegate?.didBecomeOwner?.(session));
    this.startDelivery();
  }
}
