import type { TaskSnapshot } from "background-session";
import { useTasks } from "background-session/react";
import { memo } from "react";

const Row = memo(({ task, description, state, progress }: TaskSnapshot) => {
  const paused = state === "suspended";
  return (
    <li>
      {description} <progress value={progress.fraction} />
      <button onClick={() => (paused ? task.resume() : task.suspend())}>{paused ? "Resume" : "Pause"}</button>
    </li>
  );
});

export const TransferList = () => useTasks().map((info) => <Row key={info.uid} {...info} />);
