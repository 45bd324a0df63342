const LINK_LIFETIME_MS = 60_000;

/** Passes a file to the browser's own downloads. */
export function saveFile(file: File): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), LINK_LIFETIME_MS);
}
