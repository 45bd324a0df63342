import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession, type BackgroundTask, type SessionDelegate } from "../../../src/app/index.ts";
import { createTestWorld, type TestWorld } from "../../../src/testing/index.ts";

/** An app with a list on the page, and a button. */
async function startApp(heard: string[]): Promise<BackgroundSession> {
  const list = document.createElement("ul");
  document.body.replaceChildren(list);
  const show = (task: BackgroundTask): void => {
    list.textContent = `${task.description}: ${task.state} ${task.progress.fraction ?? "?"}`;
  };
  const delegate: SessionDelegate = {
    didChangeTask: show,
    didFinishDownloading: async (task, file) => void heard.push(`${task.id} ${await file.text()}`),
    didComplete: async (task, error) => {
      const { response } = await task.completed;
      heard.push(
        `${task.id} ${error?.code ?? response?.status} ${task.kind === "data" ? await response?.text() : ""}`,
      );
      show(task);
    },
  };
  const session = await BackgroundSession.open("s", { serviceWorker: "/sw.js", delegate });
  for (const task of session.tasks()) show(task);
  return session;
}

/** What holds of the kit with a DOM beside it: the app's own page is that of the DOM. */
export function useDom(name: string): void {
  let world: TestWorld;
  afterEach(() => world.close());

  describe(`with ${name}`, () => {
    it("an app shows its tasks on the page, and a reload shows them again", async () => {
      world = createTestWorld();
      const heard: string[] = [];
      const session = await world.load(() => startApp(heard));
      const task = session.downloadTask("/files/42.mp3", { id: "42", description: "Episode 42" });
      expect(task.originalRequest.url).toBe(new URL("/files/42.mp3", location.href).href);
      await task.resume();
      await world.progress(task, 2, 4);
      expect(document.body.textContent).toBe("Episode 42: running 0.5");
      await world.reload();
      expect(document.body.textContent).toBe("Episode 42: running 0.5");
      await world.finish(task, 200, "nd");
      expect(heard).toEqual(["42 \0\0nd", "42 200 "]);
      expect(document.body.textContent).toBe("Episode 42: completed 1");
    });

    it("an upload sends the DOM's own File and FormData", async () => {
      world = createTestWorld();
      const session = await world.load(() => startApp([]));
      const file = new File(["photo"], "a.jpg", { type: "image/jpeg" });
      const task = session.uploadTask("/photos", file);
      await task.resume();
      expect(await (await world.request(task)).text()).toBe("photo");
      await world.finish(task, 201, "stored");
      expect(await (await task.completed).response?.text()).toBe("stored");
      const form = new FormData();
      form.append("name", "value");
      form.append("photo", file);
      const other = session.uploadTask("/photos", form);
      await other.resume();
      const sent = await (await world.request(other)).text();
      expect(sent).toContain('name="name"');
      expect(sent).toContain('filename="a.jpg"');
      expect(sent).toContain("photo");
    });

    it("a data task takes the DOM's own Headers, URL and Request", async () => {
      world = createTestWorld();
      const heard: string[] = [];
      const session = await world.load(() => startApp(heard));
      const url = new URL("/orders", location.href);
      const task = session.dataTask(
        { url, headers: new Headers({ accept: "text/plain" }), method: "PUT", body: "1" },
        { id: "a" },
      );
      await task.resume();
      const request = await world.request(task);
      expect([request.method, request.headers.get("accept"), await request.text()]).toEqual([
        "PUT",
        "text/plain",
        "1",
      ]);
      await world.finish(task, { status: 200, headers: { "x-order": "7" } }, "made");
      expect(heard).toEqual(["a 200 made"]);
      expect(task.response?.headers.get("x-order")).toBe("7");
      const second = session.dataTask(new Request(url, { method: "POST", body: "2" }), { id: "b" });
      await second.resume();
      expect(await (await world.request(second)).text()).toBe("2");
    });

    it("the page's own events reach the app, and no others' listeners are lost", async () => {
      world = createTestWorld();
      const session = await world.load(() => startApp([]));
      let calls = 0;
      const listener = {
        handleEvent: () => {
          calls += 1;
        },
      };
      window.addEventListener("custom", listener);
      window.dispatchEvent(new Event("custom"));
      window.removeEventListener("custom", listener);
      window.dispatchEvent(new Event("custom"));
      expect(calls).toBe(1);
      expect(session.role).toBe("owner");
      expect(navigator.userAgent).toMatch(/dom/i);
    });
  });
}
