/** What the user is shown when a task has ended. */
export interface TaskNotification {
  readonly title: string;
  /** With the buttons, which TypeScript's types do not have. */
  readonly options: NotificationOptions & {
    readonly actions?: readonly { readonly action: string; readonly title: string }[];
  };
}
