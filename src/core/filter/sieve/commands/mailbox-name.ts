/** Why a mailbox can't be called so; undefined when it can. Names are UTF-8. */
export function checkMailboxName(name: string): string | undefined {
  if (name === '') return 'Name is empty';
  const bytes = Buffer.from(name, 'latin1');
  if (bytes.toString('utf8').includes('\ufffd')) return 'Invalid UTF-8';
  return undefined;
}
