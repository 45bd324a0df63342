import { outageDelayMs } from "../../protocol/storage-outage.ts";

interface Try {
  /** In a row. */
  failures: number;
  /** It is under way, or waits for its time. */
  isBusy: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Changes that the disk may refuse: each is tried again a while later, the longer the outage the seldomer. */
export class SecondTries {
  readonly #tries = new Map<string, Try>();

  /**
   * Makes the change of that key, unless it is under way or was refused a moment ago.
   * @param again is called when it is worth another try
   * @param onRefused is called once for all the failures in a row
   */
  run(
    key: string,
    change: () => Promise<unknown>,
    again: () => void,
    onRefused: (error: unknown) => void,
  ): void {
    const one: Try = this.#tries.get(key) ?? { failures: 0, isBusy: false, timer: undefined };
    if (one.isBusy) return;
    one.isBusy = true;
    this.#tries.set(key, one);
    const isForgotten = (): boolean => this.#tries.get(key) !== one;
    change().then(
      () => isForgotten() || this.#tries.delete(key),
      (error: unknown) => {
        if (isForgotten()) return;
        one.failures += 1;
        if (one.failures === 1) onRefused(error);
        one.timer = setTimeout(() => {
          one.isBusy = false;
          again();
        }, outageDelayMs(one.failures));
      },
    );
  }

  /** Nothing is tried again. */
  stop(): void {
    for (const { timer } of this.#tries.values()) clearTimeout(timer);
    this.#tries.clear();
  }
}
