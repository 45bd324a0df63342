import { hasSwift, SWIFT } from "../support/servers/s3-stores.ts";
import { s3StoreContract } from "./s3-store-contract.ts";

const IS_THERE = hasSwift();

if (!IS_THERE && process.env.CI) throw new Error("OpenStack Swift (python3-swift) is not installed.");
if (!IS_THERE) console.warn("OpenStack Swift (python3-swift) is not installed: its tests are skipped.");

s3StoreContract(SWIFT, IS_THERE);
