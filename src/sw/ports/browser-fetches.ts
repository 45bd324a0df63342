import type { BackgroundFetchFailure, BackgroundFetchRegistration } from "../../protocol/background-fetch.ts";

/** What tells the requests of a registration apart. */
export interface FetchedRequest {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
}

/** The end of a registration. Its records can be read while the event that announced the end is open. */
export interface Arrival {
  readonly failureReason: BackgroundFetchFailure;
  /** Returns the response to one of its requests; undefined if there is none, or it can no longer be read. */
  responseTo(request: FetchedRequest): Promise<Response | undefined>;
}

/** The browser's own transfers: the registrations of Background Fetch in this scope. */
export interface BrowserFetches {
  readonly isSupported: boolean;
  /** Returns the ids of those that are under way, or have ended by themselves and can be read now. */
  ids(): Promise<string[]>;
  /** An event announced that a registration has ended. */
  arrived(registration: BackgroundFetchRegistration): void;
  /** The event is over: the records can no longer be read. */
  forget(id: string): void;
  /** Ends a registration, unless it has ended. */
  abort(id: string): Promise<void>;
  /**
   * Waits until a registration ends.
   * @param msLeft returns how much time it has left to begin; if it has brought nothing by then, it is ended
   * @returns its end; undefined if the browser no longer has it
   */
  wait(
    id: string,
    signal: AbortSignal,
    onProgress: (downloaded: number) => void,
    msLeft?: () => number,
  ): Promise<Arrival | undefined>;
}
