import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, openPanelPage, test } from "../support/panel-page.ts";

/** The names in backquotes of a line of the panel's page. */
async function listed(kind: string): Promise<string[]> {
  const text = await readFile(fileURLToPath(new URL("../../docs/panel.md", import.meta.url)), "utf8");
  const [, item = ""] = new RegExp(`^- ${kind}:(.*?)(?=\\n- |\\n\\n)`, "ms").exec(text) ?? [];
  const names = [...item.matchAll(/`([^`\s]+)`/g)].map(([, name]) => String(name));
  expect(names.length, kind).toBeGreaterThan(1);
  return names;
}

test("each custom property of the documentation changes how the panel looks", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(() => {
    void panelSession.downloadTask("/status/404").resume();
    void panelSession.downloadTask("/text?body=a").resume();
    void panelSession.downloadTask("/files/1MB.bin?status=503&retryAfter=3000").resume();
    void panelSession.downloadTask("/files/1MB.bin?latency=600000").resume();
    panelSession.downloadTask("/files/1MB.bin", { group: "Album" });
  });
  await page.waitForFunction(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    return ["done", "failed", "waiting"].every((tone) => root?.querySelector(`[data-tone=${tone}]`));
  });
  const names = (await listed("Custom properties")).map((name) =>
    name.replace(/^(--transfers)?-/, "--transfers-"),
  );
  const unchanged = await page.evaluate((names) => {
    const panel = document.querySelector("background-transfers") as HTMLElement;
    const looks = () =>
      JSON.stringify(
        [panel, ...(panel.shadowRoot?.querySelectorAll("*") ?? [])].map((one) => {
          const style = getComputedStyle(one);
          const { color, backgroundColor, backgroundImage, borderBottomColor, borderTopLeftRadius, height } =
            style;
          return [color, backgroundColor, backgroundImage, borderBottomColor, borderTopLeftRadius, height];
        }),
      );
    const before = looks();
    return names.filter((name) => {
      panel.style.setProperty(name, /radius|height/.test(name) ? "3px" : "rgb(1, 2, 3)");
      const isSame = looks() === before;
      panel.style.removeProperty(name);
      return isSame;
    });
  }, names);
  expect(unchanged).toEqual([]);
});
