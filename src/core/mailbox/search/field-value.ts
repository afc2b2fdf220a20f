/** The value of a field as `MessageItems.headers` has it: of the first of several, folds as they stand; '' for none. */
export function fieldValue(field: Buffer | undefined): string {
  if (field === undefined || field.length === 0) return '';
  const text = field.toString('latin1');
  let end = text.indexOf('\n');
  while (end >= 0 && (text.charAt(end + 1) === ' ' || text.charAt(end + 1) === '\t')) end = text.indexOf('\n', end + 1);
  return text.slice(text.indexOf(':') + 1, end < 0 ? text.length : end).replaceAll('\r', '');
}
