/** What the user is shown when a task has ended. */
export interface TaskNotification {
  readonly title: string;
  readonly options: NotificationOptions;
}
