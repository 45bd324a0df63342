import type { BackgroundSession } from "background-session";

type Unmount = () => unknown;

// biome-ignore lint/suspicious/noExplicitAny: each framework has its own type of components
type Component = any;

/** Puts a component of a sample into the page, as the app of each framework does. */
export const MOUNTS = {
  async react(component: Component, target: Element): Promise<Unmount> {
    const [{ createElement }, { createRoot }] = await Promise.all([
      import("react"),
      import("react-dom/client"),
    ]);
    const root = createRoot(target);
    root.render(createElement(component));
    return () => root.unmount();
  },
  async vue(component: Component, target: Element): Promise<Unmount> {
    const { createApp } = await import("vue");
    const app = createApp(component);
    app.mount(target);
    return () => app.unmount();
  },
  async svelte(component: Component, target: Element, session: BackgroundSession): Promise<Unmount> {
    const { mount, unmount } = await import("svelte");
    const mounted = mount(component, { target, props: { session } });
    return () => unmount(mounted);
  },
};
