type Chunks = AsyncGenerator<Uint8Array<ArrayBuffer>, void>;

/** Returns a stream of what is generated, which is never generated ahead. */
export function streamOf(chunks: Chunks): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads a body. WebKit cannot iterate over a stream. */
export async function* chunksOf({ body }: Response): Chunks {
  const reader = body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) return;
    yield chunk.value;
  }
}
