import { createElement, Suspense } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import {
  BackgroundSessionProvider,
  useBackgroundSession,
  useTask,
  useTasks,
  useTransferProgress,
} from "../../../src/react/index.ts";
import { useSnapshot, useBackgroundSession as useVueSession } from "../../../src/vue/index.ts";

const OPTIONS = { identifier: "a", serviceWorker: "/sw.js" };

describe("React on a server", () => {
  function Everything() {
    const { status, session } = useBackgroundSession();
    const progress = useTransferProgress({ queue: "line" });
    const facts = [status, session, useTasks({ group: "g" }), useTask("a"), progress.fraction];
    return createElement("p", {}, facts.map(String).join());
  }

  it("shows what is being opened, without tasks, and opens nothing", () => {
    const html = renderReact(createElement(BackgroundSessionProvider, OPTIONS, createElement(Everything)));
    expect(html).toBe("<p>opening,undefined,,undefined,undefined</p>");
  });

  it("shows the fallback of the provider if it has one", () => {
    const props = { ...OPTIONS, fallback: createElement("i", {}, "Opening") };
    const html = renderReact(createElement(BackgroundSessionProvider, props, createElement(Everything)));
    expect(html).toBe("<i>Opening</i>");
  });

  it("leaves a component that suspends to the browser", () => {
    const Suspending = () => createElement("p", {}, useBackgroundSession({ suspense: true }).session.role);
    const app = createElement(Suspense, { fallback: "Waiting" }, createElement(Suspending));
    const html = renderReact(createElement(BackgroundSessionProvider, OPTIONS, app));
    expect(html).toContain("Waiting");
    expect(html).not.toContain("<p>");
  });
});

describe("Vue on a server", () => {
  it("shows what is being opened, without tasks, and opens nothing", async () => {
    const app = createSSRApp({
      setup() {
        const { status, session } = useVueSession("a", { serviceWorker: "/sw.js" });
        const snapshot = useSnapshot(session);
        return () => h("p", [status.value, session.value, snapshot.value?.tasks].map(String).join());
      },
    });
    expect(await renderVue(app)).toBe("<p>opening,undefined,undefined</p>");
  });
});
