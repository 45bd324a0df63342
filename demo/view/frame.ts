/** Returns a function that has `draw` called once in the next frame, however often it is called before. */
export function oncePerFrame(draw: () => void): () => void {
  let isRequested = false;
  return () => {
    if (isRequested) return;
    isRequested = true;
    requestAnimationFrame(() => {
      isRequested = false;
      draw();
    });
  };
}
