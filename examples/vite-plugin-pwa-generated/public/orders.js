// What the route of vite.config.ts calls: an order that the network refuses becomes a task.
self.orders = new backgroundSession.BackgroundSessionPlugin("com.example.app", {
  queue: "orders",
  completion: { handler: "sent", context: "The order" },
});
