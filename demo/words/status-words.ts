/** HTTP/2 has no reason phrases, so the common ones are listed here. */
const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  410: "Gone",
  416: "Range Not Satisfiable",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export function statusWords(status: number, statusText: string): string {
  const reason = statusText === "" ? REASONS[status] : statusText;
  return `The server answered ${status}${reason === undefined ? "" : ` ${reason}`}`;
}
