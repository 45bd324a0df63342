import { SerwistProvider } from "@serwist/turbopack/react";

export const metadata = { title: "background-session, Next and Serwist with Turbopack" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        {/* A reload when the browser is online again would lose a task whose body is still being stored. */}
        <SerwistProvider swUrl="/serwist/sw.js" reloadOnOnline={false}>
          {children}
        </SerwistProvider>
      </body>
    </html>
  );
}
