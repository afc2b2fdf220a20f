/** Printable ASCII: may stand in a header as it is. */
export function isPlainText(text: string): boolean {
  return /^[\x20-\x7e\t\r\n]*$/.test(text);
}
