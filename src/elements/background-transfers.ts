import { BackgroundSession, type SessionSnapshot, type TaskSnapshot } from "../app/index.ts";
import type { Action, AllAction } from "./choices.ts";
import { askApp } from "./panel-events.ts";
import { PanelView } from "./panel-view.ts";
import { Results } from "./results.ts";
import { SessionSearch } from "./session-search.ts";
import { CONCERNED, TASK_ACTIONS } from "./task-actions.ts";

/** On a server there are no elements: the class can be imported there, and not be used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

const PROPERTIES = ["session"] as const;

/**
 * `<background-transfers session="com.example.podcasts">`: a list of a session's transfers, with which the user controls
 * them. docs/panel.md has its attributes, events, slots, parts and custom properties.
 */
export class BackgroundTransfers extends Base {
  static readonly observedAttributes: readonly string[] = ["session", "lang", "endpoint", "accepts"];

  readonly #view: PanelView;
  readonly #internals = this.attachInternals();
  readonly #results = new Results(() => this.#view.draw());
  readonly #search = new SessionSearch((session) => this.#follow(session));
  readonly #removed = new Set<string>();
  readonly #files: File[] = [];
  #given: BackgroundSession | undefined;
  #followed: BackgroundSession | undefined;
  #unsubscribe = () => {};
  #tasks: readonly TaskSnapshot[] = [];

  constructor() {
    super();
    this.#view = new PanelView(this, this.attachShadow({ mode: "open" }), {
      fileOf: (id) => this.#results.fileOf(id),
      onAction: (action, task) => this.#act(action, [task]),
      onAll: (action) => this.#actOnAll(action),
      onFiles: (files) => this.#onFiles(files),
    });
  }

  /** The session that is shown; undefined until it is open. A name may be given too, as in the attribute. */
  get session(): BackgroundSession | undefined {
    return this.#followed;
  }

  set session(session: BackgroundSession | string | undefined | null) {
    if (typeof session === "string") {
      this.setAttribute("session", session);
    } else {
      this.#given = session ?? undefined;
      this.#look();
    }
  }

  connectedCallback(): void {
    // What was set before the element was defined hides the accessor.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      Reflect.deleteProperty(this, name);
      this[name] = value;
    }
    const language = this.closest("[lang]")?.getAttribute("lang");
    this.#view.start(language ? [language] : navigator.languages);
    this.#internals.role = "region";
    this.#internals.ariaLabel = this.#view.words.messages.title;
    this.#look();
  }

  disconnectedCallback(): void {
    this.#search.stop();
    this.#follow(undefined);
    this.#view.stop();
  }

  attributeChangedCallback(name: string): void {
    if (!this.isConnected) return;
    if (name === "session") this.#look();
    else if (name === "lang") this.connectedCallback();
    else this.#view.draw();
  }

  /** Follows the session that was given, or looks for the one that has the name. */
  #look(): void {
    if (!this.isConnected) return;
    this.#search.stop();
    const name = this.getAttribute("session");
    if (this.#given !== undefined) this.#follow(this.#given);
    else if (name === null) this.#follow(undefined);
    else this.#search.start(() => BackgroundSession.current(name));
  }

  #follow(session: BackgroundSession | undefined): void {
    if (session === this.#followed) return;
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    this.#followed = session;
    if (session === undefined) this.#show(undefined);
    else this.#unsubscribe = session.subscribe((snapshot) => this.#show(snapshot));
    this.#upload();
  }

  #show(snapshot: SessionSnapshot | undefined): void {
    const isOver = snapshot?.isOpen === false;
    const finished = snapshot?.finished.filter(({ id }) => !this.#removed.has(id)) ?? [];
    this.#tasks = snapshot === undefined ? [] : [...snapshot.tasks, ...finished];
    this.#results.follow(this.#tasks);
    this.#setState("busy", (snapshot?.counts.running ?? 0) > 0);
    this.#setState("empty", this.#tasks.length === 0);
    this.#view.show(snapshot, this.#tasks);
    // Another session of that name may be opened.
    if (isOver && this.#given === undefined) queueMicrotask(() => this.#look());
  }

  #setState(name: string, isSo: boolean): void {
    if (isSo) this.#internals.states?.add(name);
    else this.#internals.states?.delete(name);
  }

  #actOnAll(action: AllAction): void {
    this.#act(action, this.#tasks.filter(CONCERNED[action]));
  }

  #act(action: Action, tasks: readonly TaskSnapshot[]): void {
    const session = this.#followed;
    if (session === undefined || !askApp(this, "transfer-action", { action, tasks })) return;
    const port = {
      session,
      fileOf: (id: string) => this.#results.fileOf(id),
      remove: (id: string) => void this.#removed.add(id),
    };
    for (const task of tasks) TASK_ACTIONS[action](task, port).catch(reportError);
    this.#show(session.getSnapshot());
  }

  #onFiles(files: readonly File[]): void {
    if (!askApp(this, "transfer-files", { files }) || !this.hasAttribute("endpoint")) return;
    this.#files.push(...files);
    this.#upload();
  }

  /** Uploads what the user has given, also before the session was open. */
  #upload(): void {
    const session = this.#followed;
    const endpoint = this.getAttribute("endpoint");
    if (session === undefined || endpoint === null) return;
    for (const file of this.#files.splice(0)) {
      const description = file.webkitRelativePath || file.name;
      session.uploadTask(endpoint, file, { description }).resume().catch(reportError);
    }
  }
}
