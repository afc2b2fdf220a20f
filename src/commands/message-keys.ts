/** postmap -q - with -h and -b: the headers and body lines of a message on standard input, as keys (header_checks(5)). */
import type {Stdio} from '../core/base/tool.ts';
import {ContentScanner} from '../core/message/content-scanner.ts';
import {inputLines} from './input-lines.ts';

export interface MessageKeyOptions {
  readonly headers: boolean;
  readonly body: boolean;
  readonly scansMime: boolean;
}

export async function* messageKeys(stdio: Stdio, options: MessageKeyOptions): AsyncGenerator<string> {
  let keys: string[] = [];
  const scanner = new ContentScanner(
    {
      header(_place, text) {
        if (options.headers) keys.push(text);
      },
      headersEnd() {},
      body(bytes) {
        if (options.body) keys.push(Buffer.from(bytes).toString('latin1'));
      },
    },
    {headerLimit: Infinity, scansMime: options.scansMime},
  );
  for await (const line of inputLines(stdio)) {
    scanner.line(Buffer.from(line, 'latin1'), true);
    yield* keys;
    keys = [];
  }
  scanner.end();
  yield* keys;
}
