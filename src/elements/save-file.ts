/** How long the browser may take to begin reading what an address stands for. */
const ADDRESS_MS = 60_000;

/** Has the browser put a file into the user's downloads. */
export function saveFile(file: File): void {
  const link = document.createElement("a");
  link.href = addressOf(file);
  link.download = file.name;
  link.click();
}

/** Shows a file in a new tab. */
export function openFile(file: File): void {
  window.open(addressOf(file), "_blank", "noopener");
}

function addressOf(file: File): string {
  const address = URL.createObjectURL(file);
  setTimeout(() => URL.revokeObjectURL(address), ADDRESS_MS);
  return address;
}
