import {
  DEFAULT_CONFIGURATION,
  type StoredConfiguration,
  type TaskSettings,
} from "../../protocol/configuration.ts";
import type { Database } from "../../store/database.ts";
import type { TaskRow } from "../../store/schema.ts";
import { readSessions } from "../../store/sessions.ts";

/** The configurations of the stored sessions, as of the last `refresh`. */
export class Configurations {
  readonly #database: Database;
  #bySession = new Map<string, StoredConfiguration>();
  /** What tasks have of their own, with what they share: a plan asks for it several times. */
  #own = new WeakMap<TaskSettings, StoredConfiguration>();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const sessions = await readSessions(this.#database);
    this.#bySession = new Map(sessions.map((row) => [row.identifier, row.configuration]));
    this.#own = new WeakMap();
  }

  has(session: string): boolean {
    return this.#bySession.has(session);
  }

  /** Returns the configuration that holds for a task: that of its session, and what it has of its own. */
  readonly of = ({ session, settings }: Pick<TaskRow, "session" | "settings">): StoredConfiguration => {
    const configuration = this.#bySession.get(session) ?? DEFAULT_CONFIGURATION;
    if (settings === undefined) return configuration;
    const known = this.#own.get(settings);
    const own = known ?? { ...configuration, ...settings };
    if (known === undefined) this.#own.set(settings, own);
    return own;
  };

  /** Whether a group of any session has a notification. */
  get haveGroupNotification(): boolean {
    return [...this.#bySession.values()].some(({ groups }) =>
      Object.values(groups).some(({ notification }) => notification !== undefined),
    );
  }

  forget(session: string): void {
    this.#bySession.delete(session);
  }
}
