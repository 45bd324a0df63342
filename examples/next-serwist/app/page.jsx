import { connection } from "next/server";
import { Transfers } from "./transfers.jsx";

export default async function Page() {
  // From here on it is rendered at each request.
  await connection();
  return (
    <>
      <h1>background-session, Next and Serwist</h1>
      <p>Rendered at {new Date().toISOString()}</p>
      <Transfers />
    </>
  );
}
