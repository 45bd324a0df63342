import { QueryClientProvider, useMutation, useMutationState, useQuery } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { ADD, client, session } from "./todos.js";

/** The list of the server, and what is on its way there: todos.js, and this, are docs/tanstack-query.md. */
function Todos() {
  const { mutate } = useMutation({ mutationKey: ADD });
  const { data = [] } = useQuery({ queryKey: ["todos"] });
  const pending = useMutationState({
    filters: { mutationKey: ADD, status: "pending" },
    select: (mutation) => mutation.state.variables,
  });
  const shown = [...data, ...pending.filter(({ id }) => !data.some((todo) => todo.id === id))];
  const add = (form) => mutate({ id: crypto.randomUUID(), title: form.get("title") });
  return (
    <>
      <form action={add}>
        <input name="title" aria-label="Title" defaultValue="Milk" />
        <button type="submit">Add</button>
      </form>
      <ul>
        {shown.map(({ id, title }) => (
          <li key={id}>
            {title}{" "}
            {pending.some((todo) => todo.id === id) && (
              <button type="button" onClick={() => session.task(id)?.cancel()}>
                Take back
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.getElementById("root")).render(
  <QueryClientProvider client={client}>
    <Todos />
  </QueryClientProvider>,
);
