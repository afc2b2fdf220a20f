/** The surroundings of a tool that runs in the test's own process: input given, output kept. */
import {Readable} from 'node:stream';
import {runGuarded, type Stdio, type Tool} from '../../src/core/base/tool.ts';

export interface ToolRun {
  readonly status: number;
  /** Byte strings. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolRunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether standard output and error are a terminal. */
  readonly isTTY?: boolean;
}

export async function runInProcess(
  tool: Tool,
  argv: readonly string[],
  options: ToolRunOptions = {},
): Promise<ToolRun> {
  const {input = '', env = {}, isTTY = false} = options;
  const written = {stdout: '', stderr: ''};
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write(text: string | Uint8Array) {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
    },
  });
  const stdio: Stdio = {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input, 'latin1')]) as Stdio['stdin'], // yields Buffers
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
  };
  const status = await runGuarded(tool, argv, stdio);
  return {status, ...written};
}
