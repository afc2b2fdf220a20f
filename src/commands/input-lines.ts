/** Standard input as byte strings: whole, or line by line as it comes. */
import type {Stdio} from '../core/base/tool.ts';

/** Without newlines; the last line may lack its own. */
export async function* inputLines(stdio: Stdio): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stdio.stdin) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

export async function inputText(stdio: Stdio): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdio.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
