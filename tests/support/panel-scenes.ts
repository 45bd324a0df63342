import type { TestServer } from "../../server/server.ts";
import type { BackgroundSession, SessionConfiguration, TaskActivity } from "../../src/app/index.ts";
import type { TestPage } from "./test-browser.ts";

declare global {
  // The session that a page with a panel has opened.
  var panelSession: BackgroundSession;
}

type Scene = (page: TestPage, site: TestServer) => Promise<void>;

/** What a panel can show, each made by real tasks against the real server. */
export const SCENES = {
  nothing: async () => {},

  transfers: async (page, { crossOrigin }) => {
    await page.evaluate(async (other) => {
      const ended = [
        panelSession.downloadTask("/text?body=Hello&type=text/plain", { description: "Notes.txt" }),
        panelSession.downloadTask("/files/2MB.zip", { description: "Backup.zip" }),
        panelSession.uploadTask("/echo", new File(["x".repeat(5e4)], "b"), { description: "Receipt.pdf" }),
        panelSession.dataTask("/echo", { description: "Order 4711" }),
        panelSession.downloadTask("/files/2MB.bin?key=one", { description: "Track 1.flac", group: "Album" }),
      ];
      const ends = ended.map((task) => task.completed);
      for (const task of ended) await task.resume();
      await Promise.all(ends);
      panelSession.downloadTask("/files/2MB.bin?key=two", {
        description:
          "Track 2 with a name that is too long for any row, whatever the width of the window.flac",
        group: "Album",
      });
      const half = panelSession.downloadTask("/files/40MB.bin?throttle=2MB&key=half", {
        description: "Paused half way.iso",
      });
      await half.resume();
      while (!((half.progress.fraction ?? 0) > 0.1)) await new Promise((resolve) => setTimeout(resolve, 50));
      await half.suspend();
      const started = [
        panelSession.downloadTask("/files/40MB.bin?throttle=300KB", { description: "Lecture 12.mp4" }),
        panelSession.downloadTask(`${other}/files/text-40MB.txt?throttle=20KB&gzip=force&cors=expose`, {
          description: "Live recording.mp3",
        }),
        panelSession.downloadTask("/files/1MB.bin?latency=600000", { description: "Not answered yet.zip" }),
        panelSession.uploadTask("/echo?latency=600000", new File(["x".repeat(3e6)], "a"), {
          description: "Holiday in Norway.jpg",
        }),
      ];
      for (const task of started) await task.resume();
      while (!((started[0]?.progress.fraction ?? 0) > 0.02))
        await new Promise((resolve) => setTimeout(resolve, 50));
    }, crossOrigin);
  },

  waiting: async (page, { crossOrigin }) => {
    await reopen(page, { queues: { held: { onFailure: "hold" } } });
    await page.evaluate((other) => {
      const tasks = [
        panelSession.downloadTask("/files/20MB.bin?throttle=20KB", {
          id: "first",
          description: "Part 1.7z",
          queue: "line",
        }),
        panelSession.downloadTask("/files/2MB.bin?key=2", { description: "Part 2.7z", queue: "line" }),
        panelSession.downloadTask("/files/2MB.bin?key=3", {
          description: "After part 1.7z",
          after: ["first"],
        }),
        panelSession.dataTask("/status/404?key=held", { description: "Edit 1", queue: "held" }),
        panelSession.dataTask("/echo?key=held", { description: "Edit 2", queue: "held" }),
        panelSession.downloadTask("/files/2MB.bin?key=4", {
          description: "When it is quiet.zip",
          isDiscretionary: true,
        }),
        panelSession.downloadTask("/files/1MB.bin?status=503&retryAfter=3000", {
          description: "Busy server.pdf",
        }),
        panelSession.downloadTask(`${other}/files/1MB.bin?reset=1000000&cors=expose`, {
          description: "No answer.epub",
        }),
        panelSession.downloadTask(`${other}/files/1MB.bin?status=401&cors=expose`, {
          description: "Members only.m4a",
          waitStatuses: [401],
        }),
        panelSession.downloadTask("/files/1MB.bin?key=date", {
          description: "Tomorrow’s episode.mp3",
          earliestBeginDate: Date.now() + 72e6,
        }),
      ];
      for (const task of tasks) void task.resume();
    }, crossOrigin);
    await untilActivities(page, [
      "queue-held",
      "waiting-for-queue",
      "waiting-for-tasks",
      "waiting-for-idle",
      "backing-off",
      "waiting-for-network",
      "needs-authorization",
      "waiting-for-date",
    ]);
  },

  checking: async (page) => {
    await page.evaluate(() => {
      const integrity = `sha512-${"A".repeat(86)}==`;
      void panelSession
        .downloadTask({ url: "/files/300MB.bin", integrity }, { description: "Map of Europe.bin" })
        .resume();
    });
    await untilActivities(page, ["finishing"]);
  },

  failures: async (page, site) => {
    site.route("/huge", (_, response) => {
      response.writeHead(206, { etag: '"huge"', "content-range": "bytes 0-19999999999999/20000000000000" });
      response.write("x");
    });
    await page.evaluate(async (other) => {
      const once = { retry: { limit: 0 } };
      const opfs = (description: string, path: string) =>
        panelSession.downloadTask(`/files/1KB.bin?key=${path}`, { description, destination: { opfs: path } });
      await opfs("placed", "place").resume();
      const begun = panelSession.downloadTask("/files/4MB.bin?throttle=1MB", {
        description: "resume-data-invalid",
      });
      await begun.resume();
      while (!((begun.progress.fraction ?? 0) > 0.3)) await new Promise((resolve) => setTimeout(resolve, 50));
      const resumeData = await begun.cancelByProducingResumeData();
      const directory = await navigator.storage.getDirectory();
      const handle = await directory.getFileHandle("changed", { create: true });
      const write = async (text: string) => {
        const stream = await handle.createWritable();
        await stream.write(text);
        await stream.close();
      };
      await write("before");
      const upload = panelSession.uploadTask("/echo", await handle.getFile(), {
        description: "file-missing",
      });
      // It is on disk now, and has to be resumed twice.
      await upload.suspend();
      await write("and after");
      void upload.resume();
      const ended = [
        upload,
        ...(resumeData === undefined ? [] : [resumeData, resumeData]).map((resumeData) =>
          panelSession.downloadTask({ resumeData }),
        ),
        panelSession.downloadTask("/status/404", { description: "HTTP 404" }),
        panelSession.downloadTask(`${other}/files/1KB.bin?cors=none`, { description: "blocked" }),
        panelSession.downloadTask("/files/1KB.bin?latency=600000", {
          description: "timed-out",
          timeoutIntervalForResource: 1,
        }),
        panelSession.dataTask(
          { url: "/echo?after=cut", method: "POST", body: "x" },
          {
            description: "network-lost",
            retry: { unsafe: false, limit: 0 },
          },
        ),
        panelSession.downloadTask("/files/1KB.bin?redirect=30", { description: "bad-response", ...once }),
        panelSession.downloadTask(
          { url: "/files/1KB.bin?key=hash", integrity: `sha256-${"A".repeat(43)}=` },
          { description: "integrity-mismatch" },
        ),
        opfs("destination-failed", "place/below"),
        panelSession.downloadTask("/files/1KB.bin?key=after", {
          description: "dependency-failed",
          after: ["?"],
        }),
        panelSession.downloadTask("/huge", { description: "storage-full" }),
      ];
      const ends = ended.map((task) => task.completed);
      for (const task of ended) void task.resume();
      await panelSession.downloadTask("/files/1KB.bin?key=cancel", { description: "cancelled" }).cancel();
      await Promise.all(ends);
    }, site.crossOrigin);
  },

  browser: async (page) => {
    await reopen(page, { transport: "background-fetch" });
    await page.evaluate(async () => {
      const refused = panelSession.downloadTask(
        { url: "/files/1KB.bin", credentials: "omit" },
        { description: "transport-unavailable" },
      );
      const ends = refused.completed;
      await refused.resume();
      await ends;
      await panelSession.downloadTask("/files/40MB.bin?throttle=300KB", { description: "Film.mp4" }).resume();
    });
    await untilActivities(page, ["transferring"]);
  },

  pictures: async (page, site) => {
    const wide = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(1200, 800);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      const colours = context.createLinearGradient(0, 0, 1200, 800);
      for (const [place, colour] of ["#f80", "#e0f", "#08f"].entries())
        colours.addColorStop(place / 2, colour);
      context.fillStyle = colours;
      context.fillRect(0, 0, 1200, 800);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    });
    site.serve("/photo.png", { body: Uint8Array.from(wide) });
    site.serve("/drawing.svg", { body: '<svg xmlns="http://www.w3.org/2000/svg"/>', type: "image/svg+xml" });
    site.serve("/broken.jpg", { body: "no picture", type: "image/jpeg" });
    await page.evaluate(async () => {
      for (const name of ["photo.png", "drawing.svg", "broken.jpg"]) {
        const task = panelSession.downloadTask(`/${name}`, { description: name });
        const { completed } = task;
        await task.resume();
        await completed;
      }
    });
    await page.waitForFunction(() => {
      const root = document.querySelector("background-transfers")?.shadowRoot;
      return root?.querySelector("canvas:not([hidden])") != null;
    });
  },
} as const satisfies Record<string, Scene>;

/** Opens the session of a page again, with a configuration. */
export async function reopen(page: TestPage, configuration: SessionConfiguration): Promise<void> {
  await page.evaluate(async (configuration) => {
    await panelSession.close();
    const { BackgroundSession } = await import("background-session");
    globalThis.panelSession = await BackgroundSession.open("panel", {
      serviceWorker: "/sw.js",
      configuration,
    });
  }, configuration);
}

/** Waits until each of these activities is that of a task. */
async function untilActivities(page: TestPage, wanted: readonly TaskActivity[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const activities = panelSession.getSnapshot().tasks.map(({ activity }) => activity);
    return wanted.every((activity) => activities.includes(activity));
  }, wanted);
}
