import { BackgroundSessionProvider } from "background-session/react";
import type { ReactNode } from "react";
import { delegateOf } from "../bindings-app.ts";
import { VERSION } from "./version.ts";

export function Session({ children, fallback }: { children: ReactNode; fallback?: ReactNode }) {
  // A new object in each rendering, as in many apps.
  const delegate = delegateOf(VERSION);
  return (
    <BackgroundSessionProvider
      identifier="react"
      serviceWorker="/sw.js"
      delegate={delegate}
      fallback={fallback}
    >
      {children}
    </BackgroundSessionProvider>
  );
}
