import type { TaskSnapshot } from "background-session";
import { useTask, useTasks, useTransferProgress } from "background-session/react";
import { memo } from "react";
import { noteRender } from "../bindings-app.ts";

const Row = memo(({ info }: { info: TaskSnapshot }) => {
  noteRender(info.task);
  return <li>{`${info.id} ${info.state} ${info.countOfBytesReceived}`}</li>;
});

const DataTasks = memo(() => {
  noteRender({ id: "data tasks" });
  return (
    <p id="data">
      {useTasks({ kind: "data" })
        .map(({ id }) => id)
        .join(" ")}
    </p>
  );
});

export function CountedRows() {
  const finished = useTasks({ finished: true });
  return (
    <>
      <ul>
        {useTasks().map((info) => (
          <Row key={info.uid} info={info} />
        ))}
      </ul>
      <p id="finished">{finished.map(({ id }) => id).join(" ")}</p>
      <DataTasks />
      <p id="queued">{useTasks({ queue: "line" }).length}</p>
    </>
  );
}

export function OneTask({ id }: { id: string }) {
  const info = useTask(id);
  return <p id="one">{info && `${info.state} ${info.response?.status ?? ""}`}</p>;
}

export function GroupProgress() {
  const group = useTransferProgress({ group: "album" });
  const task = useTransferProgress("file");
  const whole = useTransferProgress();
  const percent = [group, task, whole].map(({ fraction }) => fraction && Math.round(fraction * 100));
  return <p id="progress">{JSON.stringify(percent)}</p>;
}
