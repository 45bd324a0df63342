/** An answer with an error, as S3 gives it. */
export function error(status: number, code: string, message = `${code} it is.`, more = ""): Response {
  return xml(`<Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`, status);
}

export function xml(content: string, status = 200): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`, {
    status,
    headers: { "content-type": "application/xml" },
  });
}
