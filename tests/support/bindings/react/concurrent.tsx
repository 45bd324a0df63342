import { useBackgroundSession, useTasks, useTransferProgress } from "background-session/react";
import { Suspense, useDeferredValue, useLayoutEffect, useState, useTransition } from "react";
import { faults } from "../bindings-app.ts";

/** Long enough for news of the session to come while the rows are rendered. */
const ROWS = 12;
const MS_OF_ROW = 3;

interface Props {
  /** How often a transition has been started. */
  readonly round: number;
}

/** In each commit all components that read the same must show the same. */
function expectSame(kind: string): void {
  const texts = [...document.querySelectorAll(`.${kind}`)].map(({ textContent }) => textContent);
  if (new Set(texts).size > 1) faults.push(`${kind}: ${texts.join(" | ")}`);
}

function Hooked({ round }: Props) {
  const bytes = useTasks().map(({ countOfBytesReceived }) => countOfBytesReceived);
  const { fraction } = useTransferProgress();
  useLayoutEffect(() => expectSame("hooked"));
  return <li className="hooked">{`${round}: ${bytes} ${fraction}`}</li>;
}

function Deferred() {
  const tasks = useDeferredValue(useTasks());
  useLayoutEffect(() => expectSame("deferred"));
  return <li className="deferred">{`${tasks.map(({ countOfBytesReceived }) => countOfBytesReceived)}`}</li>;
}

/** Reads what is there when it is rendered, as an app does that has no binding. */
function Direct({ round }: Props) {
  const { session } = useBackgroundSession({ suspense: true });
  useLayoutEffect(() => expectSame("direct"));
  const { tasks } = session.getSnapshot();
  return (
    <li className="direct">{`${round}: ${tasks.map(({ countOfBytesReceived }) => countOfBytesReceived)}`}</li>
  );
}

function SlowRow({ round }: Props) {
  const end = performance.now() + MS_OF_ROW;
  while (performance.now() < end);
  return <li>{round}</li>;
}

const loads = new Map<number, Promise<void> | "loaded">();

/** Suspends once in each round, until its data have come. */
function Loaded({ round }: Props) {
  const load =
    loads.get(round) ??
    new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => void loads.set(round, "loaded"));
  if (!loads.has(round)) loads.set(round, load as Promise<void>);
  if (load !== "loaded") throw load;
  return <li id="round">{round}</li>;
}

/** Two readers with slow rows between them, which a transition renders again bit by bit. */
export function Concurrent({ reader }: { reader: "hooked" | "direct" }) {
  const [round, setRound] = useState(1);
  const [isPending, startTransition] = useTransition();
  const Reader = reader === "hooked" ? Hooked : Direct;
  return (
    <>
      <button id="next" onClick={() => startTransition(() => setRound(round + 1))}>
        Next
      </button>
      <p id="pending">{String(isPending)}</p>
      <Suspense fallback={<p id="fallback">Loading</p>}>
        <ul>
          <Reader round={round} />
          {reader === "hooked" && <Deferred />}
          {Array.from({ length: ROWS }, (_, row) => (
            <SlowRow key={row} round={round} />
          ))}
          <Loaded round={round} />
          <Reader round={round} />
          {reader === "hooked" && <Deferred />}
        </ul>
      </Suspense>
    </>
  );
}
