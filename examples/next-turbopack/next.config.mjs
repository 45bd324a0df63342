import { withSerwist } from "@serwist/turbopack";

export default withSerwist({});
