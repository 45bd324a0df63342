export const metadata = { title: "background-session, Next and Serwist" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
