import { describe, expectTypeOf, it } from "vitest";
import type { DefineComponent, GlobalComponents } from "vue";
import type { BackgroundSession, TaskSnapshot } from "../../src/app/index.ts";
import type { Action, BackgroundTransfers, BackgroundTransfersAttributes } from "../../src/elements/index.ts";
import type { BackgroundInspector, BackgroundInspectorAttributes } from "../../src/inspector/index.ts";

// What docs/panel.md and docs/inspector.md tell the users of Vue and Svelte to write.
declare module "vue" {
  interface GlobalComponents {
    "background-transfers": DefineComponent<BackgroundTransfersAttributes>;
    "background-inspector": DefineComponent<BackgroundInspectorAttributes>;
  }
}

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    "background-transfers": BackgroundTransfersAttributes & HTMLAttributes<BackgroundTransfers>;
    "background-inspector": BackgroundInspectorAttributes & HTMLAttributes<BackgroundInspector>;
  }
}

type InSvelte = import("svelte/elements").SvelteHTMLElements;

declare const document: Document;
declare const session: BackgroundSession;

describe("the elements", () => {
  it("are known to the document", () => {
    expectTypeOf(document.createElement("background-transfers")).toEqualTypeOf<BackgroundTransfers>();
    expectTypeOf(document.createElement("background-inspector")).toEqualTypeOf<BackgroundInspector>();
    expectTypeOf(document.querySelector("background-inspector")).toEqualTypeOf<BackgroundInspector | null>();
  });

  it("take a session or its name", () => {
    const panel = document.createElement("background-transfers");
    panel.session = session;
    panel.session = "com.example.podcasts";
    // @ts-expect-error
    panel.session = 7;
  });

  it("send events whose details are typed, which also arrive at their parents", () => {
    document.createElement("background-transfers").addEventListener("transfer-action", ({ detail }) => {
      expectTypeOf(detail.action).toEqualTypeOf<Action>();
      expectTypeOf(detail.tasks).toEqualTypeOf<readonly TaskSnapshot[]>();
      // @ts-expect-error
      detail.files;
    });
    document.body.addEventListener("transfer-files", ({ detail }) => {
      expectTypeOf(detail.files).toEqualTypeOf<readonly File[]>();
    });
    document.addEventListener("transfer-files", ({ detail }) => {
      expectTypeOf(detail.files).toEqualTypeOf<readonly File[]>();
    });
  });

  it("can be declared for the templates of Vue and of Svelte", () => {
    type Props = InstanceType<GlobalComponents["background-transfers"]>["$props"];
    expectTypeOf<Props["session"]>().toEqualTypeOf<BackgroundTransfersAttributes["session"]>();
    expectTypeOf<InSvelte["background-transfers"]["session"]>().toEqualTypeOf<
      BackgroundTransfersAttributes["session"]
    >();
    expectTypeOf<InSvelte["background-inspector"]["scope"]>().toEqualTypeOf<string | undefined>();
  });
});
