import type { JSX, ReactNode } from "react";
import type { BackgroundSession } from "../../src/app/index.ts";
import type { BackgroundTransfers, BackgroundTransfersAttributes } from "../../src/elements/index.ts";
import type { BackgroundInspector, BackgroundInspectorAttributes } from "../../src/inspector/index.ts";

// What docs/panel.md and docs/inspector.md tell the users of React to write.
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "background-transfers": BackgroundTransfersAttributes &
        DetailedHTMLProps<HTMLAttributes<BackgroundTransfers>, BackgroundTransfers>;
      "background-inspector": BackgroundInspectorAttributes &
        DetailedHTMLProps<HTMLAttributes<BackgroundInspector>, BackgroundInspector>;
    }
  }
}

type Inspector = JSX.IntrinsicElements["background-inspector"];

const everything: Inspector = { scope: "/app/" };
// @ts-expect-error A scope is a URL.
export const wrong: Inspector = { scope: 7 };

export function Panel({ session }: { session: BackgroundSession | undefined }): ReactNode {
  return (
    <>
      <background-transfers
        key="panel"
        className="panel"
        session={session}
        endpoint="/photos"
        accepts="image/*"
        ref={(panel) => console.log(panel?.session?.identifier)}
        ontransfer-action={(event) => console.log(event.detail.tasks.length)}
      />
      <background-transfers session="com.example.podcasts" />
      <background-inspector {...everything} ref={(inspector) => void inspector?.refresh()} />
      {/* @ts-expect-error An endpoint is a URL. */}
      <background-transfers endpoint={7} />
    </>
  );
}
