/** shadow(5): the fields of each line by name; the first line of a name counts. A missing file is a fault. */
export function parseShadow(text: string | undefined, path: string): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, readonly string[]>();
  if (text === undefined) throw new Error(`the system's users can't log in: ${path}: No such file or directory`);
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const [name = ''] = fields;
    if (name !== '' && fields.length > 1 && !lines.has(name)) lines.set(name, fields);
  }
  return lines;
}
