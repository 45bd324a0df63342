import type { SessionErrorCode } from "../../../protocol/session-error.ts";
import type { SendingTask } from "../../ports/sending-task.ts";

/** What a protocol is told about an upload. */
export interface UploadFacts extends SendingTask {
  /** The length of the body in bytes. */
  readonly sizeBytes: number;
  /** The media type of the body; an empty string if it is unknown. */
  readonly type: string;
  /** The name of the file; undefined if the body is no `File`, or has no name. */
  readonly fileName: string | undefined;
  /** The task's option `metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A request of an upload. */
export interface StepRequest {
  /** Absolute. */
  readonly url: string;
  /** In upper case, e.g. `"PATCH"`. */
  readonly method: string;
  /** Headers by name, beside those of the task and of the session. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** A text, or these bytes of the upload's body: from the first, to before the second. @default none */
  readonly body?: string | readonly [startBytes: number, endBytes: number];
  /**
   * `headers` are signed: those of the task and of the session are not added, and the browser's failure to read an answer
   * is counted, because servers answer a wrong signature without CORS headers. @default false
   */
  readonly isSigned?: boolean;
  /** Milliseconds in which the server may send nothing, beyond `timeoutIntervalForRequest`, once it answers. @default 0 */
  readonly patienceMs?: number;
}

/** The answer to a step. */
export interface StepAnswer {
  /** 200 to 599: redirects have been followed. */
  readonly status: number;
  /** What may be read of them: from another origin, only those that it exposes. */
  readonly headers: Headers;
  /** The whole body as a string; empty if there is none. */
  readonly text: string;
}

/** What an answer means. If the task fails because of it, `reason` is in the message. */
export type StepReply<State> =
  /** The upload goes on from `state`, which is on disk before the next request is sent. */
  | { readonly kind: "next"; readonly state: State }
  /** This is the answer to the task, whatever its status. */
  | { readonly kind: "answer" }
  /**
   * The step is sent again at once. If it gets this reply twice in a row, that counts as `"nonsense"` for this `reason`,
   * or as `"answer"` if there is none.
   */
  | { readonly kind: "again"; readonly reason?: string }
  /** The server asks for another try later, from this `state` if there is one. If no tries are left, as `"answer"`. */
  | { readonly kind: "later"; readonly state?: State }
  /**
   * The answer is invalid now, but may be valid later, from this `state` if there is one. This is counted, and after
   * `retry.limit` the task fails.
   */
  | { readonly kind: "nonsense"; readonly reason: string; readonly state?: State }
  /** The server no longer has the upload: it begins anew. This is counted too. */
  | { readonly kind: "gone"; readonly reason: string }
  /** The task fails with a `SessionError` of this `message` and `code`, which is `"bad-response"` by default. */
  | { readonly kind: "hopeless"; readonly code?: SessionErrorCode; readonly message: string };

/**
 * An upload protocol as a table of functions. They say what is to be sent and what answers mean; the library sends,
 * stores, repeats and counts. No function may keep anything outside of `State`, which must not be changed in place: the
 * worker may be stopped between any two requests.
 *
 *     begin or restore ──→ next ──→ sending ──→ request ──→ (sent) ──→ read ──→ next … answer
 *
 * `State` is what one worker knows; `store` returns what the next one is told. `Step` must be plain data.
 */
export interface UploadSteps<State, Step> {
  /** The `protocol` of tasks, e.g. "s3". It is stored with them: never change it. */
  readonly name: string;
  /** Returns the state of an upload of which the server has nothing. */
  begin(upload: UploadFacts): State;
  /** Returns what is stored on disk: plain data, with a version of its own. */
  store(state: State): unknown;
  /** Reads what an earlier worker, perhaps of an earlier version, has stored. @returns undefined to begin anew */
  restore(stored: unknown, upload: UploadFacts): State | undefined;
  /**
   * Returns how many bytes the server has acknowledged; undefined while the server must be asked: what was known before is
   * shown until then.
   */
  acknowledgedBytes(state: State): number | undefined;
  /** Returns how many requests could be sent at once from now on, at most; the task's `connections` limit them too. */
  parallel(state: State): number;
  /**
   * Returns the steps that may be sent now, the most urgent one first. Those that are under way may be among them.
   * A step that must be alone is returned only if nothing can be under way.
   */
  next(state: State, upload: UploadFacts): Iterable<Step>;
  /** Returns the state that must be on disk before a step is sent. @default the state as it is */
  sending?(step: Step, state: State): State;
  /**
   * Returns the request of a step; `"wait"` to be asked again after a backoff. It is called right before each try, and may
   * sign. If it rejects, it is asked again after a backoff too; with a TypeError, as `fetch` does, also when the network
   * returns.
   */
  request(
    step: Step,
    state: State,
    upload: UploadFacts,
  ): StepRequest | "wait" | Promise<StepRequest | "wait">;
  /** Says what an answer means. `state` is the latest one, which answers to other steps may have changed meanwhile. */
  read(step: Step, answer: StepAnswer, state: State, upload: UploadFacts): StepReply<State>;
  /** Returns the steps that remove a cancelled upload from the server, in order. They succeed with 2xx, 404 and 410. */
  removal(state: State): Iterable<Step>;
}
