import type { LoggedLaunch } from "../library/launches-in.ts";
import type { TimelineEntry } from "../library/timeline-entry.ts";
import { ERROR_WORDS } from "./error-words.ts";

export interface TimelineWords {
  readonly sentence: string;
  /** The part of the library's API, for those who write apps with it. */
  readonly api: string;
}

export const LAUNCH_WORDS: Readonly<Record<LoggedLaunch["place"], string>> = {
  worker: "Background launch",
  page: "Page opened",
  notification: "Notification",
};

/** Returns the sentence for an entry of the timeline. */
export function timelineWords(event: TimelineEntry["event"]): TimelineWords {
  switch (event.kind) {
    case "launched":
      return { sentence: "The worker launched the app", api: "handleEventsForBackgroundSession" };
    case "session-opened":
      return { sentence: `Session opened as ${event.role}`, api: "BackgroundSession.open" };
    case "became-owner":
      return { sentence: "This page took over from another", api: "didBecomeOwner" };
    case "file-delivered":
      return {
        sentence: `${event.task.name}: file delivered${again(event.delivery)}`,
        api: "didFinishDownloading",
      };
    case "end-delivered": {
      const end = event.failure === undefined ? "complete" : ERROR_WORDS[event.failure];
      return { sentence: `${event.task.name}: ${end}${again(event.delivery)}`, api: "didComplete" };
    }
    case "events-finished":
      return { sentence: "All events were delivered", api: "didFinishEvents" };
    case "handler-called":
      return { sentence: "Completion handler called", api: "completionHandler()" };
    case "session-invalidated": {
      const why = event.reason === undefined ? "" : `: ${ERROR_WORDS[event.reason]}`;
      return { sentence: `Session invalidated${why}`, api: "didBecomeInvalid" };
    }
    case "notification-shown":
      return { sentence: `Notification shown: “${event.title}”`, api: "notification" };
    case "notification-clicked":
      return { sentence: `Notification clicked: “${event.title}”`, api: "notification" };
    case "notification-dismissed":
      return { sentence: `Notification dismissed: “${event.title}”`, api: "notification" };
  }
}

function again(delivery: number): string {
  return delivery === 1 ? "" : ` (try ${delivery})`;
}
