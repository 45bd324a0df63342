import type { Conditions } from "./situation.ts";

/** Whether the moment is as good as a discretionary task may wish: mains power, and a network that costs nothing. */
export function isGoodMoment({ isExpensive, isConstrained, isOnBattery }: Conditions): boolean {
  return !isExpensive && !isConstrained && !isOnBattery;
}
