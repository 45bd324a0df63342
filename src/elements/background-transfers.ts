import {
  BackgroundSession,
  type SessionError,
  type SessionSnapshot,
  type TaskSnapshot,
} from "../app/index.ts";
import type { Action } from "./choices.ts";
import { askApp } from "./panel-events.ts";
import { PanelView } from "./panel-view.ts";
import { Results } from "./results.ts";
import { CONCERNED, LEAVES, TASK_ACTIONS } from "./task-actions.ts";

/** On a server there are no elements: the class can be imported there, and not be used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<background-transfers session="com.example.podcasts">`: a list of a session's transfers, with which the user controls
 * them. docs/panel.md has its attributes, events, slots, parts and custom properties.
 */
export class BackgroundTransfers extends Base {
  /** The attributes that take effect when they change. */
  static readonly observedAttributes: readonly string[] = ["session", "lang", "endpoint", "accepts"];

  readonly #view: PanelView;
  readonly #internals = this.attachInternals();
  readonly #results = new Results(() => this.#view.draw());
  /** The tasks that are leaving the list. */
  readonly #leaving = new Set<string>();
  readonly #files: File[] = [];
  readonly #languages = new MutationObserver(() => this.connectedCallback());
  #given: BackgroundSession | undefined;
  #followed: BackgroundSession | undefined;
  #unsubscribe = () => {};

  /** Called by the browser; `document.createElement("background-transfers")` makes one, too. */
  constructor() {
    super();
    this.#view = new PanelView(this, this.attachShadow({ mode: "open" }), {
      fileOf: this.#results.fileOf,
      // Only a session has tasks that are of a group.
      countsOf: (group) => (this.#followed as BackgroundSession).group(group).counts,
      onAction: (action, tasks) => this.#act(action, tasks),
      onFiles: (files) => this.#onFiles(files),
    });
  }

  /** The session that is shown; undefined until it is open. */
  get session(): BackgroundSession | undefined {
    return this.#followed;
  }

  /**
   * Shows a session, or the one of a name as soon as this page has it open. The name becomes the attribute `session`, which
   * counts if this is null or undefined.
   * @throws TypeError for anything else
   */
  set session(session: BackgroundSession | string | undefined | null) {
    const isName = typeof session === "string";
    const given = isName ? undefined : (session ?? undefined);
    // A test may have a double of a session.
    if (given !== undefined && typeof given.subscribe !== "function")
      throw new TypeError("session must be a BackgroundSession, its name, null or undefined.");
    this.#given = given;
    if (isName) this.setAttribute("session", session);
    this.#look();
  }

  /** Called by the browser. */
  connectedCallback(): void {
    // What was set before the element was defined hides the accessor.
    if (Object.hasOwn(this, "session")) {
      const { session } = this;
      Reflect.deleteProperty(this, "session");
      this.session = session;
    }
    const language = languageOf(this);
    this.#languages.observe(document, { subtree: true, attributeFilter: ["lang"] });
    this.#view.start(language ? [language] : navigator.languages);
    this.#internals.role = "region";
    this.#internals.ariaLabel = this.#view.words.messages.title;
    addEventListener("backgroundsessionopen", this.#look);
    this.#look();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      // It may have moved.
      if (this.isConnected) return;
      removeEventListener("backgroundsessionopen", this.#look);
      this.#languages.disconnect();
      this.#follow(undefined);
      this.#view.stop();
    });
  }

  /** Called by the browser. */
  attributeChangedCallback(): void {
    if (this.isConnected) this.connectedCallback();
  }

  /** Follows the session that was given, or looks for the one that has the name. */
  readonly #look = (): void => {
    if (!this.isConnected) return;
    const session = this.#given ?? BackgroundSession.current(this.getAttribute("session") ?? "");
    // One that is over gives way to the next one of its name.
    const isShown = session === this.#given || session?.getSnapshot().isOpen;
    this.#follow(isShown ? session : undefined);
  };

  #follow(session: BackgroundSession | undefined): void {
    if (session === this.#followed) return;
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    this.#followed = session;
    this.#show(undefined);
    if (session !== undefined) this.#unsubscribe = session.subscribe((snapshot) => this.#show(snapshot));
    this.#upload();
  }

  #show(snapshot: SessionSnapshot | undefined): void {
    const { tasks = [], finished = [] } = snapshot ?? {};
    const listed = new Map([...finished, ...tasks].map((task) => [task.uid, task]));
    for (const key of this.#leaving) listed.delete(key);
    this.#results.follow(listed);
    const states = { busy: tasks.some(CONCERNED.pause), empty: listed.size === 0 };
    for (const [name, isSo] of Object.entries(states))
      this.#internals.states?.[isSo ? "add" : "delete"](name);
    this.#view.show(snapshot, listed);
    if (snapshot?.isOpen === false) queueMicrotask(this.#look);
  }

  #act(action: Action, tasks: readonly TaskSnapshot[]): void {
    const session = this.#followed;
    if (session === undefined || !askApp(this, "transfer-action", { action, tasks })) return;
    for (const task of tasks) {
      const key = task.uid;
      if (LEAVES.includes(action)) this.#leaving.add(key);
      TASK_ACTIONS[action](task, session, this.#results.fileOf(task))
        .finally(() => this.#leaving.delete(key))
        .catch((error) => {
          reportError(error);
          this.#show(this.#followed?.getSnapshot());
        });
    }
    this.#show(session.getSnapshot());
  }

  #onFiles(files: readonly File[]): void {
    if (!askApp(this, "transfer-files", { files }) || !this.hasAttribute("endpoint")) return;
    this.#files.push(...files);
    this.#upload();
  }

  /** Uploads what the user has given. A session that is not open yet, or takes no more tasks, leaves it to the next one. */
  #upload(): void {
    const session = this.#followed;
    const endpoint = this.getAttribute("endpoint");
    if (session === undefined || endpoint === null) return;
    for (const file of this.#files.splice(0)) {
      const description = file.webkitRelativePath || file.name;
      try {
        session.uploadTask(endpoint, file, { description }).resume().catch(reportError);
      } catch (error) {
        if ((error as SessionError).code === "session-invalidated") this.#files.push(file);
        else {
          reportError(error);
          this.#view.refuse(description);
        }
      }
    }
  }
}

/** The language of the nearest element that says it, also of one beyond the shadow trees that the panel is in. */
function languageOf(element: Element | undefined): string | undefined {
  const { lang } = element?.closest<HTMLElement>("[lang]") ?? {};
  return element && (lang ?? languageOf((element.getRootNode() as ShadowRoot).host));
}
