import { Transfers } from "./transfers.jsx";

export default function Page() {
  return (
    <>
      <h1>background-session, Next</h1>
      <Transfers />
    </>
  );
}
