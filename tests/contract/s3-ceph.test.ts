import { CEPH } from "../support/servers/s3-stores.ts";
import { s3StoreContract } from "./s3-store-contract.ts";

// Its packages and their 60 dependencies are too much for each run.
const IS_WANTED = process.env.CEPH !== undefined;

if (!IS_WANTED) console.log("The tests with Ceph are skipped: `npm run test:ceph` runs them.");

s3StoreContract(CEPH, IS_WANTED);
