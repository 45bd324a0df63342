declare module "*.vue" {
  import type { Component } from "vue";

  const component: Component;
  export default component;
}

declare module "*.svelte" {
  import type { BackgroundSession } from "background-session";
  import type { Component } from "svelte";

  const component: Component<{ session: BackgroundSession }>;
  export default component;
}
