// todos.js

import { QueryClient } from "@tanstack/react-query";
import { BackgroundSession } from "background-session";
import workerUrl from "background-session/sw.js?url"; // Vite

export const client = new QueryClient();
export const ADD = ["add-todo"];

export const session = await BackgroundSession.open("com.example.todos", {
  serviceWorker: workerUrl,
  completionHandlers: {
    // Once for each request, in this page or in a later one.
    "todo-added": () => client.invalidateQueries({ queryKey: ["todos"] }),
  },
});

client.setQueryDefaults(["todos"], { queryFn: async () => (await fetch("/todos")).json() });

client.setMutationDefaults(ADD, {
  networkMode: "always", // offline, too: the session waits for the network
  mutationFn: async (todo) => {
    const request = {
      method: "POST",
      body: JSON.stringify(todo),
      headers: { "content-type": "application/json" },
    };
    const completion = { handler: "todo-added", context: todo };
    return read(await session.fetch("/todos", request, { id: todo.id, queue: "todos", completion }));
  },
  // The mutation is pending until the list has the new entry.
  onSettled: () => client.invalidateQueries({ queryKey: ["todos"] }),
});

// What an earlier page began.
for (const task of session.queue("todos").tasks()) void goOn(task);

async function goOn(task) {
  const { completed } = task; // asked for now: the task may end at any moment
  const todo = await session.contextOf(task);
  if (todo === undefined) return; // it has ended, and its handler was called
  const mutationFn = async () => {
    const { response, error } = await completed;
    if (error !== undefined) throw error;
    return read(response);
  };
  const mutation = client.getMutationCache().build(client, { mutationKey: ADD, mutationFn });
  await mutation.execute(todo).catch(() => {}); // the mutation shows the error
}

async function read(response) {
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.json();
}
