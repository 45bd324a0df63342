import { BenchChromium } from "../browser.ts";
import { contest, median } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

/** The transfer panel with ten thousand tasks, of which some change all the time, while the user scrolls. */
export async function panel({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const [count, frames] = isQuick ? [500, 60] : [10_000, 240];
  const browser = await BenchChromium.launch();
  try {
    const first = await browser.open(site.origin);
    await first.run(async (count) => {
      const session = await bench.open({}, "panel");
      await bench.seed("panel", { unfinished: count, finished: 0 });
      await session.close();
    }, count);
    await first.close();
    const longFrame = async (isPlain: boolean): Promise<number> => {
      const page = await browser.open(site.origin);
      const times = await page.run(scroll, isPlain, frames);
      await page.close();
      return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] as number;
    };
    const { ours, limit } = await contest(`panel of ${count} tasks`, repetitions, {
      ours: () => longFrame(false),
      limit: () => longFrame(true),
    });
    return [
      compared({
        name: "panel",
        title: `95th percentile of ${frames} frames: <background-transfers> with ${count} tasks is scrolled, 100 change each 100 ms`,
        ours,
        limit,
        limitName: "a list of 20 plain rows, with the same changes of the same session",
        goals: {},
        notes: [
          `60 frames a second are 16.7 ms a frame; ours has ${(1000 / median(ours)).toFixed(0)} a second`,
        ],
      }),
    ];
  } finally {
    await browser.close();
  }
}

/** Scrolls a list, frame by frame. @returns how long each frame took, in milliseconds */
async function scroll(isPlain: boolean, frames: number): Promise<number[]> {
  const session = await bench.open({}, "panel");
  const tasks = session.tasks();
  const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
  let list: HTMLElement;
  let draw = (): void => {};
  if (isPlain) {
    list = document.createElement("div");
    list.style.cssText = "height: 600px; overflow: auto";
    const rows = Array.from({ length: 20 }, () => document.createElement("p"));
    const space = document.createElement("div");
    space.style.height = "920000px";
    list.append(...rows, space);
    document.body.append(list);
    draw = () => {
      const from = Math.floor(list.scrollTop / 92);
      for (const [index, row] of rows.entries()) row.textContent = tasks[from + index]?.description ?? "";
    };
  } else {
    const path = "/elements/index.js";
    await import(path);
    const element = Object.assign(document.createElement("background-transfers"), { session });
    element.style.cssText = "display: block; height: 600px";
    document.body.append(element);
    while (!element.shadowRoot?.querySelector(".row")) await frame();
    list = element.shadowRoot.querySelector(".list") as HTMLElement;
  }
  let turn = 0;
  const changes = setInterval(() => {
    turn += 1;
    for (let index = 0; index < 100; index += 1) {
      const task = tasks[(turn * 100 + index) % tasks.length];
      if (task !== undefined) task.description = `File ${index}, ${turn}`;
    }
  }, 100);
  await frame();
  let last = await frame();
  const times: number[] = [];
  for (let count = 0; count < frames; count += 1) {
    list.scrollTop = (list.scrollTop + 500) % (list.scrollHeight - 700);
    draw();
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  clearInterval(changes);
  await session.close();
  return times;
}
