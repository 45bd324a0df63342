import { isTellingWanted, keepTelling, notificationPermission } from "../notification-preference.ts";
import { byId, setText } from "./template.ts";

/** "Tell me when it is done": asks for the permission in the gesture that turns it on, as browsers require. */
export class NotificationSwitch {
  readonly #switch = byId("tell", HTMLInputElement);
  readonly #note = byId("tell-note", HTMLElement);

  constructor(signal: AbortSignal) {
    this.#switch.addEventListener("change", () => void this.#turn().catch(reportError), { signal });
    // The permission may have been revoked since, in the browser's settings or by another tab.
    addEventListener("focus", () => this.#show(), { signal });
    addEventListener("storage", () => this.#show(), { signal });
    this.#show();
  }

  async #turn(): Promise<void> {
    const isWanted = this.#switch.checked;
    keepTelling(isWanted);
    if (isWanted && notificationPermission() === "default") await Notification.requestPermission();
    this.#show();
  }

  /** On means that notifications really come: it is off if the browser does not allow them. */
  #show(): void {
    const permission = notificationPermission();
    this.#switch.checked = isTellingWanted() && permission === "granted";
    setText(this.#note, isTellingWanted() ? NOTES[permission] : "");
  }
}

const NOTES: Readonly<Record<ReturnType<typeof notificationPermission>, string>> = {
  granted:
    "A notification comes when a download that you start from now on ends while this page is not in view.",
  denied:
    "The browser does not let this site show notifications. You can change that in its settings for this site.",
  default:
    "The browser was not told whether this site may show notifications. Turn the switch on to be asked again.",
  missing:
    "This browser has no notifications for this site. On an iPhone or iPad, add it to the Home Screen first.",
};
