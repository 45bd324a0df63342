import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import dbus from "dbus-next";

/** One notification as the desktop was asked to show it. */
export interface ShownNotification {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  /** Pairs of a key and a label. */
  readonly actions: readonly string[];
}

const NAME = "org.freedesktop.Notifications";

/** The desktop's side of notifications: https://specifications.freedesktop.org/notification-spec/ */
class Desktop extends dbus.interface.Interface {
  readonly shown: ShownNotification[] = [];

  /** The ids of those that were removed. */
  readonly closed: number[] = [];

  Notify(
    _app: string,
    replacedId: number,
    _icon: string,
    title: string,
    body: string,
    actions: string[],
  ): number {
    const id = replacedId || this.shown.length + 1;
    this.shown.push({ id, title, body, actions });
    return id;
  }

  CloseNotification(id: number): void {
    this.closed.push(id);
    this.NotificationClosed(id, 3);
  }

  GetCapabilities(): string[] {
    return ["actions", "body"];
  }

  GetServerInformation(): string[] {
    return ["test desktop", "background-session", "1", "1.2"];
  }

  ActionInvoked(id: number, action: string): [number, string] {
    return [id, action];
  }

  NotificationClosed(id: number, reason: number): [number, number] {
    return [id, reason];
  }
}

Desktop.configureMembers({
  methods: {
    Notify: { inSignature: "susssasa{sv}i", outSignature: "u" },
    CloseNotification: { inSignature: "u", outSignature: "" },
    GetCapabilities: { inSignature: "", outSignature: "as" },
    GetServerInformation: { inSignature: "", outSignature: "ssss" },
  },
  signals: { ActionInvoked: { signature: "us" }, NotificationClosed: { signature: "uu" } },
});

/**
 * A browser's own desktop: it shows nothing, and clicks on command. To the browser the click is real, which a script
 * cannot achieve.
 */
export class NotificationBus {
  readonly #process: ChildProcess;
  readonly #bus: dbus.MessageBus;
  readonly #desktop: Desktop;
  readonly address: string;

  private constructor(process: ChildProcess, bus: dbus.MessageBus, desktop: Desktop, address: string) {
    this.#process = process;
    this.#bus = bus;
    this.#desktop = desktop;
    this.address = address;
  }

  /** Only Linux has D-Bus. */
  static get isAvailable(): boolean {
    try {
      execFileSync("dbus-daemon", ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  }

  static async start(): Promise<NotificationBus> {
    const child = spawn("dbus-daemon", ["--session", "--nofork", "--print-address"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = await once(child.stdout, "data");
    const address = String(line).trim();
    const bus = dbus.sessionBus({ busAddress: address });
    const desktop = new Desktop(NAME);
    bus.export("/org/freedesktop/Notifications", desktop);
    await bus.requestName(NAME, 0);
    return new NotificationBus(child, bus, desktop, address);
  }

  get shown(): readonly ShownNotification[] {
    return this.#desktop.shown;
  }

  get closed(): readonly number[] {
    return this.#desktop.closed;
  }

  /** Presses the button with this label. */
  press({ id, actions }: ShownNotification, label: string): void {
    this.#desktop.ActionInvoked(id, actions[actions.indexOf(label) - 1] ?? "no such button");
  }

  click({ id }: ShownNotification): void {
    this.#desktop.ActionInvoked(id, "default");
  }

  stop(): void {
    this.#bus.disconnect();
    this.#process.kill();
  }
}
