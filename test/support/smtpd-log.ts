/** What the real smtpd wrote about one service, for comparison. */
import type {RealPostfix} from './real-postfix.ts';

/**
 * Without sessions' beginnings and ends, queue ids made equal. `tag`: the service's syslog_name. The log is written by
 * another process: waits until there are as many lines as there should be.
 */
export async function smtpdLines(real: RealPostfix | undefined, tag: string, count: number): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const lines = (real?.log() ?? '')
      .split('\n')
      .flatMap(line => line.split(new RegExp(` ${tag}/smtpd\\[\\d+\\]: `))[1] ?? [])
      .filter(line => !/^(connect from|disconnect|lost connection|[0-9A-F]+: client=)/.test(line))
      .map(line => line.replace(/^[0-9A-F]{6,}:/, 'QUEUEID:').replace(/^(NOQUEUE: \w+): XCLIENT /, '$1: CONNECT '));
    if (lines.length >= count || tries > 20) return lines;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
