/** Colour for views that people read: chalk on a terminal, plain text elsewhere (and with NO_COLOR, no-color.org). */
export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const PLAIN: Style = {dim: same, bold: same, red: same, green: same, yellow: same, cyan: same};

/** chalk is loaded only where there is something to colour. */
export async function styler(): Promise<Style> {
  const {isTTY} = process.stdout;
  if (!isTTY || process.env['NO_COLOR'] !== undefined || process.env['TERM'] === 'dumb') return PLAIN;
  const {default: chalk} = await import('chalk');
  return chalk;
}

function same(text: string): string {
  return text;
}
