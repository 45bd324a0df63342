import { download, expect, openPanel, test } from "../support/panel-page.ts";
import type { TestPage } from "../support/test-browser.ts";

/** What a word in each language of the panel shows that it is drawn. */
const TITLES = { en: "Transfers", de: "Übertragungen", ja: "転送", ar: "عمليات النقل" } as const;

const LONG = "A name that is too long for a row of a narrow window.mp4";

/** Tasks that say the most: with figures, with a reason and a time, with all buttons, in groups, and with long names. */
async function fill(page: TestPage, host: string): Promise<void> {
  await download(page, "/files/4MB.bin?throttle=5KB", LONG);
  await download(page, "/status/404", "Lost.pdf");
  await download(page, "/text?body=Hello&type=text/plain", "Note.txt");
  await page.evaluate(
    async ([host, long]) => {
      const make = panelSession.downloadTask.bind(panelSession);
      void make("/files/1MB.bin?status=503&retryAfter=3000", {
        description: "Busy.mp3",
        group: long,
      }).resume();
      void make(`${host}/files/1MB.bin?reset=1000`, { description: "Silent.mp3" }).resume();
      void make("/files/1MB.bin", { description: "Not mine.mp3", after: ["unknown"] }).resume();
      await make("/files/1MB.bin", { description: "Cancelled.mp3" }).cancel();
      for (const name of ["x", "صوت.mp3", "音楽.mp3"]) make("/files/1MB.bin", { description: name });
    },
    [host, LONG] as const,
  );
  await page.waitForFunction(() => {
    const { tasks, finished } = panelSession.getSnapshot();
    const isDone = finished.length === 4;
    const isSaid = tasks.some(({ activity }) => activity === "backing-off");
    return isDone && isSaid && tasks.some(({ progress }) => progress.secondsLeft !== undefined);
  });
}

/** What is cut off, covered, too small or not mirrored. */
function faultsOf(page: TestPage) {
  return page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot as ShadowRoot;
    const all = (selector: string) =>
      [...root.querySelectorAll<HTMLElement>(selector)].filter((one) => one.getClientRects().length > 0);
    const isCut = ({ scrollWidth, clientWidth, scrollHeight, clientHeight }: Element) =>
      scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
    // What is cut says so by dots, and all of it in its title.
    const isExcused = (one: HTMLElement) =>
      (getComputedStyle(one).textOverflow === "ellipsis" || one.className === "source") &&
      one.closest<HTMLElement>("[title]")?.title.includes(one.textContent ?? "?");
    // Only the host may be.
    const isHidden = (said: Element) =>
      said.getBoundingClientRect().bottom > (said.parentElement?.getBoundingClientRect().bottom ?? 0) + 1;
    const isOutside = (one: Element) => {
      const { left, right } = one.getBoundingClientRect();
      return left < -1 || right > innerWidth + 1;
    };
    // A select cuts its text off, and does not say so.
    const isNarrow = (one: HTMLElement) => {
      const whole = one.cloneNode(true) as HTMLElement;
      Object.assign(whole.style, { position: "absolute", width: "max-content" });
      one.after(whole);
      const { offsetWidth } = whole;
      whole.remove();
      return one.offsetWidth < offsetWidth - 1;
    };
    const isRight = getComputedStyle(root.querySelector(".panel") as Element).direction === "rtl";
    const [icon, name] = [".icon", ".name"].map((part) => root.querySelector(part)?.getBoundingClientRect());
    const texts = (elements: Element[]) => elements.map(({ textContent }) => textContent);
    return {
      isTooWide: document.documentElement.scrollWidth > innerWidth,
      outside: texts(all("button, select, input, .row, .name, .status, .source, .summary").filter(isOutside)),
      cut: texts(all(".name, .status, .source, .group bdi").filter((one) => isCut(one) && !isExcused(one))),
      narrow: texts(all("select").filter(isNarrow)),
      hidden: texts(all(".source span").filter(isHidden)),
      tooHigh: texts(all(".row, .group, .summary, header button, header, .drop, .drop *").filter(isCut)),
      small: texts(all("button").filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 24)),
      isMirrored: (icon?.left ?? 0) > (name?.left ?? 0),
      isRight,
    };
  });
}

test("in every language, nothing is cut off or covered, from 320 × 640 to 3840 × 2160", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  test.slow();
  const page = await openPanel(browserApp, site);
  await fill(page, site.origin);
  for (const [width, height] of [
    [320, 640],
    [768, 1024],
    [3840, 2160],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const [language, title] of Object.entries(TITLES)) {
      await page.evaluate((language) => {
        document.documentElement.lang = language;
        document.querySelector("background-transfers")?.setAttribute("lang", language);
      }, language);
      await expect(page.getByRole("heading", { name: title })).toBeVisible();
      const isRight = language === "ar";
      const none = { outside: [], cut: [], narrow: [], hidden: [], tooHigh: [], small: [] };
      const faults = await faultsOf(page);
      expect([width, language, faults]).toEqual([
        width,
        language,
        { isTooWide: false, ...none, isMirrored: isRight, isRight },
      ]);
    }
  }
});

test("a long name and a long host keep their beginning, whichever way the list runs", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.evaluate(
    (name) =>
      void panelSession.downloadTask(`https://${"long-name-of-a-host.".repeat(6)}test/1`, {
        description: name,
      }),
    LONG,
  );
  await expect(page.getByRole("listitem")).toBeVisible();
  for (const language of ["en", "ar"])
    for (const part of [".name", ".source"]) {
      const shown = await page.evaluate(
        ([language, part]) => {
          const panel = document.querySelector("background-transfers");
          panel?.setAttribute("lang", language);
          const text = panel?.shadowRoot?.querySelector<HTMLElement>(part) as HTMLElement;
          const { left, right } = text.getBoundingClientRect();
          const beginning = (text.querySelector("bdi") ?? text).firstChild as Node;
          const range = document.createRange();
          range.setStart(beginning, 0);
          range.setEnd(beginning, 1);
          const letter = range.getBoundingClientRect();
          const row = text.closest("li")?.getBoundingClientRect();
          return {
            isCut: text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight,
            isInRow: left >= (row?.left ?? left + 1) && right <= (row?.right ?? 0),
            hasBeginning: letter.width > 0 && letter.left >= left - 1 && letter.right <= right + 1,
            align: part === ".name" && getComputedStyle(text).textAlign,
          };
        },
        [language, part] as const,
      );
      const align = part === ".name" && (language === "ar" ? "right" : "left");
      expect([language, part, shown]).toEqual([
        language,
        part,
        { isCut: true, isInRow: true, hasBeginning: true, align },
      ]);
    }
});
