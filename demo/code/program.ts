import { BackgroundSession } from "../../src/app/index.ts";
import { byId, setText } from "../view/template.ts";
import { litLines, type Phase, phaseOf } from "./lit-lines.ts";

const SESSION = "hello";
/** The same file that is shown, as a module of its own. */
const MODULE = import.meta.env.DEV ? "/code/ten-lines.ts" : "/assets/ten-lines.js";

/** Runs the ten lines on request, and lights up those that are at work. */
export class Program {
  readonly #button = byId("run", HTMLButtonElement);
  readonly #elements = [...byId("lines", HTMLElement).querySelectorAll("span")];
  readonly #texts = this.#elements.map(({ textContent }) => textContent);
  readonly #onError: (error: unknown) => void;
  #runs = 0;
  #unfollow = (): void => {};

  constructor(onError: (error: unknown) => void, signal: AbortSignal) {
    this.#onError = onError;
    this.#button.addEventListener("click", () => void this.#run().catch(onError), { signal });
    addEventListener("backgroundsessionopen", () => this.#follow(), { signal });
    this.#show("idle");
  }

  /** The page can run it. */
  enable(): void {
    this.#button.disabled = false;
  }

  async close(): Promise<void> {
    this.#unfollow();
    await BackgroundSession.current(SESSION)?.close();
  }

  async #run(): Promise<void> {
    this.#button.disabled = true;
    byId("hello", HTMLElement).scrollIntoView({ block: "nearest" });
    await this.close();
    this.#show("opening");
    this.#runs += 1;
    // A module runs once for each address.
    const program: Promise<unknown> = import(/* @vite-ignore */ `${MODULE}?run=${this.#runs}`);
    await program.catch((error: unknown) => {
      this.#show("failed");
      this.#onError(error);
    });
  }

  #follow(): void {
    this.#unfollow();
    const session = BackgroundSession.current(SESSION);
    this.#unfollow = session?.subscribe((snapshot) => this.#show(phaseOf(snapshot))) ?? (() => {});
  }

  #show(phase: Phase): void {
    const lit = litLines(this.#texts, phase);
    for (const [index, element] of this.#elements.entries())
      element.toggleAttribute("data-lit", lit.includes(index));
    byId("code", HTMLElement).dataset.phase = phase;
    if (phase !== "succeeded" && phase !== "failed") return;
    this.#button.disabled = false;
    setText(this.#button, "Run again");
  }
}
